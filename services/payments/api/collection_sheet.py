"""The collection sheet of a union: given out for a day, and handed in filled."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.payments.api.bodies.collection_sheet import SheetBody, SheetFilters, SheetsFilters, line_of
from services.payments.api.books import books
from services.payments.domain.collection_sheet import Figures, LineVersion, figures, sheet_version
from services.payments.domain.replay import Standing
from services.payments.models.rows import LoanInShort, UnionOfDay
from services.payments.queries.ledger import standings_of
from services.payments.queries.officer_days import collected_by_loan, marks_of, rows_in_scope, unions_of_day
from services.payments.queries.sheets import collectable_accounts, collectable_of_officer
from services.payments.shapes.collection_sheet import OfferedLine, Sheet, SheetRecorded
from services.payments.usecases.collection_sheet import Dating, UnionNotFound, record_sheet
from shared import shapes
from shared.clock import business_date, midnight_utc, now
from shared.context import Role
from shared.db import UnitOfWork
from shared.money import ZERO
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading

collection_sheet = Blueprint("collection_sheet", __name__, url_prefix="/repayments")


@collection_sheet.get("/collection-sheet")
@requires()
@documented("Show the collection sheet of a union", name="get_collection_sheet", query=SheetFilters, answer=Sheet)
def get_sheet() -> Response:
    """What each member of a union has to pay on a day, to be taken along to the meeting. `version` of a line is sent
    back with what was paid, so that it shows when the line changed meanwhile."""
    filters = load_query(SheetFilters)
    on, union_id = filters.get("on") or today(), filters["union_id"]
    with reading() as connection:
        unions = unions_of_day(connection, rows_in_scope(current_actor()), on, union_id=union_id)
        if not unions:
            raise UnionNotFound("Union not found")
        [sheet] = _sheets(connection, unions, collectable_accounts(connection, union_id), on)
    return success(sheet, "Collection sheet retrieved successfully.")


@collection_sheet.get("/collection-sheets")
@requires()
@documented(
    "List the collection sheets of an officer",
    name="list_collection_sheets",
    query=SheetsFilters,
    answer=Sheet,
    many=True,
)
def get_sheets() -> Response:
    """The sheets of all unions of one officer, whoever asks unless `officerId` names another in scope: what a phone
    takes along for the day, and needs nothing else to be filled in without a line. Each is what the sheet of its union
    alone would be."""
    filters = load_query(SheetsFilters)
    on, officer_id = filters.get("on") or today(), filters.get("officer_id") or current_actor().id
    with reading() as connection:
        unions = unions_of_day(connection, rows_in_scope(current_actor(), officer_id), on)
        accounts = collectable_of_officer(connection, officer_id) if unions else []
        sheets = _sheets(connection, unions, accounts, on)
    return success(sheets, "Collection sheets retrieved successfully.")


def _sheets(
    connection: Connection, unions: Sequence[UnionOfDay], accounts: Iterable[LoanInShort], on: date
) -> list[shapes.Json]:
    """The sheets of some unions, whose collectable accounts these are."""
    of_union = {union.id: list[LoanInShort]() for union in unions}
    for account in accounts:
        # A union may change hands between two statements, and its loans with it.
        if account.union_id in of_union:
            of_union[account.union_id].append(account)
    officers = {union.officer_id for union in unions}
    standings = standings_of(connection, [account.loan_id for lines in of_union.values() for account in lines])
    marks = marks_of(connection, list(of_union), on)
    collected = collected_by_loan(connection, lambda officer: officer.in_(officers), on)

    def line(account: LoanInShort) -> OfferedLine:
        paid = collected.get(account.loan_id)
        version = _version(account, standings[account.loan_id], on)
        return OfferedLine(account, version, paid[1] if paid else ZERO, marks.get(account.member_id))

    return [_sheet(union, [line(account) for account in of_union[union.id]], on) for union in unions]


def _sheet(union: UnionOfDay, lines: Sequence[OfferedLine], on: date) -> shapes.Json:
    return Sheet.of(
        None,
        union=union,
        on=on,
        version=sheet_version(line.version for line in lines),
        lines=lines,
        totals=_sum([line.version.figures for line in lines]),
    )


@collection_sheet.post("/collection-sheet")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented(
    "Hand in a collection sheet",
    name="record_collection_sheet",
    body=SheetBody,
    answer=SheetRecorded,
    status=201,
    statuses=(200,),
)
@idempotent
def post_sheet(uow: UnitOfWork) -> Response:
    """Record what was collected, up to 500 lines in one transaction. Each line gets a verdict; a bad one does not hold
    up the others. The lines paid in cash have to come to `cashHandedOver`, and so have the notes and coins of
    `cashCount` where they were counted, else nothing is recorded. Members who are absent are noted.

    A line sent again under its `idempotencyKey` is ALREADY_RECORDED; 200 says that nothing was new.
    """
    body = load(SheetBody)
    dating = _dating(body.get("on"))
    sheet = record_sheet(
        uow,
        by=current_actor(),
        union_id=body["union_id"],
        lines=[line_of(number, raw, method=body["method"]) for number, raw in enumerate(body["lines"], start=1)],
        cash_handed_over=body["cash_handed_over"],
        cash_count=body["cash_count"],
        dating=dating,
    )
    answer = SheetRecorded.of(sheet, union_id=body["union_id"], on=dating.paid_on, cash=body["cash_handed_over"])
    return success(answer, "Collection sheet recorded.", status=201 if sheet.is_new else 200)


def _dating(on: date | None) -> Dating:
    """A sheet of today is paid now, that of another day on that day."""
    at = now()
    business_day = business_date(company_zone().key, at)
    is_dated = on is not None and on != business_day
    return Dating(
        paid_at=midnight_utc(on) if on and is_dated else at,
        paid_on=on or business_day,
        recorded_at=at,
        business_date=business_day,
        is_dated=is_dated,
        books=books(),
    )


def _version(account: LoanInShort, standings: Sequence[Standing], on: date) -> LineVersion:
    offered = figures(standings, account.interest_rule, on=on)
    return LineVersion(account.schedule_version, account.version, offered)


def _sum(offered: Sequence[Figures]) -> Figures:
    return Figures(
        due_today=sum((one.due_today for one in offered), ZERO),
        arrears=sum((one.arrears for one in offered), ZERO),
        settlement=sum((one.settlement for one in offered), ZERO),
        outstanding=sum((one.outstanding for one in offered), ZERO),
    )
