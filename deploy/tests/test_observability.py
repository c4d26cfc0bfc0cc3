"""What watches the platform: rules that fire when they should, a page for each, and pictures of what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.tests.test_compose import LASTING, PARTS, WATCHING

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/observability"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
OURS = {part for part in LASTING if part not in {"postgres", "rabbitmq", "proxy"}}
RUNBOOKS = ROOT / "docs/runbooks"
with_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool, whose own checks these are")


def promtool(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@with_promtool
def test_rules_fire_when_something_is_broken_and_are_silent_otherwise() -> None:
    promtool("check", "config", "prometheus.yml")
    promtool("test", "rules", "rules.test.yml", "rules.days.test.yml")


def test_each_rule_has_been_seen_to_fire() -> None:
    tests = (FOLDER / "rules.test.yml").read_text() + (FOLDER / "rules.days.test.yml").read_text()
    assert set(re.findall(r'alertname="(\w+)"', tests)) == {rule["alert"] for rule in RULES}


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    pages = {rule["annotations"]["runbook"]: rule["alert"] for rule in RULES}
    assert set(pages) == {str(path.relative_to(ROOT)) for path in RUNBOOKS.glob("*.md")}
    for page, alert in pages.items():
        text = (ROOT / page).read_text()
        assert text.startswith(f"# {alert}: "), page
        assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Look at", "Do"], page
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}


def test_what_a_page_tells_to_look_for_is_what_there_is() -> None:
    """Events of the log, timers and settings; names of PostgreSQL's own are in its catalogue."""
    sources = [path for folder in ("shared", "gateway", "services", "deploy") for path in (ROOT / folder).rglob("*.py")]
    code = "\n".join(path.read_text() for path in sources if "tests" not in path.parts)
    for page in RUNBOOKS.glob("*.md"):
        for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", page.read_text()):
            assert re.search(rf"\b_?{name}\b", code), f"{name} in {page.name}"
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", page.read_text()):
            assert (RUNBOOKS / link).exists(), f"{link} in {page.name}"


def test_every_process_of_ours_is_watched_where_it_answers() -> None:
    (job,) = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    watched = {name: found["port"] for found in job["dns_sd_configs"] for name in found["names"]}
    assert watched.keys() == OURS
    for part, port in watched.items():
        environment = PARTS[part]["environment"]
        bind = "GATEWAY_METRICS_BIND" if part == "gateway" else _bind_of(part)
        assert environment[bind].rstrip("}").endswith(f"0.0.0.0:{port}"), part
    down = next(rule["expr"] for rule in RULES if rule["alert"] == "PartDown")
    assert set(re.findall(r'absent\(up\{part="([\w-]+)"\}\)', down)) == OURS - {"backups"}


def _bind_of(part: str) -> str:
    service, _, role = part.upper().partition("-")
    return f"{service}_WORKER_BIND" if role == "WORKER" else f"{service}_BIND"


@pytest.mark.parametrize("file", sorted((FOLDER / "grafana/dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_a_dashboard_is_one_that_grafana_reads(file: Path) -> None:
    board = json.loads(file.read_text())
    assert (board["uid"], "id" in board) == (file.stem, False)
    (source,) = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    for panel in board["panels"]:
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}, panel["title"]
        assert panel["targets"], panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_compose_mounts_what_they_read() -> None:
    assert f"./{FOLDER.relative_to(ROOT)}:/etc/prometheus:ro" in PARTS["prometheus"]["volumes"]
    (provider,) = yaml.safe_load((FOLDER / "grafana/provisioning/dashboards/ours.yml").read_text())["providers"]
    mounted = {target: source for source, target, _ in map(_parts_of, PARTS["grafana"]["volumes"][1:])}
    assert (ROOT / mounted[provider["options"]["path"]]).resolve() == FOLDER / "grafana/dashboards"
    assert (ROOT / mounted["/etc/grafana/provisioning"]).resolve() == FOLDER / "grafana/provisioning"
    for part in WATCHING:
        assert PARTS[part]["profiles"] == ["observability"]
    # Grafana has a password, and is asked for from this machine only; Prometheus has none, and is not.
    assert [port.rpartition(":${")[0] for port in PARTS["grafana"]["ports"]] == ["127.0.0.1"]
    assert "ports" not in PARTS["prometheus"]


def _parts_of(volume: str) -> list[str]:
    return volume.split(":")
