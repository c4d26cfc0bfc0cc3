"""What is shown of documents and of their types; who a document belongs to is added by its owner."""

from shared import shapes


class DocumentType(shapes.Shape):
    id = shapes.identifier()
    code = shapes.text()
    name = shapes.text()
    description = shapes.text(maybe=True)
    isActive = shapes.flag()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class Uploader(shapes.Shape):
    id = shapes.identifier()
    email = shapes.text(missing="")


class DocumentFacts(shapes.Shape):
    """The fields of a document itself. Neither where its bytes are nor how to open it is among them."""

    id = shapes.identifier()
    documentTypeId = shapes.identifier()
    fileName = shapes.text()
    mimeType = shapes.text(of="media_type")
    fileSize = shapes.count(of="size")
    description = shapes.text(maybe=True)
    issuingAuthority = shapes.text(maybe=True)
    issueDate = shapes.day(maybe=True, of="issued_on")
    expiryDate = shapes.day(maybe=True, of="expires_on")
    verified = shapes.flag(of="is_verified")
    verificationNotes = shapes.text(maybe=True)
    uploadedByUserId = shapes.identifier(of="uploaded_by")
    uploadedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class Document(DocumentFacts):
    """A row of `document_rows`. `url_of` makes the address at which the document with an id opens."""

    fileUrl = shapes.text(of=lambda id, *, url_of: url_of(id))
    documentType = shapes.nested(DocumentType, "type_")
    uploadedBy = shapes.nested(Uploader, "uploader_", id="uploaded_by")
