"""What an officer does in the field, on a phone of 360 pixels and on a desktop."""

import re

import pytest

from console.e2e.screens import DESKTOP, PHONE, Screens
from tests.client import random_name, sign_in
from tests.institution import PASSWORD, Team

SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@SIZES
def test_from_the_application_to_the_first_receipt(screens: Screens, team: Team, size: tuple[int, int]) -> None:
    member = team.member()
    name = f"{member['firstName']} {member['lastName']}"
    screen = screens.open(team.officer, size)
    screen.go("/unions")
    screen.press(re.compile(team.union["name"]), "link")
    screen.press(re.compile(name), "link")
    screen.press("Apply", "link")
    apply(team, screen)
    screen.says("Waits for approval")
    loan_id = screen.page.url.rpartition("/")[2]
    team.supervisor.patch(f"/loans/{loan_id}/approve").accepted()
    team.supervisor.post(f"/loans/{loan_id}/disburse", {"disbursedAt": "2026-03-11", "method": "CASH"}).accepted()
    screen.go(f"/loans/{loan_id}")
    screen.says("Running")
    screen.press("Take a payment", "link")
    screen.page.get_by_label("Another amount").check()
    screen.fill("Amount in naira", "1,500")
    screen.press("Record ₦1,500")
    screen.says(re.compile(f"₦1,500 from {name} by Cash"))
    screen.press("Yes, record it")
    screen.says(f"received from {name}")
    assert team.officer.get("/repayments", loanId=loan_id).data[0]["amount"] == "1500.00"
    screen.press("To the loan", "link")
    screen.says(re.compile("₦1,500 of ₦"))


def apply(team: Team, screen) -> None:
    """Fill in an application and submit it, once its cost was shown."""
    kinds = team.officer.get("/loan-types", isActive="true").data
    screen.page.get_by_label("Kind of loan").select_option(kinds[0]["id"])
    screen.fill("Amount in naira", "50000")
    screen.page.get_by_label(re.compile("How many")).fill("12")
    screen.says("What it costs")
    screen.says("To be paid in all")
    screen.press("Submit for approval")


@pytest.fixture(autouse=True)
def loan_type(admin) -> None:
    """A kind of loan for those who apply."""
    if not admin.get("/loan-types", isActive="true").data:
        body = {
            "name": "Trade",
            "minAmount": 1000,
            "maxAmount": 900000,
            "termUnit": "MONTH",
            "minTerm": 1,
            "maxTerm": 24,
        }
        admin.post("/loan-types", body | {"interestRate": 24, "processingFeeAmount": 500}).accepted()


# Nothing comes back, or somebody on the way gave up waiting: in both cases it was recorded.
LOST = [lambda route: route.abort("connectionreset"), lambda route: route.fulfill(status=504, body="Gateway Time-out")]


@pytest.mark.parametrize("lost", LOST, ids=["no-answer", "gave-up"])
def test_a_payment_whose_answer_was_lost_is_recorded_once(screens: Screens, team: Team, lost) -> None:
    loan = team.active_loan()
    screen = screens.open(team.officer)
    screen.go(f"/loans/{loan['id']}/pay")
    screen.page.get_by_label("Another amount").check()
    screen.fill("Amount in naira", "700")

    def lose(route) -> None:
        route.fetch()
        lost(route)

    screen.page.route("**/api/repayments", lose, times=1)
    screen.press("Record ₦700")
    screen.press("Yes, record it")
    screen.says(re.compile("it is recorded only once"))
    screen.expect_refusal()
    assert screen.page.get_by_label("Amount in naira").is_disabled()
    screen.press("Send it again")
    screen.press("Yes, record it")
    screen.says("To the loan")
    assert [entry["amount"] for entry in team.officer.get("/repayments", loanId=loan["id"]).data] == ["700.00"]


def test_what_is_refused_is_said_and_can_be_corrected(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    screen = screens.open(team.officer)
    screen.go(f"/loans/{loan['id']}/pay")
    screen.page.get_by_label("Another amount").check()
    screen.fill("Amount in naira", "900000000")
    screen.press("Record ₦900,000,000")
    screen.press("Yes, record it")
    screen.page.get_by_role("alert").first.wait_for()
    screen.expect_refusal()
    screen.fill("Amount in naira", "900")
    screen.press("Record ₦900")
    screen.press("Yes, record it")
    screen.says("To the loan")


def test_a_document_is_added_and_opened(screens: Screens, admin, team: Team) -> None:
    if not admin.get("/documents/types").data:
        admin.post("/documents/types", {"name": "National ID"}).accepted()
    member = team.member()
    screen = screens.open(team.officer)
    screen.go(f"/members/{member['id']}")
    screen.press("Add")
    screen.page.get_by_label("Kind of document").select_option(index=1)
    picture = screen.page.screenshot()
    screen.page.get_by_label("Photo or file").set_input_files(
        {"name": "id.png", "mimeType": "image/png", "buffer": picture}
    )
    screen.press("Send")
    screen.says("The document is kept.")
    address = screen.page.get_by_role("link", name=re.compile("id.png")).get_attribute("href")
    assert screen.context.request.get(f"{screen.url}{address}").body().startswith(b"\x89PNG")


def test_a_search_finds_members_loans_and_unions(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    screen = screens.open(team.officer)
    screen.go("/search")
    screen.page.get_by_role("searchbox").fill(loan["unionMember"]["lastName"])
    screen.says("Members (1)")
    screen.says("Loans (1)")
    screen.says("Unions (0)")
    assert screen.page.url.endswith(f"?q={loan['unionMember']['lastName']}")
    screen.press(re.compile(loan["loanNumber"]), "link")
    screen.says("Still owed")


def test_a_member_is_taken_in_and_what_is_written_of_them_changed(screens: Screens, team: Team) -> None:
    screen, name = screens.open(team.officer), random_name("Eze").title().replace(" ", "")
    screen.go(f"/unions/{team.union['id']}")
    screen.press("New member", "link")
    for label, text in {"First name": "Ngozi", "Last name": name, "Phone": "08030000000", "Born": "2020-05-01"}.items():
        screen.fill(label, text)
    screen.page.get_by_label("Gender").select_option("female")
    screen.press("Take in")
    # Too young, which is said at the field.
    screen.page.get_by_role("alert").first.wait_for()
    screen.expect_refusal()
    screen.fill("Born", "1990-05-01")
    screen.press("Take in")
    screen.page.get_by_role("heading", name=f"Ngozi {name}").wait_for()
    screen.says("1 May 1990")
    screen.press("Change", "link")
    # Typed before the picture has changed the member, and kept when the page has them anew.
    screen.fill("Town", "Ibadan")
    with screen.page.expect_response(lambda response: "/union-members/" in response.url and response.ok):
        screen.page.get_by_label("New picture").set_input_files(
            {"name": "face.png", "mimeType": "image/png", "buffer": screen.page.screenshot()}
        )
        screen.page.locator("main img").first.wait_for()
    with screen.page.expect_response(lambda response: response.request.method == "PUT"):
        screen.press("Save")
    [kept] = team.officer.get("/union-members", search=name).data
    assert (kept["city"], kept["dateOfBirth"][:10], kept["gender"]) == ("Ibadan", "1990-05-01", "female")
    assert kept["profileImage"]


def test_one_changes_ones_picture_and_details_and_ends_a_session(screens: Screens, team: Team) -> None:
    email = team.officer.get("/auth/me").data["email"]
    other = sign_in(team.officer.url, email, PASSWORD)
    screen = screens.open(team.officer)
    screen.go("/me")
    screen.press(re.compile("^End"))
    screen.page.get_by_role("button", name=re.compile("^End")).wait_for(state="detached")
    assert other.get("/auth/me").status == 401
    screen.press("Picture and details", "link")
    screen.page.get_by_label("New picture").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": screen.page.screenshot()}
    )
    screen.page.get_by_role("button", name="No picture").wait_for()
    screen.fill("Phone", "08039999999")
    with screen.page.expect_response(lambda answer: answer.request.method == "PUT"):
        screen.press("Save")
    kept = team.officer.get("/auth/me").data
    assert (kept["phone"], bool(kept["profileImage"])) == ("08039999999", True)
    screen.press("No picture")
    screen.page.get_by_role("button", name="No picture").wait_for(state="detached")
    assert team.officer.get("/auth/me").data["profileImage"] is None
