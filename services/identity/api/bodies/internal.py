"""Bodies of what the gateways send."""

from marshmallow import fields, validate

from shared.fields import BodySchema


class CountedRequestsBody(BodySchema):
    """What one gateway answered in one quarter of an hour since 1970, by person or address; under the same `id` when
    it is sent again."""

    id = fields.UUID(required=True)
    window = fields.Integer(required=True, strict=True)
    counts = fields.Dict(fields.String(), fields.Integer(strict=True, validate=validate.Range(min=1)), required=True)
    active = fields.List(fields.UUID(), load_default=list)
