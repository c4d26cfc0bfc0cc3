"""Every page for every role, small and large, light and dark: nothing goes wrong unseen, and everybody can read it."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from console.e2e.screens import DESKTOP, PHONE, Screens
from shared.testing import eventually
from tests.client import Person
from tests.institution import Team

ENTRANCE = ("/sign-in", "/forgotten", "/auth/reset-password?email=a@b.example&token=x")
PLACES = (
    "/",
    "/unions",
    "/unions/{union}",
    "/unions/{union}/sheet",
    "/members/{member}",
    "/members/{member}/apply",
    "/loans/{loan}",
    "/loans/{loan}/pay",
    "/loans/{draft}",
    "/reports",
    "/reports/collections-by-day",
    "/search",
    "/search?q=a",
    "/me",
    "/password",
    "/no/such/page",
)
# Those of supervisors; an admin has the same.
WATCH = (
    "/decisions",
    "/decisions?state=approved",
    "/decisions/{submitted}",
    "/decisions/{approved}",
    "/team",
    "/team/{officer}",
    "/reports/arrears-list?asOf=2026-06-30",
    "/reports/portfolio-at-risk",
    "/reports/no-such-report",
)
# Those of admins alone.
MANAGEMENT = (
    "/admin",
    "/admin/staff?q=a&role=CREDIT_OFFICER",
    "/admin/staff/new",
    "/admin/staff/import",
    "/admin/staff/{officer}",
    "/admin/sign-ins?result=success",
    "/admin/assignment",
    "/admin/assignment/history",
    "/admin/unions/new",
    "/admin/unions/{union}",
    "/admin/loan-types",
    "/admin/loan-types/new",
    "/admin/document-types",
    "/admin/settings",
    "/admin/branding",
    "/admin/mail",
    "/admin/templates",
    "/admin/templates/loan_approved",
    "/admin/audit?q={officer}",
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
    ("officer", PHONE, "dark"),
    ("officer", DESKTOP, "light"),
    ("supervisor", PHONE, "dark"),
    ("supervisor", DESKTOP, "light"),
    ("admin", PHONE, "light"),
    ("admin", DESKTOP, "dark"),
]
LONG = "Ọlá-Chukwuemeka <b onclick=alert(1)>Nwachukwu-Abubakar</b> 'Tiwa' Oluwaseun"


@pytest.fixture(scope="module")
def ids(own_team: Team) -> Mapping[str, str]:
    """A member whose name is long and has markup in it, with a loan that was paid on, and one with a draft."""
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
    return {
        "union": own_team.union["id"],
        "officer": own_team.officer.id,
        "member": member["id"],
        "loan": loan["id"],
        "draft": own_team.draft()["id"],
        "entry": entry["id"],
        "submitted": submitted,
        "approved": approved,
    }


@pytest.mark.parametrize(
    ("role", "size", "theme"), ROLES, ids=[f"{role}-{size[0]}-{theme}" for role, size, theme in ROLES]
)
def test_every_page_is_whole(
    screens: Screens, own_team: Team, ids: Mapping[str, str], role: str, size: tuple[int, int], theme: str
) -> None:
    person: Person = getattr(own_team, role)
    screen = screens.open(person, size, theme=theme)
    for place in PLACES + (WATCH if role == "supervisor" else ()) + (MANAGEMENT if role == "admin" else ()):
        screen.go(place.format(**ids))
        assert screen.page.get_by_role("alert").count() == 0, place
        assert screen.overflow <= 0, place
        assert screen.violations() == [], place
        assert screen.complaints == [], place


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=[f"{size[0]}-{theme}" for size, theme in LOOKS])
def test_the_entrance_is_whole(screens: Screens, size: tuple[int, int], theme: str) -> None:
    screen = screens.open(None, size, theme=theme)
    for place in ENTRANCE:
        screen.go(place)
        assert screen.overflow <= 0, place
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
