"""What is shown of collection sheets. They are read on phones, so they are short."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from services.payments.domain.collection_sheet import CASH, Attendance, LineVersion, PaidLine, Verdict
from services.payments.shapes.people import UnionRef
from services.payments.shapes.repayments import receipt_number
from shared import shapes
from shared.money import ZERO
from shared.words import full_name


class Figures(shapes.Shape):
    dueToday = shapes.money()
    arrears = shapes.money()
    settlement = shapes.money()
    outstanding = shapes.money()


class OfferedLine(NamedTuple):
    """A line of a sheet that is given out: the account of the loan with the names around it, the figures, what was
    collected for the day already, and what a sheet of the day says of the member."""

    account: Any
    version: LineVersion
    collected: Decimal
    attendance: str | None


class SheetLine(shapes.Shape):
    memberId = shapes.identifier(of="account.member_id")
    memberCode = shapes.text(maybe=True, of="account.member_code")
    memberName = shapes.text(of=lambda account: full_name(account.member_first_name, account.member_last_name))
    phone = shapes.text(maybe=True, of="account.member_phone")
    loanId = shapes.identifier(of="account.loan_id")
    loanNumber = shapes.text(of="account.loan_number")
    figures = shapes.included(Figures, "version.figures.")
    collected = shapes.money()
    attendance = shapes.choice(Attendance, maybe=True)
    version = shapes.text(of=lambda version: str(version))


class SheetTotals(shapes.Shape):
    lines = shapes.count(of=lambda *, lines: len(lines))
    figures = shapes.included(Figures)


class Sheet(shapes.Shape):
    """A sheet that is given out for a day; all of it is given, `lines` as a list of OfferedLine."""

    union = shapes.nested(UnionRef, of=shapes.given("union"))
    on = shapes.calendar_day(of=shapes.given("on"))
    handedInAt = shapes.moment(maybe=True, of=lambda *, union: union.handed_in_at)
    version = shapes.text(of=shapes.given("version"))
    lines = shapes.listed(SheetLine, of=shapes.given("lines"))
    totals = shapes.nested(SheetTotals, of=shapes.given("totals"))


class LineOutcome(shapes.Shape):
    """What became of a line: which repayment it is, or why it is refused."""

    line = shapes.count(of="line.number")
    loanId = shapes.identifier(maybe=True, of="line.loan_id")
    idempotencyKey = shapes.text(maybe=True, of="line.key")
    verdict = shapes.choice(Verdict)
    amount = shapes.money(maybe=True, of=lambda line: line.amount if isinstance(line, PaidLine) else None)
    repaymentId = shapes.identifier(maybe=True)
    receiptNumber = shapes.text(
        maybe=True,
        of=lambda recorded: recorded and receipt_number(recorded.repayment.account_version, account=recorded.account),
    )
    outstanding = shapes.money(maybe=True, of=lambda recorded: recorded and recorded.account.outstanding)
    code = shapes.text(maybe=True, of=lambda refusal: refusal and refusal.code)
    reason = shapes.text(maybe=True, of=lambda refusal: refusal and refusal.message)
    payable = shapes.anything(
        shapes.money().schema, maybe=True, of=lambda refusal: refusal and refusal.details.get("payable")
    )


class ChangedLine(shapes.Shape):
    """What a line offered when the sheet was given out, and what it offered when it came back."""

    line = shapes.count(of="line.number")
    loanId = shapes.identifier(of="line.loan_id")
    was = shapes.nested(Figures, "was.")
    now = shapes.nested(Figures, "now.")


class VerdictSum(shapes.Shape):
    verdict = shapes.choice(Verdict)
    lines = shapes.count()
    amount = shapes.money()


class _VerdictSum(NamedTuple):
    verdict: Verdict
    lines: int
    amount: Decimal


def _amount(outcomes: Iterable[Any]) -> Decimal:
    return sum((each.line.amount for each in outcomes if isinstance(each.line, PaidLine)), ZERO)


def _sums(outcomes: Sequence[Any]) -> list[_VerdictSum]:
    of_verdict = {verdict: [each for each in outcomes if each.verdict is verdict] for verdict in Verdict}
    return [_VerdictSum(verdict, len(each), _amount(each)) for verdict, each in of_verdict.items()]


def _in_cash(outcomes: Sequence[Any]) -> Decimal:
    """What was recorded in cash, now or before."""
    recorded = (each for each in outcomes if each.verdict in {Verdict.RECORDED, Verdict.ALREADY_RECORDED})
    return _amount(each for each in recorded if isinstance(each.line, PaidLine) and each.line.method == CASH)


class Cash(shapes.Shape):
    """`cash` is what was handed over."""

    handedOver = shapes.money(of=shapes.given("cash"))
    recorded = shapes.money(of=lambda outcomes: _in_cash(outcomes))
    difference = shapes.money(of=lambda outcomes, *, cash: cash - _in_cash(outcomes))


class SheetRecorded(shapes.Shape):
    """A sheet that was handed in. Its union, its day and the `cash` that was handed over are given."""

    unionId = shapes.identifier(of=shapes.given("union_id"))
    on = shapes.calendar_day(of=shapes.given("on"))
    lines = shapes.listed(LineOutcome, of="outcomes")
    changed = shapes.listed(ChangedLine)
    totals = shapes.listed(VerdictSum, of=lambda outcomes: _sums(outcomes))
    cash = shapes.nested(Cash)
