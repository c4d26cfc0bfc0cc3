"""What clients send about documents."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import OneOf

from shared.fields import BodySchema, Day, MultilineText, Text

# What the web client calls the two kinds of records that have documents.
OF_MEMBER, OF_LOAN = "unionMember", "loan"
_KINDS = OneOf([OF_MEMBER, OF_LOAN])


class DocumentForm(BodySchema):
    """What is said of a file that is sent as a document."""

    document_type_id = fields.UUID(data_key="documentTypeId", required=True)
    issuing_authority = Text(max=200, data_key="issuingAuthority")
    issued_on = Day(data_key="issueDate")
    expires_on = Day(data_key="expiryDate")
    description = MultilineText(max=1000)

    @validates_schema
    def _check_order(self, said: dict[str, Any], **_: Any) -> None:
        if said.get("expires_on", date.max) < said.get("issued_on", date.min):
            raise ValidationError("Must not lie before the issue date.", "expiryDate")


class VerificationBody(BodySchema):
    """Whether somebody has looked at a document and found it to be what it should be."""

    type = fields.String(required=True, validate=_KINDS)
    verified = fields.Boolean(required=True)
    notes = MultilineText(max=2000, data_key="verificationNotes", blank_is_none=True)


class KindQuery(BodySchema):
    """What the document belongs to."""

    type = fields.String(required=True, validate=_KINDS)


class LinkQuery(BodySchema):
    """The signature of a link; without one, a sign-in is required."""

    expires = fields.String()
    reader = fields.String()
    session = fields.String()
    signature = fields.String()
