"""The collection sheet: what an officer may collect from each member of a union on a day, and what became of it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from services.payments.domain.replay import Standing
from services.payments.domain.settlement import InterestRule, collectable, settlement
from shared.errors import RuleViolated
from shared.money import CENT, ZERO, in_naira

CASH = "CASH"
_VERSION = re.compile(r"[0-9]{1,10}(\.[0-9]{1,14}){5}", re.ASCII)


class Verdict(StrEnum):
    """What became of a line. Nothing written (BLANK), nothing paid (ZERO) and nobody there (ABSENT) are different."""

    RECORDED = "RECORDED"
    ALREADY_RECORDED = "ALREADY_RECORDED"
    REFUSED = "REFUSED"
    ABSENT = "ABSENT"
    ZERO = "ZERO"
    BLANK = "BLANK"


class Attendance(StrEnum):
    """What a sheet says of a member: PAID, there and paid nothing (PRESENT), or not there (ABSENT)."""

    PAID = "PAID"
    PRESENT = "PRESENT"
    ABSENT = "ABSENT"


class CashDiffers(RuleViolated):
    """The lines do not come to the cash that was handed over."""

    def __init__(self, counted: Decimal, handed_over: Decimal) -> None:
        super().__init__(
            f"The lines in cash come to {in_naira(counted)}, but {in_naira(handed_over)} was handed over",
            field="cashHandedOver",
        )
        self.counted, self.handed_over = counted, handed_over

    @property
    def details(self) -> dict[str, Any]:
        """Both figures."""
        return {"linesTotal": f"{self.counted:.2f}", "cashHandedOver": f"{self.handed_over:.2f}"}


class LineTwice(RuleViolated):
    """A loan, a member or a key stands on two lines of one sheet."""


class UnreadableVersion(RuleViolated):
    """The version of a line is none that a sheet was given."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a line offers to collect: what is due on the day, what is overdue, what settles the loan, all of it."""

    due_today: Decimal
    arrears: Decimal
    settlement: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class LineVersion:
    """A line as a sheet showed it. It is written as text that carries the figures, so that of a sheet filled in without
    a network it can be said later what has changed, without anybody having kept what was given out."""

    schedule_version: int
    account_version: int
    figures: Figures

    def __str__(self) -> str:
        kobo = (int(amount / CENT) for amount in astuple(self.figures))
        return ".".join(str(number) for number in (self.schedule_version, self.account_version, *kobo))

    @classmethod
    def read(cls, version: str) -> Self:
        """The line behind the text. Raises UnreadableVersion."""
        if not _VERSION.fullmatch(version):
            raise UnreadableVersion("The version is none that a collection sheet was given.", field="version")
        schedule_version, account_version, *kobo = (int(number) for number in version.split("."))
        return cls(schedule_version, account_version, Figures(*(number * CENT for number in kobo)))

    def is_older_than(self, schedule_version: int, account_version: int) -> bool:
        """Whether the loan has changed since."""
        return (self.schedule_version, self.account_version) != (schedule_version, account_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """A line that brings money. `seen` is the line as the sheet showed it, where the line says so."""

    number: int
    loan_id: UUID
    key: str
    amount: Decimal
    method: str
    reference: str | None = None
    notes: str | None = None
    seen: LineVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidLine:
    """A line without money; or with what cannot be a payment, of which `fault` says why."""

    number: int
    loan_id: UUID | None
    key: str | None
    verdict: Verdict
    fault: str | None = None


Line = PaidLine | UnpaidLine


def verdict_without_money(amount: Decimal | None, *, is_absent: bool) -> Verdict:
    """What becomes of a line on which nothing was paid."""
    if is_absent:
        return Verdict.ABSENT
    return Verdict.BLANK if amount is None else Verdict.ZERO


_ATTENDANCE = {
    Verdict.RECORDED: Attendance.PAID,
    Verdict.ALREADY_RECORDED: Attendance.PAID,
    Verdict.ZERO: Attendance.PRESENT,
    Verdict.ABSENT: Attendance.ABSENT,
}


def attendance_of(verdict: Verdict) -> Attendance | None:
    """What a line says of its member; nothing, where nothing is written or what is written was refused."""
    return _ATTENDANCE.get(verdict)


def figures(standings: Sequence[Standing], rule: InterestRule, *, on: date) -> Figures:
    """What can be collected on a loan on the day `on`."""
    now_due = collectable(standings, today=on)
    return Figures(
        due_today=now_due.due_today,
        arrears=now_due.arrears,
        settlement=settlement(standings, rule, on=on).total,
        outstanding=sum((line.owed for line in standings), ZERO),
    )


def sheet_version(versions: Iterable[LineVersion]) -> str:
    """The version of a sheet: another one as soon as one of its lines is."""
    return sha256(" ".join(str(version) for version in versions).encode()).hexdigest()[:16]


def check_sheet(lines: Sequence[Line], cash_handed_over: Decimal) -> None:
    """Raises LineTwice when a loan or a key stands on two lines, CashDiffers unless the lines paid in cash come to the
    cash that was handed over."""
    check_once((line.loan_id for line in lines if line.loan_id), "Loan", "loanId")
    check_once((line.key for line in lines if line.key), "Idempotency key", "idempotencyKey")
    in_cash = (line.amount for line in lines if isinstance(line, PaidLine) and line.method == CASH)
    counted = sum(in_cash, ZERO)
    if counted != cash_handed_over:
        raise CashDiffers(counted, cash_handed_over)


def check_once(things: Iterable[Any], what: str, field: str) -> None:
    """Raises LineTwice when the same thing comes twice."""
    for thing, times in Counter(things).items():
        if times > 1:
            raise LineTwice(f"{what} {thing} stands on {times} lines of the sheet", field=field)
