"""Writing to people about what happens in the other services.

Each event is written about once, whenever and however often it comes: the mail carries its id. What happened too long
ago is not written about, so that telling old events again fills nobody's mailbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from services.identity.domain.dues import Dues
from services.identity.domain.institution import Institution
from services.identity.domain.words import MEMBER_WORDS, STAFF_MAILS, written_amount, written_day
from services.identity.queries import dues, people
from services.identity.queries.institution import current_settings
from services.identity.queries.people import Group, Person
from services.identity.steps.mail_queue import Wanted, queue_mails
from services.identity.usecases.dues import keep_dues
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Data

Fact = tuple[Data, Envelope]

FRESH = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class About:
    """Whom a loan concerns, in the words of a mail."""

    member: Person
    union: Group
    variables: dict[str, str]


def follow_loans(uow: UnitOfWork, *, loans: Sequence[Fact], accounts: Sequence[Fact], at: datetime) -> None:
    """Keep when money falls due, and write about what happened. Raises CauseMissing when somebody it concerns has not
    been heard of."""
    known = keep_dues(uow.connection, loans, accounts, at)
    news = [fact for fact in loans if _is_news(fact, at) and fact[1].type in STAFF_MAILS.keys() | MEMBER_WORDS.keys()]
    # What payments told before it named the member is not written about.
    payments = [fact for fact in accounts if _is_news(fact, at) and fact[0].get("member_id")]
    if not news and not payments:
        return
    circle = Circle.read(uow.connection, [facts for facts, _ in (*news, *payments)])
    if waiting := [envelope.id for facts, envelope in (*news, *payments) if not circle.knows(facts)]:
        raise CauseMissing("the member or the union of the loan is not known yet", waiting)
    wanted = [one for fact in news for one in _of_loan(circle, fact)]
    wanted += [one for fact in payments for one in _of_payment(circle, known, fact)]
    queue_mails(uow, wanted)


def welcome_members(uow: UnitOfWork, members: Sequence[Fact], *, at: datetime) -> None:
    """Write to new members who have an address. Raises CauseMissing when their union has not been heard of."""
    new = [fact for fact in members if _is_news(fact, at) and fact[0]["details"].get("email")]
    unions = people.unions(uow.connection, {facts["union_id"] for facts, _ in new}) if new else {}
    if waiting := [envelope.id for facts, envelope in new if facts["union_id"] not in unions]:
        raise CauseMissing("the union of the member is not known yet", waiting)
    wanted = []
    for facts, envelope in new:
        union = unions[facts["union_id"]]
        variables = {
            "customer_name": f"{facts['first_name']} {facts['last_name']}",
            "branch_name": union.name,
            "officer_name": union.officer.name,
        }
        wanted.append(Wanted("new_member", facts["details"]["email"], variables, dedupe=f"new_member {envelope.id}"))
    queue_mails(uow, wanted)


@dataclass(frozen=True, slots=True)
class Circle:
    """All whom some events concern, read at once."""

    institution: Institution
    members: Mapping[UUID, Person]
    unions: Mapping[UUID, Group]
    loan_types: Mapping[UUID, str]
    # Who is written to where an officer has no supervisor.
    admins: Sequence[str]

    @classmethod
    def read(cls, connection: Connection, facts: Sequence[Data]) -> "Circle":
        """As they are now."""
        unions = people.unions(connection, {one["union_id"] for one in facts})
        loan_types = {one["loan_type_id"] for one in facts if one.get("loan_type_id")}
        needs_admins = any(not union.supervisor.email for union in unions.values())
        return cls(
            current_settings(connection),
            people.members(connection, {one["member_id"] for one in facts}),
            unions,
            # What payments tells names no loan type.
            dues.loan_type_names(connection, loan_types) if loan_types else {},
            people.active_admins(connection) if needs_admins else (),
        )

    def knows(self, facts: Data) -> bool:
        """Whether the member and the union have been heard of."""
        return facts["member_id"] in self.members and facts["union_id"] in self.unions

    def about(self, facts: Data) -> About:
        """Whom a loan concerns that it `knows`."""
        member, union = self.members[facts["member_id"]], self.unions[facts["union_id"]]
        variables = {
            "customer_name": member.name,
            "branch_name": union.name,
            "officer_name": union.officer.name,
            "loan_number": facts["loan_number"],
            "loan_type": self.loan_types.get(facts["loan_type_id"], "") if facts.get("loan_type_id") else "",
        }
        return About(member, union, variables)

    def day(self, day: date | None) -> str:
        """A day as the institution writes it, or nothing."""
        return written_day(day, self.institution.date_format) if day else ""


def _is_news(fact: Fact, at: datetime) -> bool:
    return at - fact[1].occurred_at < FRESH


def _of_loan(circle: Circle, fact: Fact) -> list[Wanted]:
    loan, envelope = fact
    about = circle.about(loan)
    variables = about.variables | {
        "total_amount": written_amount(loan["principal"]),
        "interest": written_amount(loan["interest_total"]),
    }
    if loan["schedule"]:
        first = loan["schedule"][0]
        variables["due_date"] = circle.day(first["due_on"])
        variables["installment_amount"] = written_amount(first["principal"] + first["interest"])
    wanted = []
    if template := STAFF_MAILS.get(envelope.type):
        for address in _staff(circle, template, about.union):
            wanted.append(Wanted(template, address, variables, dedupe=f"{template} {envelope.id} {address}"))
    if about.member.email and envelope.type in MEMBER_WORDS:
        words = variables | {"payment_status": MEMBER_WORDS[envelope.type]}
        wanted.append(Wanted("loan_status", about.member.email, words, dedupe=f"loan_status {envelope.id}"))
    return wanted


def _staff(circle: Circle, template: str, union: Group) -> Sequence[str]:
    """An application goes to who supervises the officer, or else to the admins; all other news go to the officer."""
    if template != "loan_submitted":
        return [union.officer.email] if union.officer.email else []
    return [union.supervisor.email] if union.supervisor.email else circle.admins


def _of_payment(circle: Circle, known: Mapping[UUID, Dues], fact: Fact) -> list[Wanted]:
    payment, envelope = fact
    about = circle.about(payment)
    if not about.member.email:
        return []
    account = payment["account"]
    variables = about.variables | {
        "installment_amount": written_amount(payment["amount"]),
        "total_amount": written_amount(account["outstanding"]),
        "payment_status": "repaid completely" if account["settled"] else "received",
        "repayment_id": str(payment["repayment_id"]),
        "due_date": circle.day(next((line.due_on for line in known[payment["loan_id"]].owed), None)),
    }
    return [Wanted("payment_confirmation", about.member.email, variables, dedupe=f"payment_confirmation {envelope.id}")]
