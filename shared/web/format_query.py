"""Which format a table is asked for in."""

from marshmallow import fields

from shared.fields import BodySchema
from shared.files.formats import MAX_PDF_ROWS, FileFormat


class FormatQuery(BodySchema):
    """As what a table is sent."""

    format = fields.Enum(
        FileFormat,
        by_value=True,
        load_default=FileFormat.CSV,
        metadata={"description": f"What the table comes as; a PDF has at most {MAX_PDF_ROWS:,} rows."},
    )
