"""The collection sheet of a union: given out for a day, and handed in filled."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response

from services.payments import wire
from services.payments.api.calendar import books, company_zone, today
from services.payments.api.sheet_answers import SheetAnswer, SheetRecordedAnswer
from services.payments.api.sheet_schemas import SheetBody, SheetFilters, line_of
from services.payments.domain.collection_sheet import (
    CASH,
    Figures,
    LineVersion,
    PaidLine,
    Verdict,
    figures,
    sheet_version,
)
from services.payments.models.ledger import Row
from services.payments.queries.ledger import interest_rule, standings_of
from services.payments.queries.sheets import collectable_accounts, union_in_scope
from services.payments.usecases.collection_sheet import (
    Changed,
    Dating,
    Outcome,
    SheetRecorded,
    UnionNotFound,
    record_sheet,
)
from shared.clock import business_date, midnight_utc, now
from shared.context import Role
from shared.db import UnitOfWork
from shared.money import ZERO
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading
from shared.wire import day, money

collection_sheet = Blueprint("collection_sheet", __name__, url_prefix="/repayments/collection-sheet")

Json = dict[str, Any]


@collection_sheet.get("")
@requires()
@documented("Show the collection sheet of a union", name="get_collection_sheet", query=SheetFilters, answer=SheetAnswer)
def get_sheet() -> Response:
    """What each member of a union has to pay on a day, to be taken along to the meeting. `version` of a line is sent
    back with what was paid, so that it shows when the line changed meanwhile."""
    filters = load_query(SheetFilters)
    on = filters.get("on") or today()
    with reading() as connection:
        union = union_in_scope(connection, current_actor(), filters["union_id"])
        if union is None:
            raise UnionNotFound("Union not found")
        accounts = collectable_accounts(connection, union["id"])
        standings = standings_of(connection, [account["loan_id"] for account in accounts])
    offered = [figures(standings[account["loan_id"]], interest_rule(account), on=on) for account in accounts]
    versions = [
        LineVersion(account["schedule_version"], account["version"], there)
        for account, there in zip(accounts, offered, strict=True)
    ]
    answer = {
        "union": {"id": str(union["id"]), "name": union["name"], "location": union["location"]},
        "on": day(on),
        "version": sheet_version(versions),
        "lines": [_line(account, version) for account, version in zip(accounts, versions, strict=True)],
        "totals": {"lines": len(accounts)} | _figures(_sum(offered)),
    }
    return success(answer, "Collection sheet retrieved successfully.")


@collection_sheet.post("")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented(
    "Hand in a collection sheet",
    name="record_collection_sheet",
    body=SheetBody,
    answer=SheetRecordedAnswer,
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
    answer = {"unionId": str(body["union_id"]), "on": day(dating.paid_on)} | _recorded(sheet, body["cash_handed_over"])
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


def _line(account: Row, version: LineVersion) -> Json:
    names = (account["member_first_name"], account["member_last_name"])
    return {
        "memberId": str(account["member_id"]),
        "memberCode": account["member_code"],
        "memberName": " ".join(name for name in names if name),
        "phone": account["member_phone"],
        "loanId": str(account["loan_id"]),
        "loanNumber": account["loan_number"],
        **_figures(version.figures),
        "version": str(version),
    }


def _figures(offered: Figures) -> Json:
    return {
        "dueToday": money(offered.due_today),
        "arrears": money(offered.arrears),
        "settlement": money(offered.settlement),
        "outstanding": money(offered.outstanding),
    }


def _sum(offered: Sequence[Figures]) -> Figures:
    return Figures(
        due_today=sum((one.due_today for one in offered), ZERO),
        arrears=sum((one.arrears for one in offered), ZERO),
        settlement=sum((one.settlement for one in offered), ZERO),
        outstanding=sum((one.outstanding for one in offered), ZERO),
    )


def _recorded(sheet: SheetRecorded, cash: Decimal) -> Json:
    of_verdict = {verdict: [one for one in sheet.outcomes if one.verdict is verdict] for verdict in Verdict}
    there = of_verdict[Verdict.RECORDED] + of_verdict[Verdict.ALREADY_RECORDED]
    in_cash = _amount(one for one in there if isinstance(one.line, PaidLine) and one.line.method == CASH)
    return {
        "lines": [_outcome(one) for one in sheet.outcomes],
        "changed": [_changed(one) for one in sheet.changed],
        "totals": [
            {"verdict": verdict.value, "lines": len(outcomes), "amount": money(_amount(outcomes))}
            for verdict, outcomes in of_verdict.items()
        ],
        "cash": {"handedOver": money(cash), "recorded": money(in_cash), "difference": money(cash - in_cash)},
    }


def _amount(outcomes: Iterable[Outcome]) -> Decimal:
    return sum((one.line.amount for one in outcomes if isinstance(one.line, PaidLine)), ZERO)


def _outcome(one: Outcome) -> Json:
    line, recorded, refusal = one.line, one.recorded, one.refusal
    return {
        "line": line.number,
        "loanId": line.loan_id and str(line.loan_id),
        "idempotencyKey": line.key,
        "verdict": one.verdict.value,
        "amount": money(line.amount) if isinstance(line, PaidLine) else None,
        "repaymentId": one.repayment_id and str(one.repayment_id),
        "receiptNumber": recorded and wire.receipt_number(recorded.repayment, recorded.account),
        "outstanding": recorded and money(recorded.account["outstanding"]),
        "code": refusal and refusal.code,
        "reason": refusal and refusal.message,
        "payable": refusal and refusal.details.get("payable"),
    }


def _changed(one: Changed) -> Json:
    return {
        "line": one.line.number,
        "loanId": str(one.line.loan_id),
        "was": _figures(one.was),
        "now": _figures(one.now),
    }
