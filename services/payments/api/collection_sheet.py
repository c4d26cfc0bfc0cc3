"""The collection sheet of a union: given out for a day, and handed in filled."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response

from services.payments.api.bodies.collection_sheet import SheetBody, SheetFilters, line_of
from services.payments.api.books import books
from services.payments.domain.collection_sheet import Figures, LineVersion, figures, sheet_version
from services.payments.domain.replay import Standing
from services.payments.models.rows import LoanInShort
from services.payments.queries.ledger import standings_of
from services.payments.queries.sheets import collectable_accounts, union_in_scope
from services.payments.shapes.collection_sheet import OfferedLine, Sheet, SheetRecorded
from services.payments.usecases.collection_sheet import Dating, UnionNotFound, record_sheet
from shared.clock import business_date, midnight_utc, now
from shared.context import Role
from shared.db import UnitOfWork
from shared.money import ZERO
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading

collection_sheet = Blueprint("collection_sheet", __name__, url_prefix="/repayments/collection-sheet")


@collection_sheet.get("")
@requires()
@documented("Show the collection sheet of a union", name="get_collection_sheet", query=SheetFilters, answer=Sheet)
def get_sheet() -> Response:
    """What each member of a union has to pay on a day, to be taken along to the meeting. `version` of a line is sent
    back with what was paid, so that it shows when the line changed meanwhile."""
    filters = load_query(SheetFilters)
    on = filters.get("on") or today()
    with reading() as connection:
        union = union_in_scope(connection, current_actor(), filters["union_id"])
        if union is None:
            raise UnionNotFound("Union not found")
        accounts = collectable_accounts(connection, union.id)
        standings = standings_of(connection, [account.loan_id for account in accounts])
    lines = [OfferedLine(account, _version(account, standings[account.loan_id], on)) for account in accounts]
    answer = Sheet.of(
        None,
        union=union,
        on=on,
        version=sheet_version(line.version for line in lines),
        lines=lines,
        totals=_sum([line.version.figures for line in lines]),
    )
    return success(answer, "Collection sheet retrieved successfully.")


@collection_sheet.post("")
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
    up the others. The lines paid in cash have to come to `cashHandedOver`, else nothing is recorded.

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
        dating=dating,
    )
    answer = SheetRecorded.of(sheet, union_id=body["union_id"], on=dating.paid_on, cash=body["cash_handed_over"])
    is_new = any(outcome.recorded for outcome in sheet.outcomes)
    return success(answer, "Collection sheet recorded.", status=201 if is_new else 200)


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
