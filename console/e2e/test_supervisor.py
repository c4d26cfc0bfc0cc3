"""What a supervisor does: deciding on loans, watching the team, reading reports; and what others see of it."""

import re
from datetime import date
from typing import Any

from console.e2e.screens import DESKTOP, PHONE, Screens
from tests.institution import Team, new_staff

REASON = "The stall is too small for that"


def submitted(team: Team, **terms: Any) -> dict[str, Any]:
    """An application that waits for a decision."""
    loan = team.draft(**terms)
    team.officer.patch(f"/loans/{loan['id']}/submit").accepted()
    return loan


def name_of(loan: dict[str, Any]) -> str:
    return f"{loan['unionMember']['firstName']} {loan['unionMember']['lastName']}"


def test_a_loan_is_approved_for_less_and_paid_out_while_its_officer_looks_on(screens: Screens, team: Team) -> None:
    loan = submitted(team)
    officer = screens.open(team.officer)
    officer.go(f"/loans/{loan['id']}")
    officer.says("Waits for approval")
    screen = screens.open(team.supervisor, PHONE)
    screen.go("/")
    screen.press(re.compile(name_of(loan)), "link")
    screen.says("This is their first loan.")
    screen.fill("Approve for", "30,000")
    screen.says("What ₦30,000 costs")
    screen.fill("Why less", REASON)
    screen.press("Approve ₦30,000")
    screen.says(re.compile(f"₦30,000 for {name_of(loan)}, {loan['loanNumber']}"))
    screen.press("Yes, approve it")
    screen.says("Approved for")
    officer.says("Approved")
    officer.says("₦50,000")
    screen.page.get_by_label("Handed over by").select_option("TRANSFER")
    screen.fill("Reference", "TRX-1")
    screen.press("Pay out ₦30,000")
    screen.press("Yes, it is handed over")
    screen.says("Still owed")
    # The officer's page follows by itself.
    officer.says("Take a payment")
    kept = team.officer.get(f"/loans/{loan['id']}").data
    assert (kept["status"], kept["principalAmount"], kept["requestedAmount"]) == ("ACTIVE", "30000.00", "50000.00")
    assert (kept["disbursementMethod"], kept["disbursementReference"]) == ("TRANSFER", "TRX-1")


def test_a_loan_is_turned_down_with_the_reason(screens: Screens, team: Team) -> None:
    loan = submitted(team)
    screen = screens.open(team.supervisor, DESKTOP)
    screen.go(f"/decisions?q={loan['loanNumber']}")
    screen.press(re.compile(name_of(loan)), "link")
    screen.press("Turn it down")
    screen.fill("Reason", REASON)
    screen.page.get_by_role("dialog").get_by_role("button", name="Turn it down").click()
    screen.page.wait_for_url(re.compile("/decisions$"))
    screen.says("Nothing waits.")
    kept = team.officer.get(f"/loans/{loan['id']}").data
    assert kept["status"] == "CANCELED"
    assert REASON in kept["notes"]


def test_money_whose_answer_was_lost_is_paid_out_once(screens: Screens, team: Team) -> None:
    loan = submitted(team)
    team.supervisor.patch(f"/loans/{loan['id']}/approve").accepted()
    screen = screens.open(team.supervisor)
    # Never answered: the page does not hear what became of it.
    screen.page.route("**/api/stream", lambda route: None)
    screen.go(f"/decisions/{loan['id']}")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort("connectionreset")

    screen.page.route("**/disburse", lose, times=1)
    screen.press("Pay out ₦50,000")
    screen.press("Yes, it is handed over")
    screen.says(re.compile("it may be done or not"))
    assert screen.page.get_by_label("Reference").is_disabled()
    screen.press("Send it again")
    screen.press("Yes, it is handed over")
    screen.says("Still owed")
    disbursed = team.supervisor.get("/reports/disbursements", officerId=team.officer.id).data
    assert disbursed["totals"]["principal"] == 50000


def test_the_team_shows_who_has_not_handed_in(screens: Screens, team: Team) -> None:
    today = date.today().isoformat()
    loan = submitted(team, termUnit="DAY")
    team.supervisor.patch(f"/loans/{loan['id']}/approve").accepted()
    yesterday = date.fromordinal(date.today().toordinal() - 1).isoformat()
    body = {"disbursedAt": yesterday, "method": "CASH"}
    team.supervisor.post(f"/loans/{loan['id']}/disburse", body).accepted()
    new_staff(team.admin, "CREDIT_OFFICER", team.supervisor)
    screen = screens.open(team.supervisor, DESKTOP)
    screen.go("/team")
    screen.says("1 has not handed in")
    row = screen.page.get_by_role("row", name=re.compile("1 to hand in"))
    row.get_by_role("link").click()
    screen.says("Not handed in")
    line = {"loanId": loan["id"], "amount": None, "absent": True}
    sheet = {"unionId": team.union["id"], "on": today, "cashHandedOver": 0, "lines": [line]}
    team.officer.post("/repayments/collection-sheet", sheet).accepted()
    screen.says("Handed in")
    screen.press(re.compile(team.union["name"]), "link")
    screen.press(re.compile(name_of(loan)), "link")
    screen.press(re.compile(loan["loanNumber"]), "link")
    screen.says("Still owed")


def test_a_report_is_read_drawn_followed_and_saved(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    team.pay(loan["id"], 2500).accepted()
    screen = screens.open(team.supervisor, DESKTOP)
    screen.go("/reports")
    screen.press(re.compile("Expected and actual collections by day"), "link")
    screen.page.get_by_role("img", name=re.compile("Expected and actual collections by day, from 1 ")).wait_for()
    screen.page.get_by_role("row", name=re.compile("In all.*₦2,500")).wait_for()
    with screen.page.expect_download() as saved:
        screen.press("Excel")
    assert saved.value.suggested_filename.startswith("collections-by-day")
    assert saved.value.path().read_bytes().startswith(b"PK")
    screen.go("/reports/arrears-list?asOf=2026-06-30")
    screen.press(loan["loanNumber"], "link")
    screen.says("Still owed")


def test_what_takes_too_long_is_made_aside(screens: Screens, team: Team) -> None:
    screen = screens.open(team.supervisor)
    refusal = '{"success": false, "message": "Too long.", "code": "report-takes-long"}'
    screen.page.route(
        "**/api/reports/income?*", lambda route: route.fulfill(status=422, body=refusal, content_type="text/json")
    )
    screen.go("/reports/income")
    screen.says(re.compile("have a file made aside"))
    screen.press("CSV")
    screen.says("Done")
    with screen.page.expect_download() as saved:
        screen.press(re.compile("^Download"), "link")
    assert saved.value.path().read_bytes()
    screen.expect_refusal()
