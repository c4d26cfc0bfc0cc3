"""What can be reached is what is published, and nothing listens where it need not."""

import json
import re
from urllib.request import urlopen
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from deploy.api_document import service_apps
from deploy.local.platform import Platform
from gateway.documentation.openapi import public_paths
from gateway.pages.app import create_pages
from gateway.settings import Settings
from gateway.upstreams.catalogue import Catalogue
from shared.settings import BaseSettings
from shared.testing import event_keys
from tests.client import Person

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_THE_DOCUMENTATION = "/api/docs"


@pytest.fixture(scope="module")
def apps() -> dict[str, Flask]:
    return dict(service_apps())


def test_no_service_answers_clients_on_a_route_that_is_not_published(apps: dict[str, Flask]) -> None:
    hidden = []
    for name, app in apps.items():
        for rule in app.url_map.iter_rules():
            is_published = hasattr(app.view_functions[rule.endpoint], "documentation")
            if not is_published and list(public_paths({name: {"paths": {rule.rule: {}}}})):
                hidden.append((name, rule.rule))
    assert hidden == []


def test_a_service_knows_one_spelling_of_each_path(apps: dict[str, Flask]) -> None:
    """What the gateway counts and judges by a path holds, because nothing else is that path to a service."""
    others = []
    for name, app in apps.items():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            path = re.sub(r"<[^>]*>", str(uuid4()), rule.rule)
            method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
            assert adapter.match(path, method)[0]
            # Slashes in front werkzeug takes away itself; the gateway refuses two of them.
            double = path[0] + path[1:].replace("/", "//", 1)
            for spelling in {f"{path}/", double, path.upper()} - {path}:
                try:
                    others.append((name, spelling, adapter.match(spelling, method, return_rule=True)[0].rule))
                except NotFound:
                    continue
    assert others == []


def test_the_gateway_itself_answers_below_api_what_is_published_only(platform: Platform) -> None:
    settings = Settings(
        broker_url="memory://",
        jwks_url="",
        internal_secret="x" * 32,
        event_keys=event_keys("gateway").to_text(),
        environment="development",
    )
    pages = create_pages(settings, Catalogue({}, lambda *_: None))
    answered = {rule.rule for rule in pages.url_map.iter_rules() if rule.rule.startswith("/api/")}
    with urlopen(f"{platform.url}/api/docs/openapi.json") as answer:
        published = json.load(answer)["paths"].keys()
    assert {path for path in answered if not path.startswith(OF_THE_DOCUMENTATION)} <= published


def test_a_method_that_is_not_published_is_not_answered(platform: Platform, admin: Person) -> None:
    with urlopen(f"{platform.url}/api/docs/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    asker, wrong = admin.again(), []
    for path, operations in paths.items():
        for method in METHODS:
            if method.lower() not in operations:
                address = path.removeprefix("/api").replace("{", "").replace("}", "")
                status = asker.call(method, address, {} if method != "GET" else None).status
                if status not in (404, 405):
                    wrong.append((method, path, status))
    assert wrong == []


@pytest.mark.parametrize("path", ["/metrics", "/internal/settings", "/internal/revocations", "/.well-known/jwks.json"])
def test_what_is_for_inside_is_not_reached_from_outside(platform: Platform, admin: Person, path: str) -> None:
    for prefix in ("", "/auth", "/loans", "/users"):
        assert admin.again().call("GET", prefix + path).status in (400, 404)


def test_services_listen_on_this_machine_only_unless_told_otherwise(apps: dict[str, Flask]) -> None:
    for app in apps.values():
        settings: BaseSettings = app.extensions["mp"].settings
        assert settings.bind.startswith("127.0.0.1:")
    assert Settings.__dataclass_fields__["bind"].default.startswith("127.0.0.1:")
