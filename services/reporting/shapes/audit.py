"""What is shown of the audit trail: its entries, and what its verification found."""

from typing import Any

import orjson

from services.reporting.models.jobs import Job
from shared import shapes


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


class AuditActor(shapes.Shape):
    """Who acted, as now known, else as they were when they acted."""

    id = shapes.identifier()
    email = shapes.text(maybe=True, of=lambda staff_email, actor_email: staff_email or actor_email)
    role = shapes.text(maybe=True, of=lambda staff_role, actor_role: staff_role or actor_role)
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class AuditEntry(shapes.Shape):
    id = shapes.identifier()
    actorUserId = shapes.identifier(maybe=True, of="actor_id")
    actor = shapes.nested(AuditActor, maybe=True, id="actor_id")
    action = shapes.text()
    entityName = shapes.text()
    entityId = shapes.text()
    before = shapes.anything(of=lambda before: _json(before))
    after = shapes.anything(of=lambda after: _json(after))
    metadata = shapes.anything(of=lambda metadata: _json(metadata))
    ipAddress = shapes.text(maybe=True)
    userAgent = shapes.text(maybe=True)
    createdAt = shapes.moment(of="occurred_at")


class RunningVerification(shapes.Shape):
    progress = shapes.integer()
    startedAt = shapes.moment(maybe=True)


class Verification(shapes.Shape):
    """What the last verification of the audit trail found, and the one that is under way. `state` is `NONE` before the
    first, `HOLDS`, `BROKEN`, or `FAILED` when it could not be done."""

    state = shapes.choice(["NONE", "HOLDS", "BROKEN", "FAILED"], of=lambda last: _verdict(last))
    verifiedAt = shapes.moment(maybe=True, of=lambda last: last and last.finished_at)
    entries = shapes.integer(maybe=True, of=lambda last: _finding(last, "entries"))
    unlinked = shapes.integer(maybe=True, of=lambda last: _finding(last, "unlinked"))
    anchors = shapes.integer(maybe=True, of=lambda last: _finding(last, "anchors"))
    firstBroken = shapes.integer(maybe=True, of=lambda last: _finding(last, "firstBroken"))
    fault = shapes.text(maybe=True, of=lambda last: _finding(last, "fault") or (last and last.error))
    running = shapes.nested(RunningVerification, maybe=True, of="running")


def _verdict(last: Job | None) -> str:
    if last is None:
        return "NONE"
    if last.findings is None:
        return "FAILED"
    return "HOLDS" if last.findings["holds"] else "BROKEN"


def _finding(last: Job | None, name: str) -> Any:
    return last.findings.get(name) if last and last.findings else None
