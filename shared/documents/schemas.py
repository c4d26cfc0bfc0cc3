"""The shapes of documents, for services that describe their answers by schemas."""

from marshmallow import Schema

from shared.web import shapes


class DocumentTypeAnswer(Schema):
    id = shapes.identifier()
    code = shapes.text()
    name = shapes.text()
    description = shapes.text(maybe=True)
    isActive = shapes.flag()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class UploaderAnswer(Schema):
    id = shapes.identifier()
    email = shapes.text()


class DocumentAnswer(Schema):
    """A document; who it belongs to is added by its owner."""

    id = shapes.identifier()
    documentTypeId = shapes.identifier()
    documentType = shapes.shape(DocumentTypeAnswer)
    fileUrl = shapes.text()
    fileName = shapes.text()
    mimeType = shapes.text()
    fileSize = shapes.count()
    description = shapes.text(maybe=True)
    issuingAuthority = shapes.text(maybe=True)
    issueDate = shapes.day(maybe=True)
    expiryDate = shapes.day(maybe=True)
    verified = shapes.flag()
    verificationNotes = shapes.text(maybe=True)
    uploadedByUserId = shapes.identifier()
    uploadedBy = shapes.shape(UploaderAnswer)
    uploadedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)
