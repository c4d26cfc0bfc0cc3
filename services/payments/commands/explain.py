"""`python -m services.payments replay FILE`: what a schedule and its facts come to, after each fact, from a file.

It uses the very functions the service uses. A case is a ready `schedule` and its `events` in order of arrival; the
answer is JSON, or with `--table` text for reading.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import UUID

from services.payments.domain.allocation import PART_ORDER
from services.payments.domain.charges import with_charges
from services.payments.domain.facts import Charge, ChargeKind, Repayment
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import Replayed, Standing, replay
from shared import exact_json
from shared.cli import Command, ServiceParts
from shared.money import CENT, ZERO
from shared.wire import money

Json = dict[str, Any]


class Unreadable(Exception):
    """The case does not say what it must, or says something impossible; the message says what."""


@dataclass(slots=True)
class History:
    """The facts so far; repayments and charges by the numbers that reversals and waivers name."""

    schedule: Sequence[Instalment]
    repayments: dict[int, Repayment] = field(default_factory=dict)
    charges: dict[int, Charge] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)

    def add(self, position: int, event: Any) -> None:
        """Take in the event at this position, from 1. Raises Unreadable."""
        if not isinstance(event, Mapping):
            raise Unreadable("an event is an object")
        match event.get("type"):
            case "repayment":
                self._add_repayment(position, event)
            case "charge":
                self._add_charge(position, event)
            case "reversal":
                self._reverse(_integer(event, "of"))
            case "waiver":
                self._waive(_integer(event, "of"))
            case other:
                raise Unreadable(f"there is no event of type {other!r}")

    def replayed(self) -> Replayed:
        """What the facts come to."""
        live = [repayment for number, repayment in self.repayments.items() if number not in self.reversed]
        return replay(with_charges(self.schedule, self.charges.values()), live)

    def _add_repayment(self, position: int, event: Mapping[str, Any]) -> None:
        number, paid_on = _integer(event, "seq", position), _day(event, "date")
        if number in self.repayments:
            raise Unreadable(f"there are two repayments with seq {number}")
        paid_at = datetime(paid_on.year, paid_on.month, paid_on.day, tzinfo=UTC)
        self.repayments[number] = Repayment(UUID(int=number), _positive(event, "amount"), paid_on, paid_at, position)

    def _add_charge(self, position: int, event: Mapping[str, Any]) -> None:
        kind = str(event.get("kind")).upper()
        if kind not in {ChargeKind.FEE, ChargeKind.PENALTY}:
            raise Unreadable(f"there is no charge of kind {event.get('kind')!r}")
        number = _integer(event, "seq", position)
        if number in self.charges:
            raise Unreadable(f"there are two charges with seq {number}")
        self.charges[number] = Charge(ChargeKind(kind), _day(event, "due_on"), _positive(event, "amount"))

    def _reverse(self, number: int) -> None:
        if number not in self.repayments or number in self.reversed:
            raise Unreadable(f"there is no repayment {number} to reverse")
        self.reversed.add(number)

    def _waive(self, number: int) -> None:
        charge = self.charges.get(number)
        if charge is None or charge.is_waived:
            raise Unreadable(f"there is no charge {number} to waive")
        self.charges[number] = replace(charge, is_waived=True)


def explain(case: Any) -> Json:
    """The answer to one case: its state after every event, or the reason why there is none."""
    if not isinstance(case, Mapping):
        return {"id": None, "error": "a case is an object"}
    try:
        history, checkpoints = History(_schedule(case)), []
        for position, event in enumerate(_list(case, "events", []), start=1):
            history.add(position, event)
            checkpoints.append({"after_events": position, **_state(history)})
    except Unreadable as error:
        return {"id": case.get("id"), "error": str(error)}
    return {"id": case.get("id"), "checkpoints": checkpoints}


def _state(history: History) -> Json:
    replayed = history.replayed()
    return {
        "installments": [_installment(standing) for standing in replayed.standings],
        "outstanding": money(replayed.outstanding),
        "overpaid": money(replayed.overpaid),
        "repayments": _repayments(history, replayed),
    }


def _installment(standing: Standing) -> Json:
    due = standing.due
    return {
        "n": due.sequence,
        "due_date": due.due_on.isoformat(),
        **{f"{part}_due": money(getattr(due, part)) for part in reversed(PART_ORDER)},
        **{f"{part}_paid": money(getattr(standing, f"{part}_paid")) for part in PART_ORDER},
        "paid": money(standing.paid),
        "outstanding": money(standing.owed),
        "paid_in_advance": money(standing.paid_in_advance),
        "paid_late": money(standing.paid_late),
        "fully_paid_on": standing.covered_on.isoformat() if standing.covered_on else None,
    }


def _repayments(history: History, replayed: Replayed) -> list[Json]:
    """Which live repayment paid what, in the order they count."""
    numbers = {repayment.id: number for number, repayment in history.repayments.items()}
    paid = []
    for repayment_id, parts in replayed.allocations.items():
        repayment = history.repayments[numbers[repayment_id]]
        allocations = [{"n": part.sequence} | {n: money(getattr(part, n)) for n in PART_ORDER} for part in parts]
        sums = {name: money(sum((getattr(part, name) for part in parts), ZERO)) for name in PART_ORDER}
        paid.append(
            {
                "seq": numbers[repayment_id],
                "date": repayment.paid_on.isoformat(),
                "amount": money(repayment.amount),
                **sums,
                "allocations": allocations,
            }
        )
    return paid


def _schedule(case: Mapping[str, Any]) -> list[Instalment]:
    lines = [_line(position, line) for position, line in enumerate(_list(case, "schedule"), start=1)]
    if not lines:
        raise Unreadable("the schedule has no lines")
    if len({line.sequence for line in lines}) < len(lines):
        raise Unreadable("two lines of the schedule have the same number")
    return lines


def _line(position: int, line: Any) -> Instalment:
    if not isinstance(line, Mapping):
        raise Unreadable("a line of the schedule is an object")
    return Instalment(
        _integer(line, "n", position),
        _day(line, "due_date"),
        interest=_amount(line, "interest", "0"),
        principal=_amount(line, "principal", "0"),
        penalty=_amount(line, "penalty", "0"),
        fee=_amount(line, "fee", "0"),
        takes_charges=not line.get("down_payment"),
    )


def _list(source: Mapping[str, Any], name: str, default: list[Any] | None = None) -> list[Any]:
    value = source.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, list):
        raise Unreadable(f"{name} is not a list")
    return value


def _integer(source: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = default if source.get(name) is None else source[name]
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"{name} is not a number: {source.get(name)!r}")
    return value


def _day(source: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(source[name])
    except (KeyError, TypeError, ValueError):
        raise Unreadable(f"{name} is not a date: {source.get(name)!r}") from None


def _amount(source: Mapping[str, Any], name: str, default: str | None = None) -> Decimal:
    value = default if source.get(name) is None else source[name]
    try:
        amount = Decimal(str(value))
        exact = amount.quantize(CENT)
    except InvalidOperation:
        raise Unreadable(f"{name} is not an amount: {value!r}") from None
    if amount != exact or exact < 0:
        raise Unreadable(f"{name} is not an amount of whole cents: {value!r}")
    return exact


def _positive(source: Mapping[str, Any], name: str) -> Decimal:
    amount = _amount(source, name)
    if not amount:
        raise Unreadable(f"{name} is zero")
    return amount


def as_text(answer: Json) -> str:
    """An answer for reading: a table after each event, and where the repayments went."""
    if "error" in answer:
        return f"{answer['id']}: {answer['error']}\n"
    rows = [f"{answer['id']}"]
    for checkpoint in answer["checkpoints"]:
        rows.append(f"\nafter event {checkpoint['after_events']}: outstanding {checkpoint['outstanding']}")
        rows.append("  n  due         " + " ".join(f"{name:>21}" for name in (*PART_ORDER, "outstanding")))
        for line in checkpoint["installments"]:
            paid = [f"{line[f'{part}_paid']} of {line[f'{part}_due']}" for part in PART_ORDER]
            cells = " ".join(f"{cell:>21}" for cell in (*paid, line["outstanding"]))
            rows.append(f"{line['n']:>3}  {line['due_date']}  {cells}")
        for repayment in checkpoint["repayments"]:
            lines = ", ".join(str(part["n"]) for part in repayment["allocations"]) or "none"
            rows.append(f"  {repayment['amount']} of {repayment['date']} (seq {repayment['seq']}) paid lines {lines}")
    return "\n".join(rows) + "\n"


def _run(_service: ServiceParts, options: argparse.Namespace) -> None:
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
        document = exact_json.loads(text)
    except (OSError, ValueError) as error:
        sys.exit(f"replay: {options.file} cannot be read: {error}")
    cases = document.get("cases", [document]) if isinstance(document, dict) else None
    if not isinstance(cases, list):
        sys.exit('replay: expected one case, or {"cases": [...]}')
    answers = [explain(case) for case in cases]
    if options.table:
        sys.stdout.write("\n".join(as_text(answer) for answer in answers))
    else:
        sys.stdout.write(json.dumps({"cases": answers}, indent=1, ensure_ascii=False) + "\n")
    if any("error" in answer for answer in answers):
        sys.exit(1)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help='JSON of one case or of {"cases": [...]}; - reads it from the standard input')
    parser.add_argument("--table", action="store_true", help="text for reading instead of JSON")


REPLAY = Command(_run, "go through the facts of loans again and show every balance after each of them", _arguments)
