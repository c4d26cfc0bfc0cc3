"""What requests for files carry. Only bodies and shapes speak camelCase."""

from marshmallow import fields

from services.payments.api.bodies.filters import Filters
from services.payments.api.bodies.repayments import RepaymentFilters
from services.payments.api.bodies.schedules import ScheduleFilters
from shared.fields import Day
from shared.files.formats import FileFormat
from shared.files.slip import SlipSize
from shared.web.format_query import FormatQuery


class RepaymentExportQuery(RepaymentFilters, FormatQuery):
    """Which repayments, and as what."""


class ScheduleExportQuery(ScheduleFilters, FormatQuery):
    """Which instalments, and as what."""


class StatementQuery(Filters):
    """The day up to which a statement goes, today unless it is given, and as what it comes."""

    as_of = Day(data_key="asOf")
    format = fields.Enum(FileFormat, by_value=True, load_default=FileFormat.PDF)


class PeriodStatementQuery(Filters):
    """The days of a statement, both included: this month up to today unless they are given."""

    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    format = fields.Enum(FileFormat, by_value=True, load_default=FileFormat.PDF)


class ReceiptQuery(Filters):
    """The paper of a receipt."""

    size = fields.Enum(
        SlipSize,
        by_value=True,
        load_default=SlipSize.A6,
        metadata={"description": "A page of A6, or a roll of 58 mm."},
    )
