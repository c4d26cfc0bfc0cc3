"""Shapes of requests and answers about documents."""

from marshmallow import Schema, fields, validate

from services.membership.api.schemas import DocumentOfMemberAnswer, MemberScalarsAnswer
from shared.fields import BodySchema, Flag, MultilineText, Text
from shared.web import shapes


class DocumentTypeFilters(BodySchema):
    """What widens the list of document types."""

    include_inactive = Flag(data_key="includeInactive", metadata={"description": "For admins."})


class NewDocumentTypeBody(BodySchema):
    """A new document type."""

    name = Text(max=80, blank_is_none=True)
    description = MultilineText(max=500, blank_is_none=True)


class DocumentTypeChangesBody(NewDocumentTypeBody):
    """Changes of a document type: what is absent stays, `""` clears the description."""

    code = fields.String(validate=validate.Regexp(r"[A-Z0-9]{1,10}\Z", error="Only capitals and digits, at most 10."))
    is_active = Flag(data_key="isActive")


class PictureForm(BodySchema):
    """Beside the file, what it is."""

    type = fields.String(validate=validate.OneOf(["profile"]))


class VerifiedDocumentAnswer(DocumentOfMemberAnswer):
    unionMember = shapes.shape(MemberScalarsAnswer)


class PictureAnswer(Schema):
    url = shapes.text()
    profileImage = shapes.text()
