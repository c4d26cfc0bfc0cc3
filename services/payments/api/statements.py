"""Statements of loans, members and unions, to be saved or printed."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response

from services.payments.api.bodies.exports import PeriodStatementQuery, StatementQuery
from services.payments.queries.loans import loan_in_scope
from services.payments.queries.sheets import union_in_scope
from services.payments.queries.statements import loans_of_member, loans_of_union, member_in_scope, statements_of
from services.payments.shapes.statements import table_of_loan, table_of_member, table_of_union
from services.payments.steps.repayments import LoanNotFound
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound, RuleViolated
from shared.files.formats import FileFormat
from shared.institution import letterhead
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.exports import audit_export, documented_file, download
from shared.web.schema import load_query
from shared.web.transactions import snapshot, transactional

statements = Blueprint("statements", __name__)


class NoStatementYet(Conflict):
    """The loan had not begun by that day: there is nothing to state."""


class StatementInFuture(RuleViolated):
    """A statement says what happened, so it ends today at the latest, and not before it begins."""


class MemberNotFound(NotFound):
    """No such member, or not one this actor may see."""


class UnionNotFound(NotFound):
    """No such union, or not one this actor may see."""


@statements.get("/loans/<uuid:loan_id>/statement")
@requires()
@documented_file("Print the statement of a loan", name="get_loan_statement", query=StatementQuery, rule=FileFormat.PDF)
@transactional
def get_loan_statement(uow: UnitOfWork, loan_id: UUID) -> Response:
    """The terms of a loan, everything that was charged, paid, given up and taken back, the balance after each, and the
    schedule, at the end of a day. In CSV only the movements."""
    query = load_query(StatementQuery)
    day = _checked(query.get("as_of") or today(), field="asOf")
    with snapshot() as connection:
        loan = loan_in_scope(connection, current_actor(), loan_id)
        if loan is None:
            raise LoanNotFound("Loan not found")
        statement = statements_of(connection, {loan_id: loan}, day)[loan_id]
        head = letterhead(connection)
    if not statement.movements:
        raise NoStatementYet("This loan had not begun by that day.")
    name = f"Statement {loan.loan_number} {day}"
    _, answer = download(table_of_loan(loan, statement, head), query["format"], name)
    audit_export(uow, action="STATEMENT_PRINTED", entity_name="Loan", entity_id=loan_id, count=1)
    return answer


@statements.get("/union-members/<uuid:member_id>/statement")
@requires()
@documented_file(
    "Print the statement of a member", name="get_member_statement", query=StatementQuery, rule=FileFormat.PDF
)
@transactional
def get_member_statement(uow: UnitOfWork, member_id: UUID) -> Response:
    """All loans of a member with what was charged, paid and is still owed at the end of a day, and every movement of
    each. In CSV only the loans."""
    query, actor = load_query(StatementQuery), current_actor()
    day = _checked(query.get("as_of") or today(), field="asOf")
    with snapshot() as connection:
        member = member_in_scope(connection, actor, member_id)
        if member is None:
            raise MemberNotFound("Union member not found")
        loans = loans_of_member(connection, actor, member_id)
        stated = statements_of(connection, loans, day)
        head = letterhead(connection)
    table = table_of_member(member, loans, stated, day, head)
    rows, answer = download(table, query["format"], f"Statement {member.code} {day}")
    audit_export(uow, action="STATEMENT_PRINTED", entity_name="UnionMember", entity_id=member_id, count=rows)
    return answer


@statements.get("/unions/<uuid:union_id>/statement")
@requires()
@documented_file(
    "Print the statement of a union", name="get_union_statement", query=PeriodStatementQuery, rule=FileFormat.PDF
)
@transactional
def get_union_statement(uow: UnitOfWork, union_id: UUID) -> Response:
    """What each loan of a union owed before a period, what was charged, received and given up in it, and what was owed
    after it."""
    query, actor = load_query(PeriodStatementQuery), current_actor()
    last = _checked(query.get("date_to") or today(), field="dateTo")
    first = _checked(query.get("date_from") or last.replace(day=1), field="dateFrom")
    if first > last:
        raise RuleViolated("The period ends before it begins.", field="dateTo")
    with snapshot() as connection:
        union = union_in_scope(connection, actor, union_id)
        if union is None:
            raise UnionNotFound("Union not found")
        loans = loans_of_union(connection, actor, union)
        stated = statements_of(connection, loans, last)
        head = letterhead(connection)
    table = table_of_union(union, loans, stated, first, last, head)
    rows, answer = download(table, query["format"], f"Statement {union.name} {first} {last}")
    audit_export(uow, action="STATEMENT_PRINTED", entity_name="Union", entity_id=union_id, count=rows)
    return answer


def _checked(day: date, *, field: str) -> date:
    if day > today():
        raise StatementInFuture("A statement cannot go beyond today.", field=field)
    return day
