"""Documents of whatever record they belong to, for those who may see the record."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.orm import Session

from shared.context import Actor, Role
from shared.directory.scope import ACTOR_ID, scope, scope_of
from shared.documents.tables import DocumentColumns, document_rows, is_this
from shared.errors import NotFound
from shared.postgres.rows import plain_rows

Document = TypeVar("Document", bound=DocumentColumns)


@dataclass(frozen=True, slots=True, eq=False)
class Records(Generic[Document]):
    """A kind of record that has documents: the table of its documents, that of the records themselves, which have an
    `officer_id` and a `deleted_at`, and that of the types. `record_id` is the document's column that names its record;
    `snapshot` writes a document for the audit trail."""

    documents: type[Document]
    owners: Any
    record_id: Any
    types: Any
    snapshot: Callable[[Document], dict[str, Any]]


class StoredDocument(NamedTuple):
    """Where the bytes of a document are, and what they are."""

    key: str
    size: int
    media_type: str
    file_name: str


class DocumentNotFound(NotFound):
    """No such document, or not for this actor to see."""


def is_seen(connection: Connection, records: Records[Any], record_id: UUID, *, by: Actor) -> bool:
    """Whether there is such a record for this actor."""
    values = {"record_id": record_id, "actor_id": by.id}
    return connection.execute(_seen(records, by.role), values).first() is not None


def documents_of(connection: Connection, records: Records[Any], record_id: UUID) -> list[Any]:
    """The documents of a record the actor may see, newest first: rows of `document_rows`."""
    return plain_rows(connection.execute(documents_of_record(records), {"record_id": record_id}))


def document_by_id(connection: Connection, records: Records[Any], document_id: UUID) -> Any:
    """The row of a document the actor may see."""
    return plain_rows(connection.execute(_by_id(records), {"document_id": document_id}))[0]


def stored_document(
    connection: Connection, records: Records[Any], document_id: UUID, *, reader: Actor
) -> StoredDocument:
    """A document that the reader may see. Raises DocumentNotFound."""
    values = {"document_id": document_id, "actor_id": reader.id}
    row = connection.execute(_stored(records, reader.role), values).one_or_none()
    if row is None:
        raise DocumentNotFound("Document not found")
    return StoredDocument(*row)


def document_for_update(
    session: Session, records: Records[Document], document_id: UUID, *, seen_by: Actor, record_id: UUID | None = None
) -> Document:
    """The document, of this record when one is named, locked. Raises DocumentNotFound."""
    documents, owners = records.documents, records.owners
    live = (
        select(documents)
        .join(owners, owners.id == records.record_id)
        .where(documents.id == document_id, documents.deleted_at.is_(None), owners.deleted_at.is_(None))
        .where(scope(seen_by, owners.officer_id))
    )
    if record_id is not None:
        live = live.where(records.record_id == record_id)
    document = session.scalars(live.with_for_update(of=documents)).one_or_none()
    if document is None:
        raise DocumentNotFound("Document not found")
    return document


def document_count(session: Session, records: Records[Any], record_id: UUID) -> int:
    """How many documents a record has."""
    live = records.record_id == record_id, records.documents.deleted_at.is_(None)
    return session.scalars(select(func.count()).where(*live)).one()


@cache
def documents_of_record(records: Records[Any]) -> Select[Any]:
    """The documents of the record named by the parameter `record_id`, newest first."""
    return _shown(records).where(records.record_id == bindparam("record_id"))


@cache
def _by_id(records: Records[Any]) -> Select[Any]:
    return _shown(records).where(records.documents.id == bindparam("document_id"))


def _shown(records: Records[Any]) -> Select[Any]:
    return document_rows(records.documents.__table__, records.types.__table__)


@cache
def _seen(records: Records[Any], role: Role) -> Select[Any]:
    owners = records.owners
    live = select(owners.id).where(owners.id == bindparam("record_id"), owners.deleted_at.is_(None))
    return live.where(scope_of(role, owners.officer_id, ACTOR_ID))


@cache
def _stored(records: Records[Any], role: Role) -> Select[Any]:
    documents, owners = records.documents, records.owners
    return (
        select(documents.key, documents.size, documents.media_type, documents.file_name)
        .join(owners, owners.id == records.record_id)
        .where(is_this(documents.__table__), owners.deleted_at.is_(None))
        .where(scope_of(role, owners.officer_id, ACTOR_ID))
    )
