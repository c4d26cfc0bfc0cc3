"""What requests about arrears and the portfolio at risk carry. Only bodies and shapes speak camelCase."""

from services.payments.api.bodies.filters import Filters
from shared.fields import Day, IdFilter


class PortfolioFilters(Filters):
    """The end of which day, today unless it is given, and of which loans."""

    as_of = Day(data_key="asOf")
    union_id = IdFilter(data_key="unionId")
    officer_id = IdFilter(data_key="assignedOfficerId")


class HistoryFilters(Filters):
    """A span of days, both ends included; the last thirty unless they are given."""

    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
