"""What a supervisor does: deciding on loans, watching the team, reading reports; and what others see of it."""

import re
from datetime import date
from typing import Any

from console.e2e.screens import DESKTOP, PHONE, Screens, answered_in_vain
from tests.client import Person
from tests.institution import Team, new_staff

REASON = "The stall is too small for that"
MARKUP = "<b onclick=alert(1)>Bisi</b> Ade"


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

    screen.page.route("**/disburse", answered_in_vain, times=1)
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
    # Not the end of a month: what was kept of one leaves out what is recorded today.
    screen.go("/reports/arrears-list?asOf=2026-06-15")
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


def test_an_approval_and_a_payout_are_taken_back(screens: Screens, team: Team) -> None:
    loan = submitted(team)
    path = f"/loans/{loan['id']}"
    team.supervisor.patch(f"{path}/approve").accepted()
    screen = screens.open(team.supervisor)
    screen.go(f"/decisions/{loan['id']}")
    screen.press("Take the approval back")
    screen.fill("Notes", REASON)
    screen.press("Yes, take it back")
    # Which says of itself what is to come.
    screen.page.get_by_role("dialog").wait_for(state="detached")
    screen.says("Waits for approval")
    kept = team.officer.get(path).data
    assert (kept["status"], REASON in kept["notes"]) == ("PENDING_APPROVAL", True)
    team.supervisor.patch(f"{path}/approve").accepted()
    team.supervisor.post(f"{path}/disburse", {"method": "CASH"}).accepted()
    screen.go(path)
    screen.press("Take the payout back", "link")
    screen.press("Take the payout back")
    screen.press("Yes, take it back")
    screen.page.get_by_role("button", name="Pay out ₦50,000").wait_for()
    assert team.officer.get(path).data["status"] == "APPROVED"
    # What was paid on keeps its payout.
    paid = team.active_loan()
    team.pay(paid["id"], 1000).accepted()
    screen.go(f"/loans/{paid['id']}")
    screen.says("Other terms")
    assert screen.page.get_by_role("link", name="Take the payout back").count() == 0


def propose(screen: Any, weeks: str, reason: str) -> None:
    screen.page.get_by_label("From", exact=True).fill("2026-05-20")
    screen.fill("How long", weeks)
    screen.page.get_by_label("Counted in").select_option("WEEK")
    # The lines that stay are two, so those that come of it begin with the third.
    screen.says("3. 27 May 2026")
    screen.fill("Reason", reason)
    screen.press("Propose it")
    screen.says("It waits for a decision. Until then the schedule stays as it is.")


def test_other_terms_are_proposed_by_one_and_decided_on_by_another(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    name = f"{loan['unionMember']['firstName']} {loan['unionMember']['lastName']}"
    screen = screens.open(team.supervisor)
    screen.go("/decisions")
    screen.page.get_by_role("link", name=re.compile("To reschedule 0")).wait_for()
    officer = screens.open(team.officer)
    officer.go(f"/loans/{loan['id']}")
    officer.press("Other terms", "link")
    propose(officer, "40", "A bad harvest")
    # What the one does, the other's screen shows by itself.
    screen.press(re.compile("To reschedule 1"), "link")
    screen.press(re.compile(name), "link")
    screen.says("A bad harvest")
    screen.press("Turn it down")
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(REASON)
    dialog.get_by_role("button", name="Turn it down").click()
    screen.says("Decided before")
    officer.says(re.compile(REASON))
    propose(officer, "20", "The rains came late")
    screen.go("/decisions?state=reschedule")
    screen.press(re.compile(name), "link")
    screen.press("Approve it")
    screen.press("Yes, approve it")
    screen.says("Approved")
    kept = team.officer.get(f"/loans/{loan['id']}").data
    assert (len(kept["scheduleItems"]), kept["termUnit"]) == (22, "WEEK")
    assert [each["status"] for each in team.officer.get(f"/loans/{loan['id']}/reschedules").data] == [
        "APPROVED",
        "REJECTED",
    ]


def test_a_fee_is_added_and_waived_and_what_is_not_paid_written_off(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    account, charges = f"/loans/{loan['id']}/account", f"/loans/{loan['id']}/charges"
    screen = screens.open(team.supervisor)
    screen.go(f"/loans/{loan['id']}")
    screen.press("Manage the account", "link")
    screen.page.get_by_text("Add a fee or a penalty").click()
    screen.page.get_by_label("Which").select_option("PENALTY")
    screen.fill("Amount in naira", "500")
    screen.fill("What for", "Three meetings missed")

    screen.page.route("**/charges", answered_in_vain, times=1)
    screen.press("Add ₦500")
    screen.press("Yes, add it")
    screen.says(re.compile("it may be added or not"))
    screen.press("Send it again")
    screen.press("Yes, add it")
    screen.press(re.compile("^Waive Penalty of ₦500"))
    screen.fill("Reason", REASON)
    screen.press("Yes, waive it")
    screen.says(re.compile(f"Three meetings missed · {REASON}"))
    [charge] = team.supervisor.get(charges).data
    assert (charge["kind"], charge["amount"], charge["status"]) == ("PENALTY", "500.00", "WAIVED")
    for step, yes, status in (
        ("Mark as in default", "Yes, mark it", "In default"),
        ("Write off", "Yes, write it off", "Written off"),
    ):
        screen.press(step)
        screen.fill("Reason", REASON)
        screen.press(yes)
        screen.page.get_by_role("dialog").wait_for(state="detached")
        screen.says(status)
    screen.says(re.compile("counts as recovered"))
    assert team.officer.get(f"/loans/{loan['id']}").data["status"] == "WRITTEN_OFF"
    officer = screens.open(team.officer)
    officer.go(account)
    officer.says("This is not for your role.")
    officer.go(f"/loans/{loan['id']}")
    officer.press("Take a payment", "link")
    officer.page.get_by_label("Another amount").check()
    officer.fill("Amount in naira", "700")
    officer.press("Record ₦700")
    officer.press("Yes, record it")
    officer.press("To the loan", "link")
    officer.says("Recovered")


def test_a_report_is_mailed_as_long_as_somebody_wants_it(screens: Screens, team: Team) -> None:
    screen = screens.open(team.supervisor)
    screen.go(f"/reports/arrears-list?officerId={team.officer.id}&asOf=2026-06-30")
    screen.press("Have it mailed")
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("How often").select_option("MONTHLY")
    dialog.get_by_label("On", exact=True).select_option("15")
    dialog.get_by_label("As", exact=True).select_option("xlsx")
    dialog.get_by_role("button", name="Have it mailed").click()
    screen.says(re.compile("It is mailed to"))
    [made] = team.supervisor.get("/reports/subscriptions").data
    assert (made["name"], made["filters"]) == ("arrears-list", {"officerId": team.officer.id})
    assert (made["frequency"], made["day"], made["format"]) == ("MONTHLY", 15, "xlsx")
    screen.go("/reports")
    screen.press("By mail", "link")
    screen.says(re.compile("On day 15 of the month · Excel · narrowed"))
    screen.press(re.compile("^Change"))
    dialog.get_by_label("How often").select_option("WEEKLY")
    dialog.get_by_label("On", exact=True).select_option("5")
    screen.press("Save")
    screen.says(re.compile("Every Friday"))
    screen.press(made["title"], "link")
    screen.page.wait_for_url(re.compile(f"/reports/arrears-list.officerId={team.officer.id}"))
    screen.go("/reports/subscriptions")
    screen.press(re.compile("^End"))
    screen.says("No report is mailed to you. Open one to have it mailed.")
    assert team.supervisor.get("/reports/subscriptions").data == []
    officer = screens.open(team.officer)
    officer.go("/reports/subscriptions")
    officer.says("This is not for your role.")


def test_who_stands_for_a_loan_is_seen_by_who_decides(screens: Screens, admin: Person, team: Team) -> None:
    if not admin.get("/documents/types").data:
        admin.post("/documents/types", {"name": "National ID"}).accepted()
    loan = submitted(team)
    officer = screens.open(team.officer)
    officer.go(f"/loans/{loan['id']}")
    picture = {"name": "id.png", "mimeType": "image/png", "buffer": officer.page.screenshot()}

    def send() -> None:
        officer.page.get_by_label("Kind of document").select_option(index=1)
        officer.page.get_by_label("Photo or file").set_input_files(picture)
        officer.press("Send")
        officer.page.get_by_role("dialog").wait_for(state="detached")

    officer.press("Add a guarantor")
    officer.fill("Their name", MARKUP)
    send()
    guarantor = officer.page.get_by_role("region", name=MARKUP)
    guarantor.get_by_role("button", name=re.compile("^Add")).click()
    send()
    guarantor.get_by_role("link").nth(1).wait_for()
    officer.press("Add")
    send()
    kept = team.officer.get(f"/loans/{loan['id']}").data
    assert [(each["name"], len(each["documents"])) for each in kept["guarantors"]] == [(MARKUP, 2)]
    assert len([each for each in kept["documents"] if each["guarantorId"] is None]) == 1
    screen = screens.open(team.supervisor, DESKTOP)
    screen.go(f"/decisions/{loan['id']}")
    assert screen.page.get_by_role("region", name=MARKUP).get_by_role("link").count() == 2
