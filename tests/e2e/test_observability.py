"""A real Prometheus watches the platform: every process answers it, every rule and picture has something to show."""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from deploy.local.parts import BOTH
from deploy.local.platform import Platform
from deploy.local.ports import LOOPBACK, Ports
from shared.testing import eventually
from tests.institution import Team

pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Debian's prometheus")

FOLDER = Path(__file__).resolve().parents[2] / "deploy/observability"
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text())
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks a Prometheus that watches the platform, every three seconds, by our rules without their patience."""
    folder, ports = tmp_path_factory.mktemp("prometheus"), Ports()
    for group in RULES["groups"]:
        for rule in group["rules"]:
            rule["for"] = "0s"
    (folder / "rules.yml").write_text(yaml.safe_dump(RULES))
    addresses = dict(platform.metrics_addresses)
    for service in BOTH:
        addresses[f"{service}-worker"] = addresses[f"{service}-web"]
    targets = [
        {"targets": [address], "labels": {"part": re.sub(r"-\d+$", "", name)}} for name, address in addresses.items()
    ]
    often = {"scrape_interval": "3s", "scrape_timeout": "3s", "evaluation_interval": "1s"}
    jobs = [{"job_name": "parts", "static_configs": targets}]
    configuration = {"global": often, "rule_files": ["rules.yml"], "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    address = f"{LOOPBACK}:{ports.take()}"
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    ports.release()
    server = subprocess.Popen(command)

    def ask(path: str, **query: str) -> Any:
        with urlopen(f"http://{address}/api/v1/{path}?{urlencode(query)}", timeout=10) as answer:
            return json.load(answer)["data"]

    def is_up() -> bool:
        try:
            targets = ask("targets")["activeTargets"]
        except OSError:
            return False
        assert server.poll() is None
        return bool(targets) and all(target["health"] == "up" for target in targets)

    try:
        eventually(is_up, seconds=60)
        yield ask
    finally:
        server.terminate()
        server.wait(10)


def test_every_metric_that_is_asked_for_is_one_that_processes_show(platform: Platform, team: Team) -> None:
    shown = set[str]()
    for address in platform.metrics_addresses.values():
        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            shown |= set(re.findall(r"^# TYPE (\w+)", answer.read().decode(), flags=re.MULTILINE))
    asked = [(rule["alert"], rule["expr"]) for group in RULES["groups"] for rule in group["rules"]]
    asked += [(board, expression) for board, expression in expressions()]
    for where, expression in asked:
        for name in re.findall(r"\b(?:mp|process)_\w+", expression):
            assert {name, re.sub(r"_(bucket|count|sum)$", "", name)} & shown, f"{name} in {where}"


def expressions() -> Iterator[tuple[str, str]]:
    """What the dashboards ask, with the name of each."""
    for file in sorted((FOLDER / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{file.stem}: {panel['title']}", target["expr"].replace("$service", "payments")


def test_a_part_that_is_frozen_is_said_and_nothing_is_before_and_after(platform: Platform, ask: Ask) -> None:
    def firing() -> set[str]:
        alerts = ask("alerts")["alerts"]
        return {alert["labels"]["part"] for alert in alerts if alert["labels"]["alertname"] == "PartDown"}

    rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
    assert [rule["name"] for rule in rules if rule["health"] == "err"] == []
    eventually(lambda: not firing(), seconds=60)
    platform.kill("lending-worker", signal.SIGSTOP)
    try:
        eventually(lambda: firing() == {"lending-worker"}, seconds=60)
    finally:
        platform.kill("lending-worker", signal.SIGCONT)
    eventually(lambda: not firing(), seconds=60)
    platform.wait_until_ready()


def test_every_picture_has_an_answer(ask: Ask, team: Team) -> None:
    """One that Prometheus cannot read is refused with 400. Of what nobody has done yet there is no line."""
    lines = {where: len(ask("query", query=expression)["result"]) for where, expression in expressions()}
    assert lines["platform: Age of the oldest event to be published"] == 6
    assert lines["service: Workers"] == 1
