"""What loans brought in: interest, fees and penalties."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Connection

from services.reporting.queries.disbursed import Disbursed, disbursed
from services.reporting.queries.received import Received, received
from services.reporting.queries.window import Sums
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.receipt_figures import SPLIT, by_officer
from services.reporting.reports.steps import series_of
from shared.files.columns import Column, Kind
from shared.money import ZERO

K = TypeVar("K")

DEFINITION = Definition(
    name="income",
    title="Income received",
    purpose="Interest, fees and penalties that were received in a period.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        officer_rows.COLUMN,
        Column("interest", "Interest", Kind.AMOUNT),
        Column("fee", "Fees", Kind.AMOUNT),
        Column("penalty", "Penalties", Kind.AMOUNT),
        Column("processingFee", "Processing fees", Kind.AMOUNT),
        Column("income", "Income", Kind.AMOUNT),
    ),
    formula="Income = interest + fees + penalties + processing fees, as received, not as earned. The first three are "
    "the parts of payments by their value date, less those of payments that were taken back, on the day that was done; "
    f"{SPLIT[0].lower()}{SPLIT[1:]} Processing fees are those marked as collected, on the day of the disbursement. "
    "Who had the union on the day has the figure.",
    source="Income on a cash basis: the payments and disbursements that this platform recorded.",
    totals="Each column is the sum of its rows.",
    has_series=True,
)


@dataclass(frozen=True, slots=True)
class Income:
    """What was received, by what it is."""

    interest: Decimal = ZERO
    fee: Decimal = ZERO
    penalty: Decimal = ZERO
    processing_fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All four together."""
        return self.interest + self.fee + self.penalty + self.processing_fee

    def __add__(self, other: "Income") -> "Income":
        return Income(
            self.interest + other.interest,
            self.fee + other.fee,
            self.penalty + other.penalty,
            self.processing_fee + other.processing_fee,
        )


def income(connection: Connection, asked: Asked) -> Sums[Income]:
    """What the period brought, by day and by union and officer."""
    money, lent = received(connection, asked.window), disbursed(connection, asked.window)
    return Sums(_both(money.by_day, lent.by_day), _both(money.by_union, lent.by_union))


def _both(money: Mapping[K, Received], lent: Mapping[K, Disbursed]) -> dict[K, Income]:
    found: defaultdict[K, Income] = defaultdict(Income)
    for key, each in money.items():
        found[key] += Income(each.interest, each.fee, each.penalty)
    for key, loans in lent.items():
        found[key] += Income(processing_fee=loans.fee)
    return dict(found)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer, by name."""
    found = income(connection, asked)
    rows = officer_rows.rows_of(connection, by_officer(found.by_union), _cells)
    lines = {
        "Interest": ((day, each.interest) for day, each in found.by_day.items()),
        "Fees and penalties": ((day, each.total - each.interest) for day, each in found.by_day.items()),
    }
    series = series_of(asked.first, asked.last, lines)
    return Result(rows=page_of(rows, asked), totals=_cells(found.by_day.values()), series=series, found=len(rows))


def _cells(found: Iterable[Income]) -> Cells:
    every = sum(found, Income())
    return {
        "interest": every.interest,
        "fee": every.fee,
        "penalty": every.penalty,
        "processingFee": every.processing_fee,
        "income": every.total,
    }


REPORT = Report(DEFINITION, read)
