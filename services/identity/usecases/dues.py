"""Keeping when money of loans falls due, from what lending and payments tell."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from services.identity.domain.dues import Dues, Line, LineNews
from services.identity.queries import dues
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data

Fact = tuple[Data, Envelope]

_SERVED = frozenset({"ACTIVE", "DEFAULTED"})
# Nothing falls due of these unless a schedule comes with them.
_UNDECIDED = frozenset({"DRAFT", "PENDING_APPROVAL", "APPROVED", "CANCELED"})


def keep_dues(
    connection: Connection, loans: Sequence[Fact], accounts: Sequence[Fact], at: datetime
) -> dict[UUID, Dues]:
    """Keep what these events say, and return what is then known of the loans they are about."""
    loans = [fact for fact in loans if fact[0]["schedule"] is not None or fact[0]["status"] not in _UNDECIDED]
    ids = {facts["loan_id"] for facts, _ in (*loans, *accounts)}
    if not ids:
        return {}
    before = dues.dues_for_update(connection, ids)
    after = dict(before)
    for loan, envelope in loans:
        after[loan["loan_id"]] = _with_loan(after[loan["loan_id"]], loan, envelope)
    for told, _ in accounts:
        after[told["loan_id"]] = _with_account(after[told["loan_id"]], told["account"])
    dues.save_dues(connection, before, after.values(), at=at)
    return after


def _with_loan(one: Dues, loan: Data, envelope: Envelope) -> Dues:
    one = one.with_loan(
        version=envelope.version,
        loan_number=loan["loan_number"],
        member_id=loan["member_id"],
        union_id=loan["union_id"],
        is_served=loan["status"] in _SERVED and not envelope.type.endswith(".deleted.v1"),
    )
    if loan["schedule"] is None:
        return one
    lines = {line["sequence"]: Line(line["due_on"], line["principal"] + line["interest"]) for line in loan["schedule"]}
    return one.with_schedule(loan["schedule_version"], lines)


def _with_account(one: Dues, account: Data) -> Dues:
    news = [
        LineNews(line["sequence"], line["paid"], line["status"] == "PAID", _changed_line(line))
        for line in account["instalments"]
    ]
    return one.with_account(version=account["version"], schedule_version=account["schedule_version"], lines=news)


def _changed_line(line: Data) -> Line | None:
    """What falls due of a line, where payments told it: present when it may have changed."""
    parts = [line[name] for name in ("penalty", "fee", "interest", "principal")]
    if line["due_on"] is None or any(part is None for part in parts):
        return None
    return Line(line["due_on"], sum(parts[1:], start=parts[0]), line["penalty"])
