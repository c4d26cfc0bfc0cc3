"""The facts of loans and what was made of them: everything a replay reads and writes, in few statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Select, TextClause, Uuid, bindparam, func, insert, select, text

from services.payments.domain.facts import Charge, ChargeKind, Repayment
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import Standing
from services.payments.domain.settlement import InterestRule
from services.payments.models.ledger import Row, allocations, charges, instalments, repayments, waivers
from shared.money import ZERO
from shared.postgres.recordset import json_rows, recordset_statement

Values = dict[str, Any]

_AMONG = bindparam("loan_ids", type_=ARRAY(Uuid))
_INSTALMENTS = select(instalments).where(instalments.c.loan_id == func.any(_AMONG)).order_by(instalments.c.sequence)
_REPAYMENTS = select(repayments).where(repayments.c.loan_id == func.any(_AMONG))
CHARGES = (
    select(
        charges,
        waivers.c.reason,
        waivers.c.waived_by,
        waivers.c.waived_at,
        waivers.c.business_date.label("waived_on"),
    )
    .outerjoin(waivers, waivers.c.charge_id == charges.c.id)
    .order_by(charges.c.due_on, charges.c.id)
)
_CHARGES = CHARGES.where(charges.c.loan_id == func.any(_AMONG))
_ALLOCATIONS = (
    select(allocations)
    .join(repayments, repayments.c.id == allocations.c.repayment_id)
    .where(repayments.c.loan_id == func.any(_AMONG))
)
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
    """Everything recorded of one loan: rows of its tables, reversals among the repayments, waivers with the charges."""

    instalments: list[Row] = field(default_factory=list)
    repayments: list[Row] = field(default_factory=list)
    charges: list[Row] = field(default_factory=list)
    allocations: list[Row] = field(default_factory=list)

    @property
    def live_repayments(self) -> list[Row]:
        """What was received and not taken back."""
        taken_back = {row["reversal_of_id"] for row in self.repayments}
        return [row for row in self.repayments if row["amount"] > 0 and row["id"] not in taken_back]

    @property
    def schedule(self) -> list[Instalment]:
        """The schedule as lending made it: without charges, and with the interest that was given up since."""
        return [
            Instalment(row["sequence"], row["due_on"], row["interest"] + row["interest_rebated"], row["principal"])
            for row in self.instalments
            if not row["is_charge_line"]
        ]

    @property
    def facts(self) -> list[Repayment]:
        """The live repayments as a replay takes them."""
        return [
            Repayment(row["id"], row["amount"], row["paid_on"], row["paid_at"], arrival=row["account_version"])
            for row in self.live_repayments
        ]

    @property
    def live_charges(self) -> list[Charge]:
        """The charges as a replay takes them; a rebate falls with the repayment it was given for."""
        live = {row["id"] for row in self.live_repayments} | {None}
        return [
            Charge(ChargeKind(row["kind"]), row["due_on"], row["amount"], is_waived=row["waived_at"] is not None)
            for row in self.charges
            if row["repayment_id"] in live
        ]


def ledgers_of(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, Ledger]:
    """The ledgers of loans, in four statements for however many; a loan without a schedule has an empty one."""
    found: dict[UUID, Ledger] = {loan_id: Ledger() for loan_id in loan_ids}

    def rows(query: Select[Any]) -> Iterable[Row]:
        return connection.execute(query, {"loan_ids": list(loan_ids)}).mappings()

    for row in rows(_INSTALMENTS):
        found[row["loan_id"]].instalments.append(row)
    loan_of: dict[UUID, UUID] = {}
    for row in rows(_REPAYMENTS):
        found[row["loan_id"]].repayments.append(row)
        loan_of[row["id"]] = row["loan_id"]
    for row in rows(_CHARGES):
        found[row["loan_id"]].charges.append(row)
    for row in rows(_ALLOCATIONS):
        found[loan_of[row["repayment_id"]]].allocations.append(row)
    return found


def standings_of(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, list[Standing]]:
    """How the instalments of loans stand now, by sequence, as the last replay or repayment left them."""
    found: defaultdict[UUID, list[Standing]] = defaultdict(list)
    for row in connection.execute(_INSTALMENTS, {"loan_ids": list(loan_ids)}).mappings():
        found[row["loan_id"]].append(standing(row))
    return found


def standing(row: Row) -> Standing:
    """An instalment as its row has it; when it was paid, before or after the due day, is not in the row."""
    due = Instalment(
        row["sequence"],
        row["due_on"],
        row["interest"],
        row["principal"],
        penalty=row["penalty"],
        fee=row["fee"],
        is_charge_line=row["is_charge_line"],
    )
    paid = (row["penalty_paid"], row["fee_paid"], row["interest_paid"], row["principal_paid"])
    return Standing(due, *paid, ZERO, ZERO, None, row["closed_at"])


def interest_rule(account: Row) -> InterestRule:
    """How the interest of an account's loan is earned, by what lending told of its terms."""
    facts = account["facts"]
    terms = facts.get("terms") or {}
    is_declining = terms.get("interest_method") == "DECLINING_BALANCE"
    started_on = terms.get("base_on") or facts.get("disbursed_on") or facts["start_on"]
    return InterestRule(
        by_day=is_declining or bool(terms.get("rebates_unearned_interest")),
        started_on=_day(started_on),
        rounding=ROUND_HALF_EVEN if terms.get("rounding") == "HALF_EVEN" else ROUND_HALF_UP,
    )


def has_schedule(account: Row) -> bool:
    """Whether there is a schedule to pay on; that of a loan whose disbursement was undone is gone."""
    return account["schedule_version"] > 0 and bool(account["paid"] or account["outstanding"])


def disbursed_on(account: Row) -> date | None:
    """The day the loan was disbursed on, if it was and lending told of it."""
    told = account["facts"].get("disbursed_on")
    return _day(told) if told else None


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def add_repayment(connection: Connection, repayment: Row) -> None:
    """Insert a repayment or a reversal alone; what it comes to is for a replay to say."""
    columns = {column.name for column in repayments.c}
    connection.execute(insert(repayments), {name: value for name, value in repayment.items() if name in columns})


def add_charge(connection: Connection, charge: Row) -> None:
    """Insert a charge or a rebate."""
    connection.execute(insert(charges), charge)


def add_waiver(connection: Connection, waiver: Row) -> None:
    """Insert the waiver of a charge."""
    connection.execute(insert(waivers), waiver)


def rewrite(
    connection: Connection,
    loan_id: UUID,
    *,
    kept: Collection[UUID],
    changed: Sequence[Mapping[str, Any]],
    parts: Sequence[Mapping[str, Any]],
) -> None:
    """Put a loan's instalments and allocations in place of those that are there.

    `kept` are all instalments that there are from now on, `changed` the rows of those that are new or changed, `parts`
    all allocations.
    """
    connection.execute(_FORGET_ALLOCATIONS, {"loan_id": loan_id})
    connection.execute(_FORGET_OTHERS, {"loan_id": loan_id, "kept": list(kept)})
    _insert(connection, _KEEP_INSTALMENTS, changed)
    _insert(connection, _ALLOCATE, parts)


def _insert(connection: Connection, statement: TextClause, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, {"rows": json_rows(rows)})
