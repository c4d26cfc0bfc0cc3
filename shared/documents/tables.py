"""Columns of documents and of their types. A service makes tables of them and says what its documents belong to."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Select, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from shared.directory.tables import directory_staff
from shared.postgres.rows import labelled


class DocumentTypeColumns:
    """What a document may be: membership's to change, and known to whoever follows it."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int]


class DocumentColumns:
    """A document. `key` is where its bytes are, and never leaves the service; `file_name` is what its sender called it.

    `version` counts the events about it.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_type_id: Mapped[UUID] = mapped_column(ForeignKey("document_types.id"))
    key: Mapped[str] = mapped_column(unique=True)
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    description: Mapped[str | None]
    issuing_authority: Mapped[str | None]
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    is_verified: Mapped[bool] = mapped_column(default=False)
    verification_notes: Mapped[str | None]
    verified_by: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]
    uploaded_by: Mapped[UUID]
    uploaded_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


_TYPE = ("id", "code", "name", "description", "is_active", "created_at", "updated_at")


def document_rows(documents: Any, types: Any) -> Select[Any]:
    """The documents of one service that are not deleted, newest first, each with its type and its uploader; the
    columns of the type are `type_name` and so on."""
    hidden = {"key", "deleted_at", "version"}
    columns = [column for column in documents.c if column.name not in hidden]
    uploader = directory_staff.c.email.label("uploader_email")
    return (
        select(*columns, *labelled("type", types.c, *_TYPE), uploader)
        .join(types, types.c.id == documents.c.document_type_id)
        .outerjoin(directory_staff, directory_staff.c.id == documents.c.uploaded_by)
        .where(documents.c.deleted_at.is_(None))
        .order_by(documents.c.uploaded_at.desc(), documents.c.id.desc())
    )


def is_this(documents: Any) -> ColumnElement[bool]:
    """The document named by the parameter `document_id`, unless it was deleted."""
    condition: ColumnElement[bool] = (documents.c.id == bindparam("document_id")) & documents.c.deleted_at.is_(None)
    return condition
