"""The facts of loans and what was made of them: everything a replay reads and writes, in few statements."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, Connection, TextClause, Uuid, bindparam, func, insert, select, text

from services.payments.domain.facts import Charge, ChargeKind, Repayment
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import Standing
from services.payments.domain.schedules import Schedule
from services.payments.models.ledger import allocations, charges, instalments, repayments, waivers
from services.payments.models.rows import AllocationRow, ChargeRow, InstalmentRow, RepaymentRow
from services.payments.queries.rows import columns_of, rows_of, values_of
from shared.money import ZERO
from shared.postgres.recordset import json_rows, recordset_statement

_AMONG = bindparam("loan_ids", type_=ARRAY(Uuid))
_INSTALMENTS = (
    select(*columns_of(InstalmentRow, instalments))
    .where(instalments.c.loan_id == func.any(_AMONG))
    .order_by(instalments.c.sequence)
)
_REPAYMENTS = select(*columns_of(RepaymentRow, repayments)).where(repayments.c.loan_id == func.any(_AMONG))
WAIVER = {
    "reason": waivers.c.reason,
    "waived_by": waivers.c.waived_by,
    "waived_at": waivers.c.waived_at,
    "waived_on": waivers.c.business_date,
}
_CHARGES = (
    select(*columns_of(ChargeRow, charges, **WAIVER))
    .outerjoin(waivers, waivers.c.charge_id == charges.c.id)
    .where(charges.c.loan_id == func.any(_AMONG))
    .order_by(charges.c.due_on, charges.c.id)
)
ALLOCATIONS = select(
    *columns_of(AllocationRow, allocations, sequence=instalments.c.sequence, due_on=instalments.c.due_on)
).join(instalments, instalments.c.id == allocations.c.instalment_id)
_ALLOCATIONS_OF_LOANS = ALLOCATIONS.where(instalments.c.loan_id == func.any(_AMONG))
_FORGET_ALLOCATIONS = text(
    """
    DELETE FROM allocations USING repayments
     WHERE repayments.id = allocations.repayment_id AND repayments.loan_id = :loan_id
    """
)
_FORGET_OTHERS = text("DELETE FROM instalments WHERE loan_id = :loan_id AND id <> ALL(:kept)")
_KEEP_INSTALMENTS = recordset_statement(
    """
    INSERT INTO instalments (id, loan_id, officer_id, is_listed, is_charge_line, sequence, due_on, penalty, fee,
                             interest, interest_rebated, principal, penalty_paid, fee_paid, interest_paid,
                             principal_paid, status, closed_at, created_at, updated_at)
    SELECT * FROM {rows}
    ON CONFLICT (id) DO UPDATE SET
        officer_id = excluded.officer_id, is_listed = excluded.is_listed, sequence = excluded.sequence,
        due_on = excluded.due_on, penalty = excluded.penalty, fee = excluded.fee, interest = excluded.interest,
        interest_rebated = excluded.interest_rebated, principal = excluded.principal,
        penalty_paid = excluded.penalty_paid, fee_paid = excluded.fee_paid, interest_paid = excluded.interest_paid,
        principal_paid = excluded.principal_paid, status = excluded.status, closed_at = excluded.closed_at,
        updated_at = excluded.updated_at
    """,
    rows="""
        id uuid, loan_id uuid, officer_id uuid, is_listed boolean, is_charge_line boolean, sequence integer,
        due_on date, penalty numeric, fee numeric, interest numeric, interest_rebated numeric, principal numeric,
        penalty_paid numeric, fee_paid numeric, interest_paid numeric, principal_paid numeric, status text,
        closed_at timestamptz, created_at timestamptz, updated_at timestamptz
    """,
)
_ALLOCATE = recordset_statement(
    """
    INSERT INTO allocations (id, repayment_id, instalment_id, penalty, fee, interest, principal, created_at)
    SELECT * FROM {rows}
    """,
    rows="""
        id uuid, repayment_id uuid, instalment_id uuid, penalty numeric, fee numeric, interest numeric,
        principal numeric, created_at timestamptz
    """,
)


@dataclass(slots=True)
class Ledger:
    """Everything recorded of one loan: rows of its tables, reversals among the repayments, waivers with the charges.

    `counted` are the schedules that counted until the day it is read for, None when that of `instalments` always did.
    """

    instalments: list[InstalmentRow] = field(default_factory=list)
    repayments: list[RepaymentRow] = field(default_factory=list)
    charges: list[ChargeRow] = field(default_factory=list)
    allocations: list[AllocationRow] = field(default_factory=list)
    counted: Sequence[Schedule] | None = None

    @property
    def live_repayments(self) -> list[RepaymentRow]:
        """What was received and not taken back."""
        reversed_ids = {row.reversal_of_id for row in self.repayments}
        return [row for row in self.repayments if row.amount > 0 and row.id not in reversed_ids]

    @property
    def schedule(self) -> Sequence[Instalment]:
        """The schedule as lending made it: without charges, and with the interest that was given up since."""
        if self.counted is not None:
            return self.counted[-1].lines if self.counted else []
        return [
            Instalment(row.sequence, row.due_on, row.interest + row.interest_rebated, row.principal)
            for row in self.instalments
            if not row.is_charge_line
        ]

    @property
    def facts(self) -> list[Repayment]:
        """The live repayments as a replay takes them."""
        return [
            Repayment(row.id, row.amount, row.paid_on, row.paid_at, arrival=row.account_version)
            for row in self.live_repayments
        ]

    @property
    def live_charges(self) -> list[Charge]:
        """The charges as a replay takes them; a rebate falls with the repayment it was given for."""
        live = {row.id for row in self.live_repayments} | {None}
        return [
            Charge(ChargeKind(row.kind), row.due_on, row.amount, is_waived=row.waived_at is not None)
            for row in self.charges
            if row.repayment_id in live
        ]


def ledgers_of(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, Ledger]:
    """The ledgers of loans, in four statements for however many; a loan without a schedule has an empty one."""
    found: dict[UUID, Ledger] = {loan_id: Ledger() for loan_id in loan_ids}
    values = {"loan_ids": list(loan_ids)}
    loan_of: dict[UUID, UUID] = {}
    for line in rows_of(InstalmentRow, connection.execute(_INSTALMENTS, values)):
        found[line.loan_id].instalments.append(line)
        loan_of[line.id] = line.loan_id
    for repayment in rows_of(RepaymentRow, connection.execute(_REPAYMENTS, values)):
        found[repayment.loan_id].repayments.append(repayment)
    for charge in rows_of(ChargeRow, connection.execute(_CHARGES, values)):
        found[charge.loan_id].charges.append(charge)
    for allocation in rows_of(AllocationRow, connection.execute(_ALLOCATIONS_OF_LOANS, values)):
        found[loan_of[allocation.instalment_id]].allocations.append(allocation)
    return found


def standings_of(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, list[Standing]]:
    """How the instalments of loans stand now, by sequence, as the last replay or repayment left them."""
    found: defaultdict[UUID, list[Standing]] = defaultdict(list)
    for row in rows_of(InstalmentRow, connection.execute(_INSTALMENTS, {"loan_ids": list(loan_ids)})):
        found[row.loan_id].append(standing(row))
    return found


def standing(row: InstalmentRow) -> Standing:
    """An instalment as its row has it; when it was paid, before or after the due day, is not in the row."""
    due = Instalment(
        row.sequence,
        row.due_on,
        row.interest,
        row.principal,
        penalty=row.penalty,
        fee=row.fee,
        is_charge_line=row.is_charge_line,
    )
    paid = (row.penalty_paid, row.fee_paid, row.interest_paid, row.principal_paid)
    return Standing(due, *paid, ZERO, ZERO, None, row.closed_at)


def add_repayment(connection: Connection, repayment: RepaymentRow) -> None:
    """Insert a repayment or a reversal alone; what it comes to is for a replay to say."""
    connection.execute(insert(repayments), values_of(repayments, repayment))


def add_charge(connection: Connection, charge: ChargeRow) -> None:
    """Insert a charge or a rebate."""
    connection.execute(insert(charges), values_of(charges, charge))


def add_waiver(connection: Connection, charge: ChargeRow, *, account_version: int) -> None:
    """Insert the waiver of a charge, of which the charge says why, by whom and when."""
    waiver = {
        "charge_id": charge.id,
        "reason": charge.reason,
        "waived_by": charge.waived_by,
        "waived_at": charge.waived_at,
        "business_date": charge.waived_on,
        "account_version": account_version,
    }
    connection.execute(insert(waivers), waiver)


def rewrite(
    connection: Connection,
    loan_id: UUID,
    *,
    kept: Collection[UUID],
    changed: Sequence[InstalmentRow],
    allocated: Sequence[AllocationRow],
) -> None:
    """Replace a loan's instalments and allocations.

    `kept` are the ids of all instalments from now on, `changed` those that are new or changed, `allocated` all
    allocations.
    """
    connection.execute(_FORGET_ALLOCATIONS, {"loan_id": loan_id})
    connection.execute(_FORGET_OTHERS, {"loan_id": loan_id, "kept": list(kept)})
    _insert(connection, _KEEP_INSTALMENTS, changed)
    _insert(connection, _ALLOCATE, allocated)


def _insert(connection: Connection, statement: TextClause, rows: Sequence[object]) -> None:
    if rows:
        connection.execute(statement, {"rows": json_rows(rows)})
