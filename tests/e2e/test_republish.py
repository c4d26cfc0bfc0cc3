"""A service whose data went back, or a follower that was emptied, is put right by what owners publish anew."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from shared.testing import eventually
from tests.going_back import (
    Saved,
    dead_letters,
    differences,
    empty,
    epochs_of,
    nothing_published_anew_yet,
    reads,
    run,
    wait_until_settled,
)
from tests.institution import is_in_agreement, new_team, owed_and_paid, portfolio
from tests.long_form import in_long_form

pytestmark = [pytest.mark.timeout(600), pytest.mark.chaos]

OWNERS = ("identity", "membership", "lending", "payments")


@pytest.fixture
def book(team):
    """Loans in every state that money and people bring about, and the members who have them."""
    loans = {name: team.active_loan() for name in ("running", "repaid", "reversed", "charged", "charged late")}
    loans["draft"] = team.draft()
    loans["deleted"] = team.draft()
    team.officer.call("DELETE", f"/loans/{loans['deleted']['id']}").accepted()
    team.pay(loans["running"]["id"], 5000).accepted()
    team.pay(loans["repaid"]["id"], 50000).accepted()
    repayment = team.pay(loans["reversed"]["id"], 7000).data
    reversal = {"reason": "Entered on the wrong loan"}
    team.admin.post(f"/repayments/{repayment['id']}/reverse", reversal).accepted()
    charge = {"kind": "FEE", "amount": 250, "note": "Passbook"}
    team.supervisor.post(f"/loans/{loans['charged']['id']}/charges", charge).accepted()
    team.pay(loans["charged"]["id"], 250).accepted()
    # After the last due date, where the schedule has no line for it.
    team.supervisor.post(f"/loans/{loans['charged late']['id']}/charges", charge | {"dueOn": "2027-06-01"}).accepted()
    return loans


def ids(book):
    return [loan["id"] for loan in book.values()], [loan["unionMemberId"] for loan in book.values()]


@contextmanager
def saved(platform, schema) -> Iterator[Saved]:
    wait_until_settled(platform)
    kept = Saved(platform, schema)
    try:
        yield kept
    finally:
        kept.forget()


def republish(platform, *services):
    for service in services:
        assert "is in epoch" in run(platform, service, "republish", "--reason", "test")
    wait_until_settled(platform)
    assert set(dead_letters(platform).values()) == {0}


@in_long_form
def test_publishing_anew_what_everybody_has_changes_nothing(platform, team, book):
    wait_until_settled(platform)
    before = reads(team, *ids(book))
    republish(platform, *OWNERS)
    assert differences(before, reads(team, *ids(book))) == []
    team.pay(book["running"]["id"], 1000).accepted()
    assert owed_and_paid(team.officer, book["running"]["id"]) == (44000, 6000)


FOLLOWERS = {
    "payments": ("directory_staff", "directory_union", "directory_member", "loan_types", "institution_settings"),
    "lending": ("directory_staff", "directory_union", "directory_member", "institution_settings"),
    "membership": ("directory_staff", "institution_settings"),
    "identity": ("directory_union", "directory_member", "loan_of_member"),
    "notifications": ("directory_staff", "directory_union", "directory_member", "loan_dues", "loan_type_name"),
    "reporting": (
        "directory_staff", "directory_union", "directory_member", "institution_settings", "loan_types", "loan_states",
        "loan_schedules", "loan_charges", "reallocations", "repayments", "union_officers", "portfolio_loans",
        "portfolio_members", "portfolio_sums", "facts_ahead", "on_time_days", "on_time_notes", "on_time_progress",
        "day_sums", "day_sums_notes", "day_sums_progress",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "service", ["reporting", *(pytest.param(name, marks=in_long_form) for name in FOLLOWERS if name != "reporting")]
)
def test_a_follower_that_was_emptied_has_all_again(service, platform, team, book):
    wait_until_settled(platform)
    before = reads(team, *ids(book))
    empty(platform, service, FOLLOWERS[service])
    republish(platform, *OWNERS)
    assert differences(before, reads(team, *ids(book))) == []


@in_long_form
def test_payments_restored_alone_from_an_older_state_are_what_everybody_shows(platform, team, book):
    running, charged = book["running"]["id"], book["charged"]["id"]
    with saved(platform, "payments") as kept:
        before = reads(team, *ids(book))
        figures = portfolio(team.supervisor)
        team.pay(running, 45000).accepted()
        team.admin.post(f"/loans/{charged}/charges", {"kind": "PENALTY", "amount": 99, "note": "Late"}).accepted()
        team.pay(charged, 300).accepted()
        wait_until_settled(platform)
        kept.put_back()
        republish(platform, "payments")
    for loan_id in (running, charged):
        assert is_in_agreement(team.officer, loan_id)
    assert portfolio(team.supervisor) == figures
    after = reads(team, *ids(book))
    assert after[f"officer /repayments?loanId={running}"] == before[f"officer /repayments?loanId={running}"]
    team.pay(running, 1000).accepted()
    wait_until_settled(platform)
    assert owed_and_paid(team.officer, running) == (44000, 6000)


def test_what_is_made_before_all_is_published_anew_stays(platform, team):
    wait_until_settled(platform)
    before = epochs_of(platform, OWNERS)

    def all_have_begun() -> bool:
        return all(number > before[service] for service, number in epochs_of(platform, OWNERS).items())

    with ThreadPoolExecutor(len(OWNERS)) as aside:
        with nothing_published_anew_yet(platform, OWNERS):
            done = [aside.submit(run, platform, owner, "republish", "--reason", "test") for owner in OWNERS]
            eventually(all_have_begun, seconds=60)
            newcomers = new_team(team.admin)
            loan = newcomers.active_loan()
            newcomers.pay(loan["id"], 5000).accepted()
            undecided = newcomers.draft()
            eventually(lambda: portfolio(newcomers.supervisor)[1] == 5000, seconds=60)
        for command in done:
            command.result()
    wait_until_settled(platform)
    assert set(dead_letters(platform).values()) == {0}
    assert owed_and_paid(newcomers.officer, loan["id"]) == (45000, 5000)
    newcomers.pay(loan["id"], 1000).accepted()
    assert newcomers.officer.get(f"/union-members/{undecided['unionMemberId']}/loans").data[0]["id"] == undecided["id"]
    assert is_in_agreement(newcomers.officer, loan["id"])


@in_long_form
def test_lending_restored_alone_from_an_older_state_is_what_everybody_shows(platform, team, book):
    with saved(platform, "lending") as kept:
        before = reads(team, *ids(book))
        lost = team.draft({"id": book["repaid"]["unionMemberId"]})
        deleted = book["draft"]["id"]
        team.officer.call("DELETE", f"/loans/{deleted}").accepted()
        wait_until_settled(platform)
        kept.put_back()
        republish(platform, "lending")
    assert differences(before, reads(team, *ids(book))) == []
    assert team.officer.get(f"/schedules/{lost['id']}").status == 404
    assert team.officer.get(f"/loans/{lost['id']}").status == 404
    team.pay(book["running"]["id"], 1000).accepted()


@in_long_form
def test_membership_restored_alone_from_an_older_state_is_what_everybody_shows(platform, team, book):
    with saved(platform, "membership") as kept:
        before = reads(team, *ids(book))
        lost = team.member()
        renamed = book["running"]["unionMemberId"]
        team.officer.put(f"/union-members/{renamed}", {"firstName": "Another"}).accepted()
        wait_until_settled(platform)
        kept.put_back()
        republish(platform, "membership")
    assert differences(before, reads(team, *ids(book))) == []
    application = {"unionMemberId": lost["id"], "principalAmount": 1000, "termCount": 1, "termUnit": "MONTH"}
    assert team.officer.post("/loans", application).status in {400, 404}


@in_long_form
def test_identity_restored_alone_from_an_older_state_is_what_everybody_shows(platform, team, book):
    with saved(platform, "identity") as kept:
        before = reads(team, *ids(book))
        new_team(team.admin)
        team.admin.put(f"/users/{team.officer.id}", {"firstName": "Another"}).accepted()
        wait_until_settled(platform)
        kept.put_back()
        republish(platform, "identity")
    assert differences(before, reads(team, *ids(book))) == []
