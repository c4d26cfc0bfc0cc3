"""What a collection sheet that is handed in carries. Each line is read for itself, so that a bad one is only that."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, post_load, validate

from services.payments.api.bodies.filters import Filters
from services.payments.domain.cash import NOTES_AND_COINS, Pieces
from services.payments.domain.collection_sheet import (
    CASH,
    Line,
    LineVersion,
    PaidLine,
    UnpaidLine,
    UnreadableVersion,
    Verdict,
    verdict_without_money,
)
from services.payments.domain.methods import METHODS
from shared.fields import BodySchema, Day, IdFilter, Money, MultilineText, StrictInteger, Text
from shared.web.problems import field_errors

MOST_LINES, MOST_PIECES = 500, 1_000_000


class SheetFilters(Filters):
    """Of which union, and for which day: today unless it is given."""

    union_id = IdFilter(data_key="unionId", required=True)
    on = Day()


class LineBody(BodySchema):
    """One line: `amount` is null when nothing was written, 0 when nothing was paid. One that brings money needs its
    `idempotencyKey`; `version` is that of the line on the sheet."""

    loan_id = fields.UUID(data_key="loanId", required=True)
    amount = Money(allow_none=True, load_default=None)
    is_absent = fields.Boolean(data_key="absent", truthy={True}, falsy={False}, load_default=False)
    key = Text(data_key="idempotencyKey", max=255, blank_is_none=True, load_default=None)
    version = fields.String(allow_none=True, load_default=None)
    method = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(METHODS))
    reference = Text(max=120, blank_is_none=True, load_default=None)
    notes = MultilineText(max=2000, blank_is_none=True, load_default=None)


class Lines(fields.List[Any]):
    """Lines as they came: what is wrong with one is for `line_of` to say."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return value


class SheetsFilters(Filters):
    """For which day, today unless it is given, and of which officer: whoever asks, unless one is named."""

    on = Day()
    officer_id = IdFilter(data_key="officerId")


def _is_note_or_coin(value: Decimal) -> None:
    if value not in NOTES_AND_COINS:
        raise ValidationError("There is no such note or coin")


class PiecesBody(BodySchema):
    """How many there are of a note or coin."""

    denomination = Money(required=True, validate=_is_note_or_coin)
    count = StrictInteger(required=True, validate=validate.Range(min=0, max=MOST_PIECES))

    @post_load
    def _pieces(self, values: dict[str, Any], **_: Any) -> Pieces:
        return Pieces(**values)


class SheetBody(BodySchema):
    """A sheet as it was filled in. `method` is that of every line that names none; `on` the day, today unless it is
    given; `cashHandedOver` what the lines paid in cash have to come to, and `cashCount`, where it was counted by notes
    and coins, as well."""

    union_id = fields.UUID(data_key="unionId", required=True)
    on = Day(allow_none=True)
    method = fields.String(load_default=CASH, validate=validate.OneOf(METHODS))
    cash_handed_over = Money(data_key="cashHandedOver", required=True)
    cash_count = fields.List(fields.Nested(PiecesBody), data_key="cashCount", allow_none=True, load_default=None)
    lines = Lines(fields.Nested(LineBody), required=True, validate=validate.Length(min=1, max=MOST_LINES))


def line_of(number: int, raw: Any, *, method: str) -> Line:
    """A line of a sheet; one that cannot be a payment comes with its fault."""
    try:
        body = LineBody().load(raw)
        seen = LineVersion.read(body["version"]) if body["version"] else None
    except ValidationError as error:
        return _faulty(
            number, raw, "; ".join(f"{one['field']}: {one['message']}" for one in field_errors(error.messages))
        )
    except UnreadableVersion as error:
        return _faulty(number, raw, error.message)
    if not body["amount"]:
        verdict = verdict_without_money(body["amount"], is_absent=body["is_absent"])
        return UnpaidLine(number=number, loan_id=body["loan_id"], key=body["key"], verdict=verdict)
    if body["is_absent"]:
        return _faulty(number, raw, "A member who was absent cannot have paid.")
    if not body["key"]:
        return _faulty(number, raw, "A payment needs an idempotencyKey.")
    return PaidLine(
        number=number,
        loan_id=body["loan_id"],
        key=body["key"],
        amount=body["amount"],
        method=body["method"] or method,
        reference=body["reference"],
        notes=body["notes"],
        seen=seen,
    )


def _faulty(number: int, raw: Any, fault: str) -> UnpaidLine:
    sent = raw if isinstance(raw, dict) else {}
    loan_id, key = sent.get("loanId"), sent.get("idempotencyKey")
    return UnpaidLine(
        number=number,
        loan_id=_uuid(loan_id),
        key=key if isinstance(key, str) else None,
        verdict=Verdict.REFUSED,
        fault=fault,
    )


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError):
        return None
