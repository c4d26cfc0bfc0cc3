"""What fails on our side is told in general terms, with a number to ask about, and in no other."""

import re
from collections.abc import Iterator

import psycopg
import pytest

from deploy.api_document import service_apps
from deploy.local.platform import Platform
from gateway.pages.app import create_pages
from gateway.settings import Settings
from gateway.upstreams.catalogue import Catalogue
from shared.testing import event_keys
from tests.client import Person

TELLING = re.compile(r"select|relation|psycopg|sqlalchemy|traceback|\.py|line \d|127\.0\.0\.1|/work|/usr|/home", re.I)


@pytest.fixture
def broken(platform: Platform) -> Iterator[None]:
    """A table is not where the code looks for it, as after a faulty migration."""
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        database.execute("ALTER TABLE identity.user_note RENAME TO user_note_elsewhere")
        yield
        database.execute("ALTER TABLE identity.user_note_elsewhere RENAME TO user_note")


@pytest.mark.usefixtures("broken")
def test_a_fault_of_ours_tells_its_number_and_nothing_else(platform: Platform, admin: Person) -> None:
    answer = admin.again().get("/notes")
    assert answer.status == 500
    assert answer.body.keys() == {"success", "message", "code", "requestId"}
    assert answer.body["requestId"] == answer.headers["x-request-id"]
    assert not TELLING.search(str(answer.body))
    # Whoever is told the number finds all there is to know in the log.
    log = (platform.logs / "identity-web.log").read_text()
    assert next(line for line in log.splitlines() if answer.body["requestId"] in line and "user_note" in line)


def test_nothing_switches_on_the_pages_for_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    settings = Settings(
        broker_url="memory://",
        jwks_url="",
        internal_secret="x" * 32,
        event_keys=event_keys("gateway").to_text(),
        environment="development",
    )
    apps = [create_pages(settings, Catalogue({}, lambda *_: None)), *(app for _, app in service_apps())]
    assert not any(app.debug for app in apps)
