"""A release has one version: in pyproject.toml, in the list of changes, and in the images."""

import re
import tomllib
from pathlib import Path

from deploy.tests.test_compose import COMPOSE, OURS, PARTS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEADINGS = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)


def test_the_newest_release_is_the_one_of_the_project() -> None:
    released = [heading for heading in HEADINGS if heading != "Not released yet"]
    assert released[0] == PROJECT["version"]
    numbers = [tuple(map(int, version.split("."))) for version in released]
    assert numbers == sorted(numbers, reverse=True)
    assert HEADINGS.index(released[0]) <= 1


def test_images_carry_the_version_they_are_built_with() -> None:
    for part in OURS:
        assert PARTS[part]["image"].endswith(":${VERSION:-dev}"), part
        assert PARTS[part]["build"]["args"] == {"VERSION": "${VERSION:-dev}"}, part
    stages = (ROOT / "deploy/docker/Dockerfile").read_text().split("\nFROM ")
    labelled = [stage for stage in stages if "LABEL org.opencontainers.image.version=$VERSION" in stage]
    # That of backups, and the one of everything else, which is last.
    assert [stage.splitlines()[0] for stage in labelled] == ["python:3.11-slim AS backups", "python:3.11-slim"]
    for stage in labelled:
        assert stage.index("ARG VERSION=dev") < stage.index("LABEL org.opencontainers.image.version=$VERSION")
    assert "ENV GATEWAY_VERSION=$VERSION" in labelled[-1]
    assert "VERSION" not in str(COMPOSE["x-settings"])


def test_there_is_a_licence() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / PROJECT["license-files"][0]).read_text()
