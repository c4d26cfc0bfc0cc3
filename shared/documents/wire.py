"""How documents look to the world outside (contract section 2), for answers and for the audit trail."""

from typing import Any

from shared.wire import day, timestamp

Wire = dict[str, Any]


def document_type_scalars(row: Any, prefix: str = "") -> Wire:
    """DocumentType, from a row or an object; its columns may have a prefix."""
    said = {name: getattr(row, prefix + name) for name in ("id", "code", "name", "description")}
    return said | {
        "isActive": getattr(row, f"{prefix}is_active"),
        "createdAt": timestamp(getattr(row, f"{prefix}created_at")),
        "updatedAt": timestamp(getattr(row, f"{prefix}updated_at")),
        "deletedAt": None,
    }


def document_scalars(document: Any) -> Wire:
    """The fields of a document itself. Neither where its bytes are nor how to open it is among them."""
    return {
        "id": document.id,
        "documentTypeId": document.document_type_id,
        "fileName": document.file_name,
        "mimeType": document.media_type,
        "fileSize": document.size,
        "description": document.description,
        "issuingAuthority": document.issuing_authority,
        "issueDate": day(document.issued_on),
        "expiryDate": day(document.expires_on),
        "verified": document.is_verified,
        "verificationNotes": document.verification_notes,
        "uploadedByUserId": document.uploaded_by,
        "uploadedAt": timestamp(document.uploaded_at),
        "deletedAt": None,
    }


def document(row: Any, file_url: str) -> Wire:
    """Document, from a row of `document_rows`."""
    return document_scalars(row) | {
        "fileUrl": file_url,
        "documentType": document_type_scalars(row, "type_"),
        "uploadedBy": {"id": row.uploaded_by, "email": row.uploader_email or ""},
    }
