"""What loans brought in: interest, fees and penalties."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.disbursed import disbursed_by_day
from services.reporting.queries.holders import holders
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.receipt_figures import SPLIT, receipts
from services.reporting.reports.steps import series_of
from shared.files.columns import Column, Kind
from shared.money import ZERO

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
    """What one day brought from the unions that an officer then had."""

    officer_id: UUID | None
    day: date
    interest: Decimal = ZERO
    fee: Decimal = ZERO
    penalty: Decimal = ZERO
    processing_fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All four together."""
        return self.interest + self.fee + self.penalty + self.processing_fee


def income(connection: Connection, asked: Asked) -> list[Income]:
    """What the period brought, in no order; more than one may be of the same day and officer."""
    found = [
        Income(receipt.officer_id, receipt.money.day, receipt.money.interest, receipt.money.fee, receipt.money.penalty)
        for receipt in receipts(connection, asked)
    ]
    held = holders(connection)
    every = disbursed_by_day(connection, asked.window)
    fees = (Income(held.officer_on(each.union_id, each.day), each.day, processing_fee=each.fee) for each in every)
    return found + [fee for fee in fees if asked.officers is None or fee.officer_id in asked.officers]


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer, by name."""
    found = income(connection, asked)
    groups: defaultdict[UUID | None, list[Income]] = defaultdict(list)
    for each in found:
        groups[each.officer_id].append(each)
    rows = officer_rows.rows_of(connection, groups, _cells)
    lines = {
        "Interest": ((each.day, each.interest) for each in found),
        "Fees and penalties": ((each.day, each.total - each.interest) for each in found),
    }
    series = series_of(asked.first, asked.last, lines)
    return Result(rows=page_of(rows, asked), totals=_cells(found), series=series, found=len(rows))


def _cells(found: Sequence[Income]) -> Cells:
    return {
        "interest": sum((each.interest for each in found), ZERO),
        "fee": sum((each.fee for each in found), ZERO),
        "penalty": sum((each.penalty for each in found), ZERO),
        "processingFee": sum((each.processing_fee for each in found), ZERO),
        "income": sum((each.total for each in found), ZERO),
    }


REPORT = Report(DEFINITION, read)
