"""What requests about schedules carry. Only bodies and shapes speak camelCase."""

from services.payments.api.bodies.filters import Filters
from shared.fields import Day, IdFilter, Text


class ScheduleFilters(Filters):
    """What narrows a list of instalments; `dateFrom` and `dateTo` are due days, both included.

    `status` is PENDING, PARTIAL, OVERDUE, PAID, or UNDER_REPAYMENT for all that is not paid.
    """

    loan_id = IdFilter(data_key="loanId")
    union_id = IdFilter(data_key="unionId")
    officer_id = IdFilter(data_key="assignedOfficerId")
    status = Text(max=20, blank_is_none=True)
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    search = Text(max=100, blank_is_none=True)
