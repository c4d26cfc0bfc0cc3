import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from services.membership.consumers import handlers
from services.membership.models import MemberLoan
from services.membership.queries.counts import loans_of_union
from shared.clock import now
from shared.ids import new_id
from shared.messaging.contracts import read_contracts
from shared.messaging.delivery import deliver, deliver_or_defer
from shared.messaging.events import Envelope, in_json
from shared.messaging.handlers import CauseMissing

STEPS = ["created", "submitted", "approved", "disbursed", "completed"]


def loan_event(step, *, loan_id, member_id, version):
    data = {"loan_id": str(loan_id), "member_id": str(member_id), "status": step.upper(), "principal": "50000.00"}
    type_ = f"lending.loan.{step}.v1"
    return Envelope(new_id(), type_, "lending", loan_id, version, now(), None, None, None, in_json(data))


def life_of_a_loan(member_id):
    loan_id = new_id()
    return [
        loan_event(step, loan_id=loan_id, member_id=member_id, version=version)
        for version, step in enumerate(STEPS, start=1)
    ]


@pytest.fixture
def loans(sessions):
    """The loans that are kept: (status of each, how many the union has)."""

    def look(union_id):
        with sessions() as session:
            statuses = list(session.scalars(select(MemberLoan.status)))
            return statuses, loans_of_union(session.connection(), union_id)

    return look


def test_a_loan_is_counted_once_and_keeps_its_newest_status(sessions, a_member, loans):
    member = a_member()
    for event in life_of_a_loan(member.id):
        deliver(sessions, handlers, [event])
    assert loans(member.union_id) == (["COMPLETED"], 1)


def test_the_events_of_a_loan_end_the_same_in_one_transaction(sessions, a_member, loans):
    member = a_member()
    events = life_of_a_loan(member.id) + life_of_a_loan(member.id)
    random.Random(7).shuffle(events)
    deliver(sessions, handlers, events[:4])
    deliver(sessions, handlers, events)
    assert loans(member.union_id) == (["COMPLETED", "COMPLETED"], 2)


def test_the_events_of_a_loan_end_the_same_in_any_order_and_twice(sessions, a_member, loans):
    member = a_member()
    events = life_of_a_loan(member.id) * 2
    random.Random(7).shuffle(events)
    for event in events:
        deliver(sessions, handlers, [event])
    assert loans(member.union_id) == (["COMPLETED"], 1)


def test_a_loan_of_an_unknown_member_waits_for_its_cause(sessions, a_union, loans):
    event = loan_event("created", loan_id=new_id(), member_id=new_id(), version=1)
    with pytest.raises(CauseMissing):
        deliver(sessions, handlers, [event])
    assert loans(a_union().id) == ([], 0)


def test_membership_publishes_under_its_own_name_only():
    assert {event_type.split(".")[0] for event_type in read_contracts(Path("services/membership/contracts"))} == {
        "membership"
    }


def test_a_deleted_loan_is_not_counted_until_it_is_back(sessions, a_member, loans):
    member = a_member()
    loan_id = new_id()
    created, deleted, updated = (
        loan_event(step, loan_id=loan_id, member_id=member.id, version=version)
        for version, step in enumerate(["created", "deleted", "updated"], start=1)
    )
    deliver(sessions, handlers, [deleted])
    deliver(sessions, handlers, [created])
    assert loans(member.union_id) == (["DELETED"], 0)
    deliver(sessions, handlers, [updated])
    deliver(sessions, handlers, [deleted])
    assert loans(member.union_id) == (["UPDATED"], 1)


def test_loans_of_many_members_are_kept_together(sessions, a_member, loans):
    members = [a_member() for _ in range(3)]
    events = [event for member in members for event in life_of_a_loan(member.id)]
    random.Random(3).shuffle(events)
    deliver(sessions, handlers, events)
    for member in members:
        assert loans(member.union_id) == (["COMPLETED"] * 3, 1)


def test_only_loans_of_unknown_members_are_named_as_waiting(sessions, a_member, loans):
    member = a_member()
    followed, unknown = (
        loan_event("created", loan_id=new_id(), member_id=id_, version=1) for id_ in (member.id, new_id())
    )
    with pytest.raises(CauseMissing) as missing:
        deliver(sessions, handlers, [followed, unknown])
    assert missing.value.events == {unknown.id}
    assert deliver_or_defer(sessions, handlers, [followed, unknown], lambda: None).failed.keys() == {unknown.id}
    assert loans(member.union_id) == (["CREATED"], 1)


def test_two_workers_with_the_events_of_one_loan_count_it_once(sessions, a_member, loans):
    member = a_member()
    events = [life_of_a_loan(member.id) for _ in range(20)]
    # One has the first half of each life, and the other the rest.
    halves = [[event for life in events for event in life[:3]], [event for life in events for event in life[3:]]]
    with ThreadPoolExecutor(2) as workers:
        list(
            workers.map(lambda half: [deliver(sessions, handlers, half[at : at + 7]) for at in range(0, 40, 7)], halves)
        )
    assert loans(member.union_id) == (["COMPLETED"] * 20, 20)
