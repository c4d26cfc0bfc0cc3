"""Every page for every role, small and large, light and dark: nothing goes wrong unseen, and everybody can read it."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from console.e2e.routes import unopened
from console.e2e.screens import DESKTOP, PHONE, Screens
from console.e2e.words import WordsOfApi, own_words
from shared.testing import eventually
from tests.client import Person
from tests.institution import Team, new_team
from tests.long_form import in_long_form

ENTRANCE = ("/sign-in", "/forgotten", "/auth/reset-password?email=a@b.example&token=x")
PLACES = (
    "/",
    "/unions",
    "/unions/{union}",
    "/unions/{union}/sheet",
    "/unions/{union}/members/new",
    "/members/{member}",
    "/members/{member}/apply",
    "/members/{member}/edit",
    "/loans/{loan}",
    "/loans/{loan}/pay",
    "/loans/{loan}/reschedule",
    "/loans/{draft}",
    "/loans/{spread}",
    "/loans/{spread}/reschedule",
    "/reports",
    "/reports/collections-by-day",
    "/search",
    "/search?q=a",
    "/me",
    "/me/profile",
    "/password",
    "/no/such/page",
)
# Those of supervisors; an admin has the same.
WATCH = (
    "/decisions",
    "/decisions?state=approved",
    "/decisions?state=reschedule",
    "/decisions/{submitted}",
    "/decisions/{spread}",
    "/decisions/{approved}",
    "/loans/{loan}/account",
    "/team",
    "/team/{officer}",
    "/reports/arrears-list?asOf=2026-06-30",
    "/reports/portfolio-at-risk",
    "/reports/no-such-report",
    "/reports/subscriptions",
)
# Those of admins alone.
MANAGEMENT = (
    "/admin",
    "/admin/staff?q=a&role=CREDIT_OFFICER&order=name",
    "/admin/staff/new",
    "/admin/staff/import",
    "/admin/staff/{officer}",
    "/admin/sign-ins?result=success",
    "/admin/assignment?order=name-reversed",
    "/admin/assignment/history",
    "/admin/unions/new",
    "/admin/unions/{union}",
    "/admin/loan-types",
    "/admin/loan-types/new",
    "/admin/loan-types/{loan_type}",
    "/admin/document-types",
    "/admin/settings",
    "/admin/branding",
    "/admin/mail",
    "/admin/templates",
    "/admin/templates/loan_approved",
    "/admin/audit?q={officer}&order=oldest",
    "/admin/audit/{entry}",
    "/admin/activity",
    "/admin/notes",
    "/admin/backups",
    "/admin/system",
)
LOOKS = list(product((PHONE, DESKTOP), ("light", "dark")))
# The officer's are phones above all; each of the others is seen once in either light.
ROLES = [
    ("officer", PHONE, "light"),
    ("officer", DESKTOP, "light"),
    ("supervisor", PHONE, "dark"),
    ("admin", DESKTOP, "dark"),
]
OTHERWISE = [("officer", PHONE, "dark"), ("supervisor", DESKTOP, "light"), ("admin", PHONE, "light")]


def _looks() -> list[Any]:
    named = [(look, f"{look[0]}-{look[1][0]}-{look[2]}") for look in (*ROLES, *OTHERWISE)]
    late = (pytest.mark.chaos, in_long_form)
    return [pytest.param(*look, id=name, marks=late if look in OTHERWISE else ()) for look, name in named]


LONG = "Ọlá-Chukwuemeka <b onclick=alert(1)>Nwachukwu-Abubakar</b> 'Tiwa' Oluwaseun"


@pytest.fixture(scope="module")
def own_team(admin: Person) -> Team:
    """A team whose names are long and have markup in them, as has that of its union."""
    team = new_team(admin)
    for person in (team.officer, team.supervisor):
        admin.put(f"/users/{person.id}", {"firstName": LONG}).accepted()
    admin.put(f"/unions/{team.union['id']}", {"name": LONG, "location": LONG}).accepted()
    return team


@pytest.fixture(scope="module")
def ids(own_team: Team) -> Mapping[str, str]:
    """A member with such a name, with a loan that was paid on, and others with a draft and with what waits."""
    terms = {"name": f"{LONG} {own_team.officer.id}"[:100], "minAmount": 1000, "maxAmount": 900000, "termUnit": "MONTH"}
    loan_type = own_team.admin.post("/loan-types", terms | {"minTerm": 1, "maxTerm": 24, "interestRate": 24}).data
    body = {"firstName": LONG, "lastName": LONG[::-1][:70], "unionId": own_team.union["id"], "phone": "08030000000"}
    member: dict[str, Any] = own_team.officer.post("/union-members", body).data
    loan = own_team.draft(member)
    own_team.officer.patch(f"/loans/{loan['id']}/submit").accepted()
    own_team.supervisor.patch(f"/loans/{loan['id']}/approve").accepted()
    own_team.supervisor.post(
        f"/loans/{loan['id']}/disburse", {"disbursedAt": "2026-03-11", "method": "CASH"}
    ).accepted()
    own_team.pay(loan["id"], 6000).accepted()
    entry = eventually(lambda: own_team.admin.get(f"/audit-logs/entity/Loan/{loan['id']}").data, seconds=30)[0]
    note = {"userId": own_team.officer.id, "title": LONG, "content": LONG, "category": "training"}
    own_team.admin.post("/notes", note).accepted()
    submitted, approved = own_team.draft()["id"], own_team.draft()["id"]
    for loan_id in (submitted, approved):
        own_team.officer.patch(f"/loans/{loan_id}/submit").accepted()
    own_team.supervisor.patch(f"/loans/{approved}/approve").accepted()
    spread = own_team.active_loan()["id"]
    proposal = {"fromDate": "2026-05-20", "termCount": 20, "termUnit": "WEEK", "reason": LONG}
    own_team.officer.post(f"/loans/{spread}/reschedules", proposal).accepted()
    mailed = {"name": "arrears-list", "frequency": "MONTHLY", "filters": {"officerId": own_team.officer.id}}
    own_team.supervisor.post("/reports/subscriptions", mailed).accepted()
    return {
        "union": own_team.union["id"],
        "officer": own_team.officer.id,
        "member": member["id"],
        "loan": loan["id"],
        "draft": own_team.draft()["id"],
        "entry": entry["id"],
        "submitted": submitted,
        "approved": approved,
        "spread": spread,
        "loan_type": loan_type["id"],
    }


@pytest.mark.parametrize(("role", "size", "theme"), _looks())
def test_every_page_is_whole(
    screens: Screens, own_team: Team, ids: Mapping[str, str], role: str, size: tuple[int, int], theme: str
) -> None:
    person: Person = getattr(own_team, role)
    screen = screens.open(person, size, theme=theme)
    for place in PLACES + (WATCH if role == "supervisor" else ()) + (MANAGEMENT if role == "admin" else ()):
        screen.go(place.format(**ids))
        assert screen.page.get_by_role("alert").count() == 0, place
        assert screen.overflow <= 0, place
        assert screen.cut == [], place
        assert screen.handlers == 0, place
        assert screen.violations() == [], place
        assert screen.complaints == [], place


def test_every_address_is_among_those_that_are_opened() -> None:
    assert unopened(ENTRANCE + PLACES + WATCH + MANAGEMENT) == set()


# What each role has no business with: the pages say so, and ask the API nothing that it would refuse.
FOREIGN = [
    ("officer", MANAGEMENT),
    ("officer", ("/team", "/team/{officer}", "/loans/{loan}/account")),
    ("supervisor", MANAGEMENT),
]


@pytest.mark.parametrize(("role", "places"), FOREIGN, ids=["officer-admin", "officer-team", "supervisor-admin"])
def test_a_page_for_another_role_says_so(
    screens: Screens, own_team: Team, ids: Mapping[str, str], role: str, places: tuple[str, ...]
) -> None:
    screen = screens.open(getattr(own_team, role))
    for place in places:
        screen.go(place.format(**ids))
        screen.says("This is not for your role.")
        assert screen.overflow <= 0, place
        assert screen.complaints == [], place
    assert screen.violations() == []


@pytest.mark.parametrize("place", [place for place in WATCH if not place.startswith("/team")])
def test_an_officer_sees_of_decisions_and_reports_what_is_theirs(
    screens: Screens, own_team: Team, ids: Mapping[str, str], place: str
) -> None:
    screen = screens.open(own_team.officer)
    screen.go(place.format(**ids))
    assert screen.overflow <= 0
    assert screen.violations() == []
    assert screen.complaints == []


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=[f"{size[0]}-{theme}" for size, theme in LOOKS])
def test_the_entrance_is_whole(screens: Screens, size: tuple[int, int], theme: str) -> None:
    screen = screens.open(None, size, theme=theme)
    for place in ENTRANCE:
        screen.go(place)
        assert screen.overflow <= 0, place
        assert screen.cut == [], place
        assert screen.violations() == [], place
    # Nobody is signed in, which is asked at the first page.
    assert all("/api/auth/me" in complaint for complaint in screen.complaints)
    screen.expect_refusal()


def test_what_somebody_may_not_see_looks_absent(screens: Screens, team: Team, ids: Mapping[str, str]) -> None:
    screen = screens.open(team.officer)
    screen.go(f"/loans/{ids['loan']}")
    screen.says("There is nothing here, or it is not among what you may see.")
    request_id = screen.page.locator("code").inner_text()
    assert len(request_id) == 36
    screen.expect_refusal()


# What each role has before them for most of a day.
OF_THE_DAY = {
    "officer": (
        "/",
        "/unions",
        "/unions/{union}",
        "/unions/{union}/sheet",
        "/members/{member}",
        "/loans/{loan}",
        "/loans/{loan}/pay",
        "/me",
    ),
    "supervisor": (
        "/decisions",
        "/decisions/{submitted}",
        "/loans/{loan}",
        "/loans/{loan}/account",
        "/team",
        "/reports",
    ),
    "admin": ("/", "/admin", "/admin/staff", "/admin/settings", "/admin/backups", "/admin/system"),
}


@pytest.mark.parametrize("role", [None, *OF_THE_DAY])
def test_another_language_has_room_on_a_phone_and_leaves_nothing_in_english(
    screens: Screens, own_team: Team, ids: Mapping[str, str], pseudo_build: Path, role: str | None
) -> None:
    screen = screens.open(role and getattr(own_team, role), built=pseudo_build)
    for place in OF_THE_DAY[role] if role else ENTRANCE:
        given = WordsOfApi(screen.page)
        screen.go(place.format(**ids))
        assert screen.overflow <= 0, place
        assert screen.cut == [], place
        assert own_words(screen.page, given.heard()) == [], place
    if role is None:
        # Nobody is signed in, which is asked at the first page.
        screen.expect_refusal()
