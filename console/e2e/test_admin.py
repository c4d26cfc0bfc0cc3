"""What an admin does at a desk: staff, unions, the look of the institution, its trail and its backups."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from console.e2e.screens import DESKTOP, PHONE, Screen, Screens
from shared.testing import eventually
from tests.client import Person
from tests.institution import PASSWORD, Team, new_staff

MARKUP = "<b onclick=alert(1)>Ngozi</b>"


def test_staff_taken_in_can_sign_in_and_be_acted_as(screens: Screens, admin: Person) -> None:
    screen, email = screens.open(admin, DESKTOP), f"new-{secrets.token_hex(4)}@example.org"
    screen.go("/admin/staff")
    screen.press("Add", "link")
    for label, text in (
        ("First name", MARKUP),
        ("Last name", "Obi"),
        ("E-mail address", email),
        ("Password", PASSWORD),
    ):
        screen.fill(label, text)
    screen.press("Take in")
    screen.page.get_by_role("heading", name=f"{MARKUP} Obi").wait_for()
    signed_in = _signed_in(screens, email)
    # Their session is seen, and ended from here.
    screen.go(screen.page.url.removeprefix(screen.url))
    screen.press("End")
    screen.press("End the session")
    screen.says("Nowhere just now.")
    signed_in.says("Stay signed in")
    signed_in.expect_refusal()
    screen.press("Act as this person")
    screen.press(f"Act as {MARKUP} Obi")
    screen.says(re.compile(f"is acting as {re.escape(MARKUP)} Obi"))
    screen.page.wait_for_url(f"{screen.url}/")
    screen.settle()
    screen.press("Stop acting")
    screen.says("Stay signed in")
    # What the page asked in that moment, as something had changed, came too late.
    screen.expect_refusal()


def naira(amount: float) -> str:
    """An amount as the console shows it."""
    return f"₦{amount:,.2f}".removesuffix(".00")


def _signed_in(screens: Screens, email: str) -> Screen:
    screen = screens.open(size=DESKTOP)
    screen.go("/sign-in")
    screen.expect_refusal()
    screen.fill("E-mail address", email)
    screen.fill("Password", PASSWORD)
    screen.press("Sign in")
    screen.page.wait_for_url(f"{screen.url}/")
    screen.settle()
    return screen


def test_a_file_of_staff_is_judged_before_it_is_imported(screens: Screens, admin: Person) -> None:
    email = f"filed-{secrets.token_hex(4)}@example.org"
    lines = f"email,firstName,lastName,role\n{email},Ada,Obi,CREDIT_OFFICER\nnobody,Ada,Obi,CREDIT_OFFICER\n"
    screen = screens.open(admin, DESKTOP)
    screen.go("/admin/staff/import")
    screen.page.get_by_label("File").set_input_files(
        {"name": "staff.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    )
    screen.press("Try it without changing anything")
    screen.page.get_by_role("row", name=re.compile(f"{email} New")).wait_for()
    screen.page.get_by_role("row", name=re.compile("nobody Refused")).wait_for()
    assert admin.get("/users", search=email).data["total"] == 0
    screen.press("Import 1 person")
    screen.press("To the staff", "link")
    screen.page.get_by_role("searchbox").fill(email)
    screen.page.wait_for_url(re.compile(f"q={email.partition('@')[0]}"))
    screen.page.get_by_role("row", name=re.compile(email)).wait_for()


def test_unions_move_once_it_was_shown_what_moves_with_them(screens: Screens, team: Team) -> None:
    loan, other = team.active_loan(), new_staff(team.admin, "CREDIT_OFFICER", team.supervisor)
    email = other.get("/auth/me").data["email"]
    second = team.supervisor.post(
        "/unions", {"name": f"{MARKUP} {email}"[:60], "creditOfficerId": team.officer.id}
    ).data
    screen = screens.open(team.admin, DESKTOP)
    screen.go(f"/admin/assignment?user={team.officer.id}")
    for union in (team.union, second):
        screen.page.get_by_label(f"Choose {union['name']}").check()
    screen.press("Give to another officer")
    dialog = screen.page.get_by_role("dialog")
    owed = naira(loan["totalOutstanding"])
    dialog.get_by_text(owed, exact=True).wait_for()
    assert re.search(
        f"Unions 2 Members 1 Loans 1 Running loans 1 Outstanding {owed}", " ".join(dialog.inner_text().split())
    )
    dialog.get_by_label("To").select_option(other.id)
    screen.press("Move them")
    dialog.get_by_text("Moved").nth(1).wait_for()
    assert {union["id"] for union in other.get("/unions").data} == {team.union["id"], second["id"]}
    dialog.get_by_role("button", name="Close").last.click()
    screen.says("Nothing found.")
    screen.go(f"/admin/assignment/history?q={email}")
    moves = screen.page.get_by_role("row", name=re.compile(re.escape(email)))
    moves.nth(1).wait_for()
    assert moves.count() == 2


BRAND = "getComputedStyle(document.documentElement).getPropertyValue('--brand').trim()"


@pytest.fixture
def own_colours(admin: Person) -> Iterator[None]:
    """Other tests find the colours that they know."""
    yield
    admin.put("/settings/company", {"theme": None}).accepted()


@pytest.mark.usefixtures("own_colours")
def test_colours_are_kept_only_when_they_can_be_read(screens: Screens, admin: Person, own_team: Team) -> None:
    screen = screens.open(admin, DESKTOP)
    screen.go("/admin/branding")
    primary = screen.page.get_by_label("What can be pressed", exact=True).first
    primary.fill("#ffe14d")
    screen.says("The first colour cannot be read on a card.")
    assert screen.page.get_by_role("button", name="Keep these colours").is_disabled()
    assert screen.page.evaluate(BRAND) == "#0f766e"
    primary.fill("#7c2d92")
    screen.page.get_by_label("Behind what is chosen", exact=True).first.fill("#f5e8fa")
    # Worn while it is tried, as soon as it is drawn.
    screen.page.wait_for_function(f"() => {BRAND} === '#7c2d92'")
    screen.press("Keep these colours")
    screen.says(re.compile("updated successfully"))
    other = screens.open(own_team.officer)
    other.go("/")
    other.page.wait_for_function(f"() => {BRAND} === '#7c2d92'")
    # The next page is painted with it from the beginning: the address is not asked.
    other.page.route("**/api/settings/public", lambda route: route.abort())
    other.go("/me")
    assert other.page.evaluate(BRAND) == "#7c2d92"
    assert other.violations() == []


def test_a_kind_of_loan_is_offered_with_its_terms(screens: Screens, admin: Person) -> None:
    screen, name = screens.open(admin, DESKTOP), f"{MARKUP} {secrets.token_hex(4)}"
    screen.go("/admin/loan-types/new")
    for label, text in {"Name": name, "Least amount": "1000", "Most": "500,5", "Interest, % a year": "18"}.items():
        screen.fill(label, text)
    screen.press("Offer it")
    # What is wrong is said at the field.
    screen.page.get_by_role("alert").first.wait_for()
    screen.expect_refusal()
    screen.fill("Most", "500000")
    screen.page.get_by_text(re.compile("What an application may change")).click()
    screen.page.get_by_label("First due day").check()
    screen.press("Offer it")
    screen.press(name, "link")
    screen.says(name)
    [made] = [each for each in admin.get("/loan-types").data if each["name"] == name]
    assert (made["interestRate"], made["allowedOverrides"]) == ("18.00", ["firstDueDate"])
    screen.press("Put out of use")
    screen.page.get_by_role("dialog").get_by_role("button", name="Put out of use").click()
    screen.says("Out of use")


def test_the_trail_shows_before_and_after_side_by_side(screens: Screens, team: Team) -> None:
    user = f"/users/{team.officer.id}"
    team.admin.put(user, {"firstName": MARKUP, "phone": "08031112222"}).accepted()
    screen = screens.open(team.admin, DESKTOP)

    def entry():
        return [each for each in team.admin.get(f"/audit-logs/entity/User/{team.officer.id}").data if each["before"]]

    [entry] = eventually(entry, seconds=30)
    screen.go(f"/admin/audit?q={team.officer.id}&entity=User")
    screen.press("USER_UPDATED", "link")
    changed = screen.page.get_by_role("table", name="Before and after")
    changed.get_by_role("row", name=f"firstName Ada {MARKUP}").wait_for()
    changed.get_by_role("row", name=re.compile("^phone .*08031112222$")).wait_for()
    assert changed.get_by_role("row", name=re.compile("lastName")).count() == 0
    screen.go("/admin/audit")
    screen.press("Verify now")
    screen.says("Holds")


def test_a_backup_that_is_made_is_in_the_list(screens: Screens, admin: Person) -> None:
    screen = screens.open(admin, DESKTOP)
    screen.go("/admin/backups")
    screen.page.get_by_label("With sessions").first.check()
    screen.press("Make a backup")
    screen.page.get_by_role("row", name=re.compile("Complete By hand .*Download")).first.wait_for()
    assert admin.get("/backup/list").data[0]["includeSessions"] is True
    # Nothing is restored before its word is typed.
    screen.press("Restore")
    yes = screen.page.get_by_role("button", name="Replace all data")
    assert yes.is_disabled()
    screen.fill("Type RESTORE to go on", "restore")
    assert yes.is_disabled()
    screen.fill("Type RESTORE to go on", "RESTORE")
    assert yes.is_enabled()
    # Nor is the reset offered, which this platform refuses.
    assert screen.page.get_by_role("button", name="Empty the platform").count() == 0


def test_the_system_is_shown_part_by_part(screens: Screens, admin: Person) -> None:
    screen = screens.open(admin, DESKTOP)
    screen.page.route("**/api/system/reporting", lambda route: route.fulfill(status=503, json={"message": "Away"}))
    screen.go("/admin/system")
    screen.says("Does not answer")
    screen.expect_refusal()
    assert screen.page.get_by_text("Given up").count() == 5
    screen.fill("Loan number", "LN99999999")
    screen.press("Make it anew")
    screen.says("There is no loan of this number.")


def test_first_steps_are_shown_until_they_were_seen(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.supervisor)
    screen.go("/me")
    screen.press(re.compile("See your team"), "link")
    screen.page.wait_for_url(f"{screen.url}/team")
    screen.go("/me")
    screen.press("I have seen it")
    screen.go("/me")
    assert screen.page.get_by_text("First steps").count() == 0


def test_a_member_moves_once_it_was_shown_what_goes_along(screens: Screens, team: Team) -> None:
    loan, other = team.active_loan(), new_staff(team.admin, "CREDIT_OFFICER", team.supervisor)
    body = {"name": f"{MARKUP} {secrets.token_hex(4)}", "creditOfficerId": other.id}
    union = team.supervisor.post("/unions", body).data
    member = team.officer.get(f"/union-members/{loan['unionMemberId']}").data
    screen = screens.open(team.admin, PHONE)
    screen.go(f"/members/{member['id']}")
    screen.press("Change", "link")
    screen.press("Set as not verified")
    screen.page.get_by_role("button", name="Set as verified").wait_for()
    screen.page.get_by_label("Union", exact=True).select_option(union["id"])
    screen.press("Move to another union")
    screen.says(re.compile(r"Ada Obi looks after them from then on\. 1 loan goes along"))
    screen.fill("Reason", "Closer to the stall")
    screen.press("Yes, move them")
    screen.says(f"Now in {union['name']}.")
    kept = other.get(f"/loans/{loan['id']}").data
    assert (kept["unionId"], kept["assignedOfficerId"]) == (union["id"], other.id)
    assert other.get(f"/union-members/{member['id']}").data["isVerified"] is False


def test_lists_are_sorted_by_the_server_as_the_address_says(screens: Screens, team: Team) -> None:
    word = secrets.token_hex(4)
    for first in ("Zainab", "ada", "Musa"):
        name = {"firstName": first, "lastName": word, "email": f"{first.lower()}-{word}@example.org"}
        team.admin.post("/users", {**name, "role": "CREDIT_OFFICER", "password": PASSWORD}).accepted()
        union = {"name": f"{first} {word}", "creditOfficerId": team.officer.id}
        team.admin.post("/unions", union).accepted()
    screen = screens.open(team.admin, DESKTOP)

    def names(table: str) -> list[str]:
        screen.settle()
        rows = screen.page.get_by_role("table", name=table).get_by_role("row")
        return [row.get_by_role("link").first.inner_text().split()[0] for row in rows.all()[1:]]

    for path, table, column in (("/admin/staff", "Staff", "Name"), ("/admin/assignment", "Unions", "Union")):
        screen.go(f"{path}?q={word}")
        assert names(table) == ["Musa", "ada", "Zainab"]
        screen.press(column)
        screen.page.wait_for_url(re.compile("order=name$"))
        screen.page.get_by_role("columnheader", name=column, exact=True).and_(
            screen.page.locator("[aria-sort=ascending]")
        ).wait_for()
        eventually(lambda table=table: names(table) == ["ada", "Musa", "Zainab"])
        screen.press(column)
        screen.page.wait_for_url(re.compile("order=name-reversed"))
        eventually(lambda table=table: names(table) == ["Zainab", "Musa", "ada"])
        screen.page.get_by_label("Order").select_option("oldest")
        eventually(lambda table=table: names(table) == ["Zainab", "ada", "Musa"])
        # The address holds it, also for who comes back.
        screen.page.reload()
        assert names(table) == ["Zainab", "ada", "Musa"]
        assert screen.page.get_by_label("Order").input_value() == "oldest"
        screen.page.get_by_label("Order").select_option("newest")
        screen.page.wait_for_url(lambda address: "order" not in address)
    screen.go("/admin/audit?order=oldest")
    first = screen.page.get_by_role("table").get_by_role("row").nth(1).inner_text()
    oldest = team.admin.get("/audit-logs", order="oldest", limit=1).data[0]
    assert oldest["action"] in first


def test_a_backup_sealed_to_keys_kept_elsewhere_says_what_it_takes(screens: Screens, admin: Person) -> None:
    screen = screens.open(admin, DESKTOP)

    def sealed(route: Any) -> None:
        listed = route.fetch()
        body = listed.json()
        for backup in body["data"]:
            backup["needsOwnKey"] = True
        route.fulfill(response=listed, json=body)

    if not admin.get("/backup/list").data:
        admin.post("/backup/create", {}).accepted()
    eventually(lambda: admin.get("/backup/list").data[0]["status"] == "completed", seconds=120)
    screen.page.route("**/api/backup/list", sealed)
    screen.go("/admin/backups")
    screen.says("Sealed to your key")
    screen.says(re.compile("open with your own private key alone"))
    address = screen.page.get_by_role("link", name="Download, sealed").first.get_attribute("href")
    answer = screen.context.request.get(f"{screen.url}{address}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-tar")
    screen.press("Restore")
    screen.fill("Type RESTORE to go on", "RESTORE")
    yes = screen.page.get_by_role("button", name="Replace all data")
    assert yes.is_disabled()
    # A key that is none is refused, and nothing has begun.
    screen.fill("Your private key", "AGE-SECRET-KEY-NONE")
    with screen.page.expect_request("**/api/backup/restore") as asked:
        yes.click()
    assert asked.value.headers["x-backup-key"] == "AGE-SECRET-KEY-NONE"
    screen.page.get_by_role("dialog").get_by_text(re.compile("restored|key")).last.wait_for()
    screen.expect_refusal()


def test_a_payment_that_was_none_is_taken_back(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    team.pay(loan["id"], 1000).accepted()
    screen = screens.open(team.admin, DESKTOP)
    screen.go(f"/loans/{loan['id']}/account")
    screen.press(re.compile("^Take back ₦1,000"))
    screen.fill("Reason", "Entered for the wrong member")
    screen.press("Yes, take it back")
    screen.says("Reversed")
    entries = team.officer.get("/repayments", loanId=loan["id"]).data
    assert sorted(entry["amount"] for entry in entries) == ["-1000.00", "1000.00"]
    # Neither of the two can be taken back.
    screen.says("Taken back")
    assert screen.page.get_by_role("button", name=re.compile("^Take back")).count() == 0


def test_nobody_else_comes_in(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.supervisor, DESKTOP)
    screen.go("/admin/staff")
    screen.says("This is not for your role.")
    # Nothing was asked of the API that it would have refused.
    assert screen.complaints == []
