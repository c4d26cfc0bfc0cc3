"""What the gateway answers itself."""

import re
import threading
from typing import Any

import pytest

from gateway.pages.app import create_pages
from gateway.settings import Settings
from gateway.tests.client import Client
from gateway.tests.process import Gateway
from gateway.tests.services import Services
from gateway.upstreams.catalogue import Catalogue
from gateway.upstreams.client import Upstream
from shared.testing import event_keys, eventually

UP = dict.fromkeys(("identity", "membership", "lending", "payments", "reporting", "notifications"), "up")
OURS = {"X-Platform": "ours"}


@pytest.mark.parametrize(
    "path", ["/health", "//health", "/api/health", "/ping", "//ping", "/api/ping", "/test", "//test", "/direct-test"]
)
def test_what_nobody_reads_is_short_and_may_be_stored(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.header("Cache-Control") == "no-cache"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Content-Encoding") is None
    assert int(answer.header("Content-Length") or 0) == len(answer.body) < 500


@pytest.mark.parametrize("path", ["/health", "//health"])
def test_the_root_health_is_what_the_web_client_reads(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.json["status"], answer.json["services"]) == (200, "OK", UP)
    assert answer.json["timestamp"].endswith("Z")


def test_the_health_below_api_is_enveloped(client: Client) -> None:
    health = client.get("/api/health").json
    assert (health["success"], health["data"]["status"], health["data"]["services"]) == (True, "healthy", UP)
    assert {"timestamp", "uptime", "environment", "version"} <= health["data"].keys()


def test_where_nobody_can_sign_in_the_platform_is_unhealthy() -> None:
    nowhere = Upstream("identity", "http://127.0.0.1:1")
    settings = Settings(
        broker_url="memory://",
        jwks_url="file:///",
        internal_secret="x" * 32,
        event_keys=event_keys("gateway").to_text(),
        environment="development",
    )
    pages = create_pages(settings, Catalogue({"identity": nowhere}, lambda *_: None)).test_client()
    for path in ("/health", "/api/health"):
        answer = pages.get(path)
        assert answer.status_code == 503
        assert (answer.json or {})["message"] == "Signing in is not possible just now"


@pytest.mark.parametrize("path", ["/ping", "//ping", "/api/ping"])
def test_ping(client: Client, path: str) -> None:
    assert client.get(path).json["data"]["message"] == "pong"


@pytest.mark.parametrize("path", ["/test", "//test", "/api/test", "/direct-test", "/api/direct-test"])
def test_diagnostics(client: Client, path: str) -> None:
    assert client.get(path).json.keys() >= {"message", "timestamp"}


def test_a_wrong_method_says_which_would_do(client: Client) -> None:
    answer = client.post("/api/ping")
    assert (answer.status, answer.json["success"]) == (405, False)
    assert "GET" in (answer.header("Allow") or "")


def test_the_documents_of_all_services_are_one(client: Client) -> None:
    document = client.get("/api/docs/openapi.json").json
    assert set(document["paths"]) >= {
        "/api/loans", "/api/users/{user_id}", "/api/documents/union-member/{member_id}", "/api/schedules",
        "/api/supervisor-reports/dashboard", "/api/reports/dashboard", "/api/health",
    }  # fmt: skip
    assert not [path for path in document["paths"] if "internal" in path or "live" in path]


def test_names_that_clash_are_told_apart_and_found(client: Client) -> None:
    document = client.get("/api/docs/openapi.json").json
    for reference in _references(document):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found.get("type") == "object" or "/schemas/" not in reference, reference
    schema = document["paths"]["/api/loans"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/lending.Thing"}
    assert document["components"]["schemas"]["lending.Thing"]["properties"] == {"lending": {"type": "string"}}


def test_every_operation_has_an_id_of_its_own(client: Client) -> None:
    document = client.get("/api/docs/openapi.json").json
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_the_events_of_all_services_are_one_document(client: Client) -> None:
    assert client.get("/api/docs/asyncapi.json").json["asyncapi"] == "3.0.0"


@pytest.mark.parametrize("page", ["/api/docs", "/api/docs/events"])
def test_the_documentation_needs_nobody_else(client: Client, page: str) -> None:
    answer = client.get(page)
    assert answer.status == 200
    assert not re.search(rb"(src|href)=\"(https?:)?//", answer.body)
    policy = answer.header("Content-Security-Policy") or ""
    assert "script-src 'self';" in policy
    for path in re.findall(r'(?:src|href)="([^"]+)"', answer.body.decode()):
        answer = client.get(path)
        assert (answer.status, len(answer.body) > 50) == (200, True)


@pytest.mark.parametrize("name", ["../settings.py", "%2e%2e/settings.py", "nothing.js", "//etc/passwd"])
def test_nothing_else_is_read_from_disk(client: Client, name: str) -> None:
    assert client.get(f"/api/docs/{name}").status in (400, 404)


def test_metrics_are_behind_a_door_of_their_own(gateway: Gateway, officer: Client) -> None:
    officer.get("/api/loans/01a202f5-6f3a-753a-a80b-68de997ad300")
    assert officer.get("/metrics").status == 404
    metrics = Client(gateway.metrics_port).get("/metrics")
    assert metrics.status == 200
    assert b'mp_request_seconds_count{method="GET",route="/api/loans",status="200"}' in metrics.body
    assert b"01a202f5" not in metrics.body


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [reference for part in node.values() for reference in _references(part)]
    return [reference for part in node for reference in _references(part)] if isinstance(node, list) else []


@pytest.mark.parametrize(("headers", "state"), [({}, "down"), ({"X-Platform": "theirs"}, "down"), (OURS, "up")])
def test_only_a_service_of_our_own_platform_is_up(services: Services, headers: dict[str, str], state: str) -> None:
    services.react("/health/ready", body={"status": "ok"}, headers=headers)
    upstream = Upstream("identity", services.environment["IDENTITY_URL"])
    asked = threading.Event()
    catalogue = Catalogue({"identity": upstream}, lambda *_: asked.set(), "ours")
    settings = Settings(
        broker_url="memory://",
        jwks_url="file:///",
        internal_secret="x" * 32,
        environment="development",
        platform="ours",
        event_keys=event_keys("gateway").to_text(),
    )
    catalogue.start()
    assert asked.wait(2) is (state == "up")
    eventually(lambda: catalogue.ready["identity"] is (state == "up"))
    catalogue.stop()
    answer = create_pages(settings, catalogue).test_client().get("/health")
    assert (answer.json or {})["services"] == {"identity": state}
    assert answer.headers["X-Platform"] == "ours"
