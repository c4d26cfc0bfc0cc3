"""Going back to a backup through the screen, on a platform of its own: all of it is replaced."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser

from console.e2e.screens import DESKTOP, PHONE, Screen, Screens
from deploy.local.platform import Platform, temporary_platform
from shared.backup.sealing import make_key_pair
from shared.testing import eventually
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE
from tests.institution import new_team

pytestmark = pytest.mark.timeout(900)
SECONDS = 120
KEPT_OUT = re.compile("Data is being restored")
PUBLIC_KEY, PRIVATE_KEY = make_key_pair()
OLD_FILE = Path(__file__).parents[2] / "tests" / "data" / "replaced_system.json"


@pytest.fixture(scope="module")
def own(broker_url: str) -> Iterator[Platform]:
    """A platform whose backups are sealed to a key that it does not have."""
    sealed = {"REPORTING_BACKUP_RECIPIENTS": PUBLIC_KEY}
    with temporary_platform(environment=CHEAP_HASHES | PATIENCE | sealed) as platform:
        yield platform


@pytest.fixture
def own_screens(browser: Browser, own: Platform, _is_built: None) -> Iterator[Screens]:
    screens = Screens(browser, own.url)
    yield screens
    screens.close()


def admin_of(platform: Platform) -> Person:
    admin = sign_in(platform.url, platform.credentials.email, platform.credentials.password)
    eventually(lambda: admin.get("/backup/list").status == 200, seconds=SECONDS)
    return admin


def sign_in_again(screen: Screen, platform: Platform) -> None:
    """Every session ends with a restore; who asked for it has the same password, once accounts are there again."""
    email, password = platform.credentials.email, platform.credentials.password
    screen.page.get_by_label("Password", exact=True).wait_for(timeout=SECONDS * 1000)
    body = {"email": email, "password": password}
    eventually(lambda: Person(platform.url).post("/auth/login", body).status == 200, seconds=SECONDS)
    screen.fill("E-mail address", email)
    screen.fill("Password", password)
    screen.press("Sign in")


def state_of_newest(platform: Platform) -> str | None:
    """How far the restore is that was asked for last."""
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        row = database.execute("SELECT state FROM reporting.restores ORDER BY created_at DESC LIMIT 1").fetchone()
    return row[0] if row else None


def is_kept_out(screen: Screen) -> bool:
    """Whether a page that is opened now says that the platform is being worked on."""
    screen.page.reload()
    screen.settle()
    return screen.page.get_by_text(KEPT_OUT).count() > 0


def test_everything_goes_back_and_the_page_comes_back(own: Platform, own_screens: Screens) -> None:
    admin = admin_of(own)
    team = new_team(admin)
    screen, officer = own_screens.open(admin, DESKTOP), own_screens.open(team.officer, PHONE)
    officer.go("/unions")
    screen.go("/admin/backups")
    screen.press("Make a backup")
    screen.page.get_by_role("row", name=re.compile("Complete.*By hand")).first.wait_for(timeout=SECONDS * 1000)
    later = team.member()
    screen.says("Sealed to your key")
    screen.press("Restore")
    screen.fill("Type RESTORE to go on", "RESTORE")
    screen.fill("Your private key", make_key_pair()[1])
    screen.press("Replace all data")
    screen.says("The key does not open this backup.")
    screen.fill("Your private key", PRIVATE_KEY)
    screen.press("Replace all data")
    eventually(lambda: state_of_newest(own) == "saving", seconds=SECONDS)
    # It stays there, where others are kept out, until this worker goes on.
    own.kill("payments-worker", signal.SIGSTOP)
    try:
        eventually(lambda: is_kept_out(officer), seconds=SECONDS)
    finally:
        own.kill("payments-worker", signal.SIGCONT)
    sign_in_again(screen, own)
    screen.page.wait_for_url(re.compile("/admin/backups$"))
    screen.page.get_by_role("row", name=re.compile("Done")).wait_for(timeout=SECONDS * 1000)
    # What was entered since is gone, and people come in again.
    again = admin_of(own)
    eventually(lambda: not again.get("/settings/company").data["maintenanceMode"], seconds=SECONDS)
    assert again.get(f"/union-members/{later['id']}").status == 404
    officer.page.reload()
    officer.says("Stay signed in")
    for each in (screen, officer):
        each.expect_refusal()


def test_what_a_file_has_no_place_for_is_counted_before_it_is_left_out(own: Platform, own_screens: Screens) -> None:
    screen = own_screens.open(admin_of(own), DESKTOP)
    screen.go("/admin/backups")
    screen.page.get_by_label("Backup file").set_input_files(OLD_FILE)
    screen.fill("Type RESTORE to go on", "RESTORE")
    screen.press("Replace all data")
    screen.page.get_by_role("row", name="Documents of members their bytes are not in the file 1").wait_for(
        timeout=SECONDS * 1000
    )
    screen.says(re.compile("no place here, or not as they are. Nothing was changed."))
    assert screen.violations() == []
    screen.expect_refusal()
    screen.press("Restore without them")
    screen.fill("Type RESTORE to go on", "RESTORE")
    screen.press("Replace all data")
    sign_in_again(screen, own)
    screen.page.wait_for_url(re.compile("/admin/backups$"))
    screen.page.get_by_role("row", name=re.compile("Done")).first.wait_for(timeout=SECONDS * 1000)
    assert screen.page.get_by_role("button", name="Restore without them").count() == 0
    admin = admin_of(own)
    eventually(lambda: [each["name"] for each in admin.get("/unions").data] == ["Market Women"], seconds=SECONDS)
    screen.expect_refusal()
