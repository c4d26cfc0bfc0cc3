"""The collection sheet at a meeting: entered, counted, handed in; with a line, without one, with one that breaks."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route

from console.e2e.screens import Screen, Screens, answered_in_vain
from shared.testing import eventually
from tests.client import Person
from tests.institution import Team, new_staff

READY = "navigator.serviceWorker.ready.then(() => true)"
HAND_IN = "**/api/repayments/collection-sheet"


@pytest.fixture
def loans(team: Team) -> list[dict[str, Any]]:
    """Three members who owe something."""
    return [team.active_loan() for _ in range(3)]


@pytest.fixture
def phone(screens: Screens, team: Team, loans: list[dict[str, Any]]) -> Screen:
    """An officer's phone, with the sheet of the union on it."""
    screen = screens.open(team.officer, workers=True)
    screen.go("/")
    screen.settle()
    # Of a page that is only now taken over, requests are let through unseen for a moment.
    screen.page.evaluate(READY)
    open_sheet(screen, team)
    return screen


def open_sheet(screen: Screen, team: Team) -> None:
    screen.page.goto(f"{screen.url}/unions/{team.union['id']}/sheet")
    screen.says("Count the cash")


def name_of(loan: dict[str, Any]) -> str:
    return f"{loan['unionMember']['firstName']} {loan['unionMember']['lastName']}"


def enter(screen: Screen, loans: list[dict[str, Any]]) -> None:
    """The first pays 1,500, the second 700, the third is absent; two notes of 1,000 and one of 200 lie on the table."""
    screen.page.get_by_label(f"Paid by {name_of(loans[0])}").fill("1500")
    screen.page.get_by_label(f"Paid by {name_of(loans[1])}").fill("700")
    third = screen.page.get_by_role("listitem").filter(has_text=name_of(loans[2]))
    third.get_by_role("button", name="Absent", exact=True).click()
    screen.page.get_by_label("How many of ₦1,000").fill("2")
    screen.page.get_by_label("How many of ₦200").fill("1")


def recorded(person: Person, loans: list[dict[str, Any]]) -> list[list[Decimal]]:
    """What was recorded on each loan."""
    entries = [person.get("/repayments", loanId=loan["id"]).data for loan in loans]
    return [[Decimal(entry["amount"]) for entry in found] for found in entries]


ONCE = [[Decimal(1500)], [Decimal(700)], []]


def test_a_sheet_is_handed_in_and_every_line_has_its_verdict(phone: Screen, team: Team, loans: Any) -> None:
    enter(phone, loans)
    phone.page.get_by_label("How many of ₦200").fill("")
    phone.says("₦200 less was counted than entered.")
    assert phone.page.get_by_role("button", name="Hand in ₦2,200").is_disabled()
    phone.page.get_by_label("How many of ₦200").fill("1")
    phone.press("Hand in ₦2,200")
    phone.says("₦2,200 handed in.")
    assert phone.page.get_by_text("Recorded", exact=True).count() == 2
    assert recorded(team.officer, loans) == ONCE
    phone.press("I have seen it")
    phone.page.get_by_text("₦2,200 handed in.").wait_for(state="detached")


def test_what_was_entered_is_there_after_the_page_was_left(phone: Screen, team: Team, loans: Any) -> None:
    enter(phone, loans)
    phone.page.get_by_label("How many of ₦200").fill("1")
    phone.page.goto("about:blank")
    open_sheet(phone, team)
    assert phone.page.get_by_label(f"Paid by {name_of(loans[0])}").input_value() == "1500"
    phone.says("Hand in ₦2,200")


def test_a_browser_that_is_killed_while_it_sends_records_it_once(
    screens: Screens, team: Team, loans: Any, tmp_path: Path
) -> None:
    phone = screens.open_kept(tmp_path, team.officer)
    phone.go("/")
    phone.page.evaluate(READY)
    open_sheet(phone, team)
    enter(phone, loans)
    arrived: list[Route] = []

    def never_answer(route: Route) -> None:
        route.fetch()
        arrived.append(route)

    phone.page.route(HAND_IN, never_answer)
    with phone.page.expect_request(HAND_IN):
        phone.press("Hand in ₦2,200")
    eventually(lambda: arrived or phone.page.wait_for_timeout(50), seconds=20)
    screens.kill(phone, tmp_path)
    assert recorded(team.officer, loans) == ONCE
    again = screens.open_kept(tmp_path, team.officer)
    again.go("/")
    again.says("Handed in: have a look")
    assert recorded(team.officer, loans) == ONCE


def test_what_was_entered_survives_a_browser_that_is_killed(
    screens: Screens, team: Team, loans: Any, tmp_path: Path
) -> None:
    phone = screens.open_kept(tmp_path, team.officer)
    open_sheet(phone, team)
    enter(phone, loans)
    phone.says("Hand in ₦2,200")
    screens.kill(phone, tmp_path)
    again = screens.open_kept(tmp_path, team.officer)
    open_sheet(again, team)
    assert again.page.get_by_label(f"Paid by {name_of(loans[0])}").input_value() == "1500"
    again.press("Hand in ₦2,200")
    again.says("₦2,200 handed in.")
    assert recorded(team.officer, loans) == ONCE


def test_a_cleared_field_is_nothing_entered(phone: Screen, team: Team, loans: Any) -> None:
    field = phone.page.get_by_label(f"Paid by {name_of(loans[0])}")
    field.fill("1500")
    field.fill("")
    assert phone.page.get_by_role("button", name="Hand in ₦0").is_disabled()
    field.fill("0")
    phone.press("Hand in ₦0")
    phone.says("Nothing paid")
    assert recorded(team.officer, loans) == [[], [], []]


def test_without_a_line_it_waits_and_is_sent_once_when_the_line_is_back(
    phone: Screen, screens: Screens, team: Team, loans: Any
) -> None:
    phone.context.set_offline(True)
    phone.go("/")
    phone.says("Today's sheets")
    phone.press(re.compile(team.union["name"]), "link")
    phone.says("Count the cash")
    enter(phone, loans)
    phone.press("Hand in ₦2,200")
    phone.says(re.compile("₦2,200 wait on this phone"))
    second = screens.tab(phone.context)
    second.page.goto(f"{second.url}/")
    second.says("Waits for the line")
    assert recorded(team.officer, loans) == [[], [], []]
    phone.context.set_offline(False)
    phone.says("₦2,200 handed in.")
    second.says("Handed in: have a look")
    assert recorded(team.officer, loans) == ONCE
    for screen in (phone, second):
        screen.expect_refusal()


def test_an_answer_that_was_lost_does_not_record_it_twice(phone: Screen, team: Team, loans: Any) -> None:
    enter(phone, loans)

    phone.page.route(HAND_IN, answered_in_vain, times=1)
    with phone.page.expect_event("requestfailed"):
        phone.press("Hand in ₦2,200")
    phone.says(re.compile("₦2,200 wait on this phone"))
    assert recorded(team.officer, loans) == ONCE
    phone.press("Send now")
    phone.says("₦2,200 handed in.")
    assert recorded(team.officer, loans) == ONCE


def test_two_tabs_with_one_draft_record_it_once(phone: Screen, screens: Screens, team: Team, loans: Any) -> None:
    enter(phone, loans)
    phone.says("Hand in ₦2,200")
    second = screens.tab(phone.context)
    open_sheet(second, team)
    second.says("Hand in ₦2,200")
    phone.press("Hand in ₦2,200")
    phone.says("₦2,200 handed in.")
    second.press("Hand in ₦2,200")
    second.says("Already recorded")
    assert recorded(team.officer, loans) == ONCE


def test_a_session_that_ended_meanwhile_costs_nothing(phone: Screen, team: Team, loans: Any) -> None:
    enter(phone, loans)
    [cookie] = phone.context.cookies()
    phone.context.clear_cookies()
    phone.press("Hand in ₦2,200")
    phone.says("Stay signed in")
    phone.expect_refusal()
    phone.context.add_cookies([cookie])
    phone.page.goto(f"{phone.url}/")
    phone.says("Handed in: have a look")
    assert recorded(team.officer, loans) == ONCE


def test_somebody_else_on_the_same_phone_sees_nothing_of_it(phone: Screen, team: Team, loans: Any) -> None:
    wait_on_phone(phone, loans)
    sign_in(phone, new_staff(team.admin, "CREDIT_OFFICER", team.supervisor))
    phone.go("/")
    phone.says("No union is yours yet.")
    assert phone.page.get_by_text("Sheets on this phone").count() == 0
    phone.page.reload()
    phone.settle()
    assert recorded(team.officer, loans) == [[], [], []]


def test_nobody_hands_in_for_somebody_else_from_a_page_that_was_left_open(
    phone: Screen, team: Team, loans: Any
) -> None:
    wait_on_phone(phone, loans)
    # The supervisor may record payments on these loans too.
    sign_in(phone, team.supervisor)
    with phone.page.expect_response("**/api/auth/me"):
        phone.press("Send now")
    assert recorded(team.officer, loans) == [[], [], []]
    sign_in(phone, team.officer)
    # As if the line came back: the page may have sent it by itself by then, and the button be gone.
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.says("₦2,200 handed in.")
    assert recorded(team.officer, loans) == ONCE


def test_a_page_that_was_left_open_goes_when_another_tab_signs_somebody_else_in(
    phone: Screen, screens: Screens, team: Team, loans: Any
) -> None:
    wait_on_phone(phone, loans)
    sign_in(phone, new_staff(team.admin, "CREDIT_OFFICER", team.supervisor))
    second = screens.tab(phone.context)
    second.go("/")
    second.says("No union is yours yet.")
    phone.page.get_by_text(name_of(loans[0])).first.wait_for(state="detached")
    phone.settle()
    assert phone.page.get_by_text(re.compile("₦2,200")).count() == 0
    # The sheet of a union that is not theirs.
    phone.expect_refusal()
    assert recorded(team.officer, loans) == [[], [], []]


def wait_on_phone(phone: Screen, loans: list[dict[str, Any]]) -> None:
    """The sheet is handed in, and waits."""
    enter(phone, loans)
    phone.page.route(HAND_IN, lambda route: route.abort("connectionreset"), times=1)
    # It says that it waits before it is sent for the first time.
    with phone.page.expect_event("requestfailed", lambda request: request.method == "POST"):
        phone.press("Hand in ₦2,200")
    phone.says(re.compile("₦2,200 wait on this phone"))


def sign_in(phone: Screen, person: Person) -> None:
    """From now on the cookies of the phone are another person's."""
    # In one go, as a sign-in does it: the page asks by itself now and then, and there is always somebody.
    phone.context.add_cookies([{"name": "access_token", "value": person.token, "url": phone.url, "httpOnly": True}])


def test_a_refused_line_says_why_and_stays_until_it_was_seen(phone: Screen, team: Team, loans: Any) -> None:
    phone.page.get_by_label(f"Paid by {name_of(loans[0])}").fill("900000")
    phone.page.get_by_label("How many of ₦1,000").fill("900")
    phone.press("Hand in ₦900,000")
    phone.says(re.compile("nothing of this sheet was recorded|Refused"))
    phone.expect_refusal()
    phone.go("/")
    phone.says(re.compile("have a look"))
    assert recorded(team.officer, loans) == [[], [], []]
