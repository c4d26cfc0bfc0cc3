"""Taking who was erased out of the audit trail, so that it can be verified as before."""

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from services.reporting.domain.chain import Entry, Key, Redaction, canonical
from services.reporting.queries import redactions
from shared.erasure.redaction import ERASURE, Person, is_named, redacted

# A fraction of a second, whatever is in them.
ENTRIES = 10_000
_START = (0, 0)


def redact_part(connection: Connection, person: Person, position: Sequence[int], *, key: Key) -> Sequence[int] | None:
    """Take a person out of the next entries, those behind this position; returns the new one, None at the end. It waits
    for the entry that says that they were erased, for it is the reason."""
    if not redactions.is_erasure_recorded(connection, person.member_id):
        return position
    behind = (position[0], position[1]) if position else _START
    until = redactions.end_of_part(connection, behind, entries=ENTRIES)
    if until is None:
        return None
    for batch, (link, entry) in redactions.entries_that_name(
        connection, person.patterns, person.ids, behind=behind, until=until
    ):
        left = without(entry, person)
        if left != entry:
            redaction = Redaction.of(batch, link, left, member_id=person.member_id, key=key)
            redactions.redact(connection, left, redaction)
    return until


def without(entry: Entry, person: Person) -> Entry:
    """The entry without the person; that they were erased, and why, stays."""
    if entry.action == ERASURE:
        return entry
    texts = (entry.before, entry.after, entry.metadata)
    is_about = any(is_named(text, person.ids) for text in (entry.entity_id, *filter(None, texts)))
    before, after, metadata = (_without(text, person, is_about=is_about) for text in texts)
    return replace(entry, before=before, after=after, metadata=metadata)


def _without(text: str | None, person: Person, *, is_about: bool) -> str | None:
    if text is None:
        return None
    value = json.loads(text)
    left = redacted(value, person, is_about=is_about)
    return text if left == value else canonical(left)
