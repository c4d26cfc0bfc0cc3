"""Whom events about loans concern, as mails name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from services.notifications.domain.institution import Institution
from services.notifications.domain.wording import written_day
from services.notifications.queries import dues, people
from services.notifications.queries.people import Group, Person
from services.notifications.queries.settings import current_institution


@dataclass(frozen=True, slots=True)
class LoanRef:
    """What of a loan says whom it concerns; events of payments name no loan type."""

    member_id: UUID | None
    union_id: UUID | None
    loan_number: str | None
    loan_type_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """The member and the union of one loan, and the variables of a mail that follow from them."""

    member: Person
    union: Group
    variables: dict[str, str]


@dataclass(frozen=True, slots=True)
class Parties:
    """All whom some loans concern, read at once."""

    institution: Institution
    members: Mapping[UUID, Person]
    unions: Mapping[UUID, Group]
    loan_types: Mapping[UUID, str]
    # Who is written to where an officer has no supervisor.
    admins: Sequence[str]

    @classmethod
    def read(cls, connection: Connection, loans: Sequence[LoanRef]) -> "Parties":
        """As they are now."""
        unions = people.unions(connection, {loan.union_id for loan in loans if loan.union_id})
        loan_types = {loan.loan_type_id for loan in loans if loan.loan_type_id}
        needs_admins = any(not union.supervisor.email for union in unions.values())
        return cls(
            current_institution(connection),
            people.members(connection, {loan.member_id for loan in loans if loan.member_id}),
            unions,
            dues.loan_type_names(connection, loan_types) if loan_types else {},
            people.active_admins(connection) if needs_admins else (),
        )

    def of(self, loan: LoanRef) -> Party | None:
        """Those of a loan; None while the directory does not hold its member and its union."""
        member = self.members.get(loan.member_id) if loan.member_id else None
        union = self.unions.get(loan.union_id) if loan.union_id else None
        if member is None or union is None:
            return None
        variables = {
            "customer_name": member.name,
            "branch_name": union.name,
            "officer_name": union.officer.name,
            "loan_number": loan.loan_number or "",
            "loan_type": self.loan_types.get(loan.loan_type_id, "") if loan.loan_type_id else "",
        }
        return Party(member, union, variables)

    def day(self, day: date | None) -> str:
        """A day as the institution writes it, or nothing."""
        return written_day(day, self.institution.date_format) if day else ""
