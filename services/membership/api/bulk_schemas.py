"""The shapes of what is done to accounts of staff at once."""

from marshmallow import Schema, fields, validate

from shared.fields import BodySchema, Text
from shared.web import shapes

ASSIGN_UNION = "assignBranch"


class OperationBody(BodySchema):
    operation = Text(max=40, required=True)


class GivenUnion(BodySchema):
    union_id = fields.UUID(data_key="branchId", required=True)


class BulkBody(BodySchema):
    """A union, under its name of old, for exactly one credit officer."""

    user_ids = fields.List(fields.UUID(), required=True, data_key="userIds", validate=validate.Length(equal=1))
    operation = fields.String(required=True, validate=validate.OneOf([ASSIGN_UNION]))
    data = fields.Nested(GivenUnion, required=True)


class BulkAnswer(Schema):
    operation = shapes.choice((ASSIGN_UNION,))
    requestedCount = shapes.count()
    affectedCount = shapes.count()
    message = shapes.text()
