"""What happens in the other services is written about: to the right person, once, in whatever order it is heard."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy import delete, insert, select, update

from services.notifications.consumers import handlers
from services.notifications.models import LoanDues, Mail
from services.notifications.tests.conftest import Work, mails
from services.notifications.usecases.reminders import remind_members
from shared.clock import now
from shared.context import Role
from shared.db import Sessions
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.ids import new_id
from shared.messaging.contracts import SERVICES
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.messaging.handlers import CauseMissing
from shared.messaging.inbox import inbox
from shared.testing import check_contract

LOAN, MEMBER, UNION, LOAN_TYPE = new_id(), new_id(), new_id(), new_id()
ADA = "ada@example.org"
TODAY = date(2026, 4, 10)


def an_event(event_type: str, aggregate_id: UUID, version: int = 1, **facts: Any) -> Envelope:
    """The example of its contract with other facts."""
    source = event_type.partition(".")[0]
    contract = json.loads((SERVICES / source / "contracts" / f"{event_type}.json").read_text())
    data = contract["examples"][0] | json.loads(json.dumps(facts, default=str))
    event = Envelope(new_id(), event_type, source, aggregate_id, version, now(), None, None, None, in_json(data))
    check_contract(event)
    return event


def loan(step: str, version: int = 1, **facts: Any) -> Envelope:
    about = {
        "loan_id": LOAN, "loan_number": "LN00000042", "member_id": MEMBER, "union_id": UNION,
        "loan_type_id": LOAN_TYPE, "principal": "50000.00", "interest_total": "5000.00",
    }  # fmt: skip
    return an_event(f"lending.loan.{step}.v1", LOAN, version, **about, **facts)


def disbursed(version: int = 4, first_due_on: date = TODAY + timedelta(days=1), **facts: Any) -> Envelope:
    lines = [
        {
            "instalment_id": new_id(), "sequence": number, "due_on": first_due_on + timedelta(days=7 * (number - 1)),
            "principal": "1000.00", "interest": "100.00",
        }
        for number in (1, 2, 3)
    ]  # fmt: skip
    return loan("disbursed", version, status="ACTIVE", schedule_version=1, schedule=lines, **facts)


def repayment(version: int = 1, closed: int = 1, **facts: Any) -> Envelope:
    example = json.loads((SERVICES / "payments/contracts/payments.repayment.recorded.v1.json").read_text())["examples"][
        0
    ]
    line = example["account"]["instalments"][0]
    account = example["account"] | {
        "version": version, "schedule_version": 1, "outstanding": "2200.00",
        "instalments": [
            {**line, "sequence": number, "paid": "1100.00", "status": "PAID"} for number in range(1, closed + 1)
        ],
    }  # fmt: skip
    about = {"loan_id": LOAN, "loan_number": "LN00000042", "member_id": MEMBER, "union_id": UNION, "amount": "1100.00"}
    return an_event("payments.repayment.recorded.v1", LOAN, version, account=account, **about, **facts)


@pytest.fixture
def boss(a_colleague: Callable[..., UUID]) -> UUID:
    return a_colleague(Role.SUPERVISOR, email="boss@example.org")


@pytest.fixture
def chidi(a_colleague: Callable[..., UUID], boss: UUID) -> UUID:
    return a_colleague(email="officer@example.org", first_name="Chidi", last_name="Eze", supervisor_id=boss)


@pytest.fixture
def the_directory(work: Work, chidi: UUID) -> None:
    """The directory holds the union of the loan and its member."""
    with work() as uow:
        union = {
            "id": UNION, "name": "Market Women", "officer_id": chidi, "is_deleted": False,
            "created_at": now(), "updated_at": now(), "version": 1,
        }  # fmt: skip
        member = {
            "id": MEMBER, "code": "MEM000001", "first_name": "Ada", "last_name": "Obi", "email": ADA,
            "union_id": UNION, "is_deleted": False, "details": {}, "search": "", "version": 1,
        }  # fmt: skip
        uow.connection.execute(insert(directory_union).values(union))
        uow.connection.execute(insert(directory_member).values(member))


def hear(sessions: Sessions, *events: Envelope) -> None:
    deliver(sessions, handlers, events)


def sent(sessions: Sessions) -> Counter[tuple[str, str]]:
    return Counter((mail.template, mail.recipient) for mail in mails(sessions))


def variables(sessions: Sessions, template: str) -> dict[str, str]:
    [found] = [mail.variables for mail in mails(sessions) if mail.template == template]
    return dict(found)


@pytest.mark.usefixtures("the_directory")
@pytest.mark.parametrize(
    ("event", "mailed"),
    [
        (loan("submitted"), {("loan_submitted", "boss@example.org")}),
        (loan("approved"), {("loan_approved", "officer@example.org"), ("loan_status", ADA)}),
        (loan("rejected"), {("loan_rejected", "officer@example.org"), ("loan_status", ADA)}),
        (disbursed(), {("loan_disbursed", "officer@example.org"), ("loan_status", ADA)}),
        (loan("completed", status="COMPLETED"), {("loan_status", ADA)}),
        (loan("defaulted", status="DEFAULTED"), {("loan_status", ADA)}),
        (loan("written_off", status="WRITTEN_OFF"), set()),
        (loan("created"), set()),
        (repayment(), {("payment_confirmation", ADA)}),
    ],
    ids=lambda value: value.type if isinstance(value, Envelope) else "",
)
def test_each_step_is_written_about_to_those_it_concerns(
    sessions: Sessions, event: Envelope, mailed: set[tuple[str, str]]
) -> None:
    hear(sessions, event)
    assert sent(sessions) == Counter(mailed)


@pytest.mark.usefixtures("the_directory")
def test_the_mails_say_what_it_is_about(sessions: Sessions) -> None:
    hear(sessions, an_event("lending.loan_type.created.v1", LOAN_TYPE, loan_type_id=LOAN_TYPE, name="Weekly"))
    hear(sessions, disbursed(), repayment())
    assert variables(sessions, "loan_disbursed") == {
        "customer_name": "Ada Obi", "branch_name": "Market Women", "officer_name": "Chidi Eze",
        "loan_number": "LN00000042", "loan_type": "Weekly", "total_amount": "50,000.00", "interest": "5,000.00",
        "due_date": "11/04/2026", "installment_amount": "1,100.00",
    }  # fmt: skip
    confirmation = variables(sessions, "payment_confirmation")
    expected = {"installment_amount": "1,100.00", "total_amount": "2,200.00", "due_date": "18/04/2026"}
    assert confirmation | expected == confirmation


@pytest.mark.usefixtures("the_directory")
def test_admins_hear_of_an_application_nobody_else_is_there_to_approve(
    sessions: Sessions, work: Work, a_colleague: Callable[..., UUID], boss: UUID
) -> None:
    a_colleague(Role.ADMIN, email="one@example.org")
    a_colleague(Role.ADMIN, email="two@example.org")
    a_colleague(Role.ADMIN, email="gone@example.org", is_active=False)
    with work() as uow:
        uow.session.execute(update(directory_staff).where(directory_staff.c.id == boss).values(is_active=False))
    hear(sessions, loan("submitted"))
    assert sent(sessions) == Counter({("loan_submitted", "one@example.org"), ("loan_submitted", "two@example.org")})


@pytest.mark.usefixtures("the_directory")
def test_in_whatever_order_and_however_often_they_come_each_is_written_about_once(sessions: Sessions) -> None:
    life = [
        loan("created"), loan("submitted", 2, status="PENDING_APPROVAL"), loan("approved", 3, status="APPROVED"),
        disbursed(), repayment(1, closed=1), repayment(2, closed=2), repayment(3, closed=3),
        loan("completed", 5, status="COMPLETED"),
    ]  # fmt: skip
    for seed in range(3):
        shuffled = [*life, *life]
        random.Random(seed).shuffle(shuffled)
        for event in shuffled:
            hear(sessions, event)
        # As long after, when nobody remembers that they were heard.
        with sessions.begin() as session:
            session.execute(delete(inbox))
    assert sent(sessions) == Counter(
        {
            ("loan_submitted", "boss@example.org"): 1, ("loan_approved", "officer@example.org"): 1,
            ("loan_disbursed", "officer@example.org"): 1, ("loan_status", ADA): 3, ("payment_confirmation", ADA): 3,
        }
    )  # fmt: skip
    with sessions() as session:
        assert session.scalars(select(LoanDues.next_due_on)).one() is None


def test_what_came_before_those_it_concerns_waits_for_them(sessions: Sessions, request: pytest.FixtureRequest) -> None:
    event = loan("approved")
    with pytest.raises(CauseMissing):
        hear(sessions, event)
    request.getfixturevalue("the_directory")
    hear(sessions, event)
    assert sent(sessions)[("loan_status", ADA)] == 1


def test_old_events_told_again_are_kept_and_not_written_about(sessions: Sessions) -> None:
    for event in (disbursed(), repayment(), loan("completed", 9)):
        hear(sessions, structs.replace(event, occurred_at=now() - timedelta(days=4)))
    assert mails(sessions) == []
    with sessions() as session:
        assert session.scalars(select(LoanDues.version)).one() == 9


def test_a_new_member_with_an_address_is_welcomed(sessions: Sessions, the_directory: None) -> None:
    details = json.loads((SERVICES / "membership/contracts/membership.member.created.v1.json").read_text())["examples"][
        0
    ]["details"]
    for number, email in enumerate(("new@example.org", None)):
        member_id = new_id()
        facts = {
            "member_id": member_id,
            "union_id": UNION,
            "code": f"MEM00010{number}",
            "details": details | {"email": email},
        }
        created = an_event("membership.member.created.v1", member_id, **facts)
        hear(sessions, created, an_event("membership.member.updated.v1", member_id, 2, **facts))
        hear(sessions, created)
    assert sent(sessions) == Counter({("new_member", "new@example.org"): 1})
    assert variables(sessions, "new_member")["branch_name"] == "Market Women"


@pytest.mark.parametrize("status", ["PENDING", "SENT", "WRITTEN"])
def test_mails_to_a_member_who_was_erased_say_nothing_of_them(
    sessions: Sessions, the_directory: None, status: str
) -> None:
    member_id, other_id = new_id(), new_id()
    contract = json.loads((SERVICES / "membership/contracts/membership.member.created.v1.json").read_text())
    details = contract["examples"][0]["details"]
    for number, (one, email) in enumerate(((member_id, "canary@example.org"), (other_id, "other@example.org"))):
        facts = {
            "member_id": one,
            "union_id": UNION,
            "code": f"MEM00010{number}",
            "details": details | {"email": email},
        }
        hear(sessions, an_event("membership.member.created.v1", one, first_name="Canary", **facts))
    with sessions.begin() as session:
        session.execute(update(Mail).values(status=status, subject="Welcome", content="Canary"))
    hear(sessions, an_event("membership.member.erased.v1", member_id, 2, member_id=member_id, union_id=UNION))
    with sessions() as session:
        kept = {mail.recipient: mail for mail in session.scalars(select(Mail))}
    assert kept.keys() == {"", "other@example.org"}
    blank = kept[""]
    assert (blank.variables, blank.subject, blank.content) == ({}, None, None)
    assert blank.status == ("SKIPPED" if status == "PENDING" else status)
    assert (kept["other@example.org"].status, kept["other@example.org"].content) == (status, "Canary")


def remind(work: Work, today: date, days: int = 1) -> int:
    with work() as uow:
        return remind_members(uow, today=today, days=days, at=now())


@pytest.mark.usefixtures("the_directory")
def test_a_member_is_reminded_once_of_each_unpaid_due_date(sessions: Sessions, work: Work) -> None:
    first = TODAY + timedelta(days=1)
    hear(sessions, structs.replace(disbursed(first_due_on=first), occurred_at=now() - timedelta(days=4)))
    assert remind(work, TODAY - timedelta(days=1)) == 0
    for _ in range(3):
        remind(work, TODAY)
        remind(work, first)
    [reminder] = mails(sessions)
    assert (reminder.template, reminder.recipient) == ("payment_reminder", ADA)
    about = {"due_date": "11/04/2026", "installment_amount": "1,100.00", "total_amount": "3,300.00", "penalty": "0.00"}
    assert reminder.variables | about == reminder.variables
    # The second one is paid before anybody is reminded of it; the first is still open and was told of.
    paid = repayment(closed=2)
    hear(sessions, structs.replace(paid, occurred_at=now() - timedelta(days=4)))
    remind(work, TODAY + timedelta(days=7))
    remind(work, TODAY + timedelta(days=14))
    assert [mail.variables["due_date"] for mail in mails(sessions)] == ["11/04/2026", "25/04/2026"]


@pytest.mark.usefixtures("the_directory")
def test_nobody_is_reminded_of_a_loan_that_is_closed_or_undone(sessions: Sessions, work: Work) -> None:
    undone = loan("disbursement_undone", 5, status="APPROVED", schedule_version=2, schedule=[])
    for closing in (undone, loan("canceled", 6, status="CANCELED")):
        hear(sessions, structs.replace(disbursed(), occurred_at=now() - timedelta(days=4)))
        hear(sessions, structs.replace(closing, occurred_at=now() - timedelta(days=4)))
        assert remind(work, TODAY) == 0
    assert mails(sessions) == []


@pytest.mark.usefixtures("the_directory")
def test_two_workers_that_remind_at_once_write_once(sessions: Sessions, work: Work) -> None:
    hear(sessions, structs.replace(disbursed(), occurred_at=now() - timedelta(days=4)))
    with work() as one, work() as other:
        assert remind_members(one, today=TODAY, days=1, at=now()) == 1
        assert remind_members(other, today=TODAY, days=1, at=now()) == 0
    assert len(mails(sessions)) == 1


def test_nobody_waits_for_the_mail_that_something_causes() -> None:
    unawaited = set(handlers.event_types) - set(handlers.awaited_types)
    assert {"payments.repayment.recorded.v1", "lending.loan.created.v1", "membership.member.created.v1"} <= unawaited
    assert {"identity.user.updated.v1", "identity.settings.updated.v1"} <= set(handlers.awaited_types)
