"""What is shown beside a loan: its member, union, type, officer and author, joined by the primary keys of each."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label, Uuid, bindparam, func, select
from sqlalchemy.sql import ColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from services.lending.models import Instalment, Loan, LoanRepayment, LoanType
from shared.context import Role
from shared.directory.scope import scope_of
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.postgres.rows import labelled

Columns = ColumnCollection[str, KeyedColumnElement[Any]]

LOANS: Columns = Loan.__table__.c
members, unions, types = directory_member.c, directory_union.c, LoanType.__table__.c
_officer, _creator = directory_staff.alias("officer"), directory_staff.alias("creator")


def seen_by(role: Role, officer_id: Any) -> ColumnElement[bool]:
    """Loans of officers that staff of this role may see, with a place for the `actor_id`: one statement per role."""
    return scope_of(role, officer_id, bindparam("actor_id", type_=Uuid()))


def joined(loans: FromClause) -> FromClause:
    """Loans with what is shown beside them; what this service does not know is null."""
    loan = loans.c
    return (
        loans.outerjoin(directory_member, members.id == loan.member_id)
        .outerjoin(directory_union, unions.id == loan.union_id)
        .outerjoin(LoanType.__table__, types.id == loan.loan_type_id)
        .outerjoin(_officer, _officer.c.id == loan.officer_id)
        .outerjoin(_creator, _creator.c.id == loan.created_by)
    )


def staff_columns() -> list[Label[Any]]:
    """Officer and author: `officer_email`, `creator_email` and so on."""
    names = ("email", "first_name", "last_name", "role")
    return [*labelled("officer", _officer.c, *names), *labelled("creator", _creator.c, *names)]


def counted(loan: Any) -> list[Label[int]]:
    """`repayment_count` and `instalment_count` of each loan, from the index of each table."""
    return [
        select(func.count()).where(table.loan_id == loan.id).scalar_subquery().label(name)
        for name, table in (("repayment_count", LoanRepayment), ("instalment_count", Instalment))
    ]
