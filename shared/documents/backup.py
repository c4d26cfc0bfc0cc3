"""Documents as backups have them."""

from typing import Any

from sqlalchemy import Select, literal

from shared.backup.contents import on_the_wire

DOCUMENT_TYPES = ("id", "code", "name", "description", "is_active", "created_at", "updated_at", "deleted_at")
"""The columns of types of documents in a section."""


def documents(table: Any, **of_its_own: str) -> Select[Any]:
    """The documents of a service as a section; `of_its_own` says what they belong to. Where the bytes are is known to
    the part alone."""
    columns = on_the_wire(
        table, "id", "document_type_id", "file_name", "description", "issuing_authority", "verification_notes",
        "uploaded_at", "deleted_at",
        issueDate="issued_on", expiryDate="expires_on", verified="is_verified", uploadedByUserId="uploaded_by",
        mimeType="media_type", fileSize="size", **of_its_own,
    )  # fmt: skip
    return columns.add_columns(literal("").label("fileUrl"))
