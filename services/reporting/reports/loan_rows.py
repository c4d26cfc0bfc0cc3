"""The names in rows that are about loans."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from services.reporting.queries.names import Names, loan_type_names, member_names, officer_names, union_names
from shared.files.columns import Cell, Column

COLUMNS = (
    Column("loan", "Loan"),
    Column("member", "Member"),
    Column("union", "Union"),
    Column("officer", "Officer"),
    Column("loanType", "Loan type"),
)


@dataclass(frozen=True, slots=True)
class LoanNames:
    """The names of members, unions, officers and loan types of some loans."""

    members: Names
    unions: Names
    officers: Names
    loan_types: Names

    def cells(self, loan: Row[Any]) -> Mapping[str, Cell | UUID]:
        """The cells of COLUMNS for a loan, with the ids to link to; a loan without a loan type has none to name."""
        return {
            "loan": loan.loan_number,
            "member": self.members[loan.member_id],
            "union": self.unions[loan.union_id],
            "officer": self.officers[loan.officer_id],
            "loanType": self.loan_types[loan.loan_type_id] if loan.loan_type_id else None,
            "loanId": loan.id,
            "memberId": loan.member_id,
            "unionId": loan.union_id,
            "officerId": loan.officer_id,
        }


def names_of(connection: Connection, loans: Sequence[Row[Any]]) -> LoanNames:
    """The names for rows that have `member_id`, `union_id`, `officer_id` and `loan_type_id`."""

    def ids(name: str) -> Iterable[UUID]:
        return {getattr(loan, name) for loan in loans} - {None}

    return LoanNames(
        member_names(connection, list(ids("member_id"))),
        union_names(connection, list(ids("union_id"))),
        officer_names(connection, list(ids("officer_id"))),
        loan_type_names(connection, list(ids("loan_type_id"))),
    )
