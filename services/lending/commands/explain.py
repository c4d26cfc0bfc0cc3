"""`python -m services.lending schedule FILE`: the schedule of terms, with how each line was made, without a database.

It uses the very functions the service uses. The answer is JSON, or with `--table` text for reading.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from services.lending.api.bodies import FIELD_NAMES
from services.lending.commands.cases import Case, Unreadable, read_case
from services.lending.domain.proof_text import in_words, rule_in_words
from services.lending.domain.rounding import EXACT, Grain
from services.lending.domain.schedule import Instalment, make_schedule
from services.lending.domain.terms import InvalidTerms
from shared import exact_json
from shared.cli import Command, ServiceParts
from shared.money import ZERO
from shared.wire import money

Json = dict[str, Any]
CHARGES = ("fee", "penalty")
COLUMNS = ("principal", "interest", *CHARGES, "total", "balance_after")


def explain(case: Any, *, with_proof: bool = False) -> Json:
    """The answer to one case: its schedule, with the proof of each line if asked for, or why there is none."""
    if not isinstance(case, Mapping):
        return {"id": None, "error": "a case is an object"}
    try:
        asked = read_case(case)
        lines = make_schedule(asked.terms, asked.base_day, asked.conventions)
    except InvalidTerms as error:
        return {"id": case.get("id"), "error": f"{FIELD_NAMES[str(error.field)]}: {error}"}
    except Unreadable as error:
        return {"id": case.get("id"), "error": str(error)}
    rule = {"rule": rule_in_words(lines[0])} if with_proof else {}
    return {"id": case.get("id"), **rule, "schedule": [_line(line, asked, with_proof=with_proof) for line in lines]}


def _line(line: Instalment, asked: Case, *, with_proof: bool) -> Json:
    fee, penalty = (_charged(line, kind, asked) for kind in CHARGES)
    written: Json = {
        "n": line.sequence,
        "due_date": line.due_on.isoformat(),
        "principal": money(line.principal),
        "interest": money(line.interest),
        "fee": money(fee),
        "penalty": money(penalty),
        "total": money(line.total + fee + penalty),
        "balance_after": money(line.balance_after),
    }
    return written | {"proof": in_words(line)} if with_proof else written


def _charged(line: Instalment, kind: str, asked: Case) -> Decimal:
    """What the charges of this kind come to on a line, each rounded as the line is."""
    parts = {"principal": line.principal, "interest": line.interest}
    grain = Grain(line.proof.step, line.proof.rounding)
    with localcontext(EXACT):
        amounts = [
            grain.nearest(charge.amount + charge.share * sum((parts[name] for name in charge.of), ZERO))
            for charge in asked.charges
            if charge.kind == kind
        ]
        return sum(amounts, ZERO)


def as_text(answer: Json) -> str:
    """An answer with proofs for reading: each line with the steps that made it."""
    if "error" in answer:
        return f"{answer['id']}: {answer['error']}\n"
    rows = [f"{answer['id']}", answer["rule"], "   n  due         " + " ".join(f"{name:>14}" for name in COLUMNS)]
    for line in answer["schedule"]:
        rows.append(f"{line['n']:>4}  {line['due_date']}  " + " ".join(f"{line[name]:>14}" for name in COLUMNS))
        rows += [f"      {step}" for step in line["proof"]]
    return "\n".join(rows) + "\n"


def _run(_service: ServiceParts, options: argparse.Namespace) -> None:
    with_proof = options.proof or options.table
    answers = [explain(case, with_proof=with_proof) for case in _cases(options.file)]
    if options.table:
        sys.stdout.write("\n".join(as_text(answer) for answer in answers))
    else:
        sys.stdout.write(json.dumps({"cases": answers}, indent=1, default=str) + "\n")
    if any("error" in answer for answer in answers):
        sys.exit(1)


def _cases(file: str) -> list[Any]:
    """The cases of a document; ends the command with one line when it has none."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        document = exact_json.loads(text)
    except (OSError, ValueError) as error:
        sys.exit(f"schedule: {file} cannot be read: {error}")
    cases = document.get("cases", [document]) if isinstance(document, dict) else None
    if not isinstance(cases, list):
        sys.exit('schedule: expected one case, or {"cases": [...]}')
    return cases


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help='JSON of one case or of {"cases": [...]}; - reads it from the standard input')
    parser.add_argument("--proof", action="store_true", help="with each line, how it was made")
    parser.add_argument("--table", action="store_true", help="text for reading instead of JSON, with the proofs")


SCHEDULE = Command(_run, "make the schedules of terms and show how every line was made", _arguments)
