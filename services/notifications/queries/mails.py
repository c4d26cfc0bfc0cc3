"""The mail queue: writing to it, taking from it, and looking at it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from services.notifications.domain.mail import LINKS, Outcome
from services.notifications.domain.templates import Message
from services.notifications.models import Mail
from shared.directory.tables import directory_member
from shared.erasure.redaction import Person, redacted
from shared.errors import NotFound
from shared.postgres.recordset import json_rows, recordset_statement

# Both written out, so that the planner knows which index they belong to.
_IS_PENDING = Mail.status == literal_column("'PENDING'")
_HAS_LINK = Mail.template.in_([literal_column(f"'{template}'") for template in sorted(LINKS)])
_SHOWN = select(*(column for column in Mail.__table__.c if column.name not in ("sealed_link", "variables")))
_ADD = recordset_statement(
    """
    INSERT INTO mail (id, template, recipient, variables, dedupe, sealed_link, expires_at)
    SELECT * FROM {mails}
    ON CONFLICT (dedupe) DO NOTHING RETURNING id
    """,
    mails="""
        id uuid, template text, recipient text, variables jsonb, dedupe text, sealed_link text, expires_at timestamptz
    """,
)
# A mail that holds a link is not kept to be tried again: whoever read it here could sign in as another.
_SETTLE = recordset_statement(
    """
    UPDATE mail
    SET status = rows.status, error = rows.error, next_try_at = coalesce(rows.next_try_at, mail.next_try_at),
        finished_at = CASE WHEN rows.status <> 'PENDING' THEN now() END,
        subject = rows.subject, content = rows.content,
        variables = CASE WHEN rows.status = 'PENDING' THEN variables
                         WHEN rows.status IN ('SKIPPED', 'DEAD') AND template <> ALL(:links) THEN variables
                         ELSE '{}' END,
        sealed_link = CASE WHEN rows.status = 'PENDING' THEN sealed_link END
    FROM {rows}
    WHERE mail.id = rows.id AND mail.status = 'PENDING'
    """,
    rows="id uuid, status text, error text, next_try_at timestamptz, subject text, content text",
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a mail that was claimed; `message` where it is kept, which is where it went into the mail folder,
    and then without its link: the links of others are nobody's business."""

    mail_id: UUID
    outcome: Outcome
    message: Message | None = None

    @property
    def row(self) -> dict[str, Any]:
        """Its columns."""
        return {
            "id": self.mail_id,
            "status": self.outcome.status,
            "error": self.outcome.error,
            "next_try_at": self.outcome.next_try_at,
            "subject": self.message.subject if self.message else None,
            "content": self.message.text if self.message else None,
        }


class MailNotFound(NotFound):
    """There is no such mail."""


def add_mails(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[UUID]:
    """Write mails, but none whose `dedupe` is there already; the ids of those written."""
    if not rows:
        return []
    return connection.execute(_ADD, {"mails": json_rows(rows)}).scalars().all()


def claim_due(connection: Connection, *, limit: int, lease: timedelta) -> Sequence[Row[Any]]:
    """Take mails that are due, those with a link first and then the longest due, and count the try. Rivals take others.

    By the clock of the database: whoever does not settle a mail in the time of the lease has lost it to another.
    """
    taken = _claim(connection, _HAS_LINK, limit, lease)
    if len(taken) < limit:
        taken += _claim(connection, true(), limit - len(taken), lease)
    return taken


def _claim(connection: Connection, which: ColumnElement[bool], limit: int, lease: timedelta) -> list[Row[Any]]:
    due = select(Mail.id).where(_IS_PENDING, which, Mail.next_try_at <= func.now()).order_by(Mail.next_try_at)
    # Not by IN, which some plans ask again for each mail there is: others are locked each time, in all too many.
    chosen = func.array(due.limit(limit).with_for_update(skip_locked=True).scalar_subquery(), type_=ARRAY(Uuid))
    taken = (
        update(Mail)
        .where(Mail.id == func.any(chosen))
        .values(attempts=Mail.attempts + 1, next_try_at=func.now() + lease)
    )
    columns = (
        Mail.id, Mail.template, Mail.recipient, Mail.variables, Mail.sealed_link, Mail.expires_at, Mail.attempts,
        Mail.created_at,
    )  # fmt: skip
    rows = connection.execute(taken.returning(*columns)).all()
    return sorted(rows, key=lambda row: (row.created_at, row.id))


def give_back(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Let mails that were claimed and not tried be due again."""
    untried = update(Mail).where(Mail.id.in_(mail_ids), _IS_PENDING)
    connection.execute(untried.values(attempts=Mail.attempts - 1, next_try_at=func.now()))


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write down what became of mails that were claimed."""
    connection.execute(_SETTLE, {"rows": json_rows(one.row for one in settled), "links": list(LINKS)})


def mail_page(connection: Connection, *, status: str | None, limit: int, offset: int) -> tuple[Sequence[Row[Any]], int]:
    """Mails, newest first, and how many there are in all."""
    matches: ColumnElement[bool] = Mail.status == status if status else true()
    newest_first = _SHOWN.where(matches).order_by(Mail.created_at.desc(), Mail.id.desc())
    rows = connection.execute(newest_first.limit(limit).offset(offset)).all()
    total = connection.execute(select(func.count()).select_from(Mail).where(matches)).scalar_one()
    return rows, total


def mail_for_update(session: Session, mail_id: UUID) -> Mail:
    """A mail, locked. Raises MailNotFound."""
    mail = session.scalars(select(Mail).where(Mail.id == mail_id).with_for_update()).one_or_none()
    if mail is None:
        raise MailNotFound("Mail not found.")
    return mail


def blank_mails_to(connection: Connection, member_ids: Collection[UUID]) -> None:
    """Forget who the mails to these members went to and what was in them; what is still to be sent is not. Their
    addresses are those that the directory has."""
    if member_ids:
        addresses = select(directory_member.c.email).where(directory_member.c.id.in_(member_ids))
        theirs = update(Mail).where(Mail.recipient.in_(addresses))
        is_over = case((_IS_PENDING, "SKIPPED"), else_=Mail.status)
        connection.execute(
            theirs.values(recipient="", variables={}, subject=None, content=None, error=None, status=is_over)
        )


def redact_mails(connection: Connection, person: Person, _position: Sequence[int]) -> None:
    """Take a member out of the mails to others, such as staff, that name them."""
    texts = (cast(Mail.variables, Text), Mail.subject, Mail.content)
    named = or_(*(text.like(func.any(person.patterns)) for text in texts))
    for mail in connection.execute(select(Mail.id, Mail.variables, Mail.subject, Mail.content).where(named)).all():
        left = redacted(
            {"variables": mail.variables, "subject": mail.subject, "content": mail.content}, person, is_about=False
        )
        connection.execute(update(Mail).where(Mail.id == mail.id).values(left))
