"""What is shown of reports that are sent by e-mail."""

from services.reporting.domain.subscriptions import Frequency
from shared import shapes
from shared.jobs.shapes import AskedFile


class ReportSubscription(AskedFile):
    """A report that is sent by e-mail. `day` is that of the week, Monday is 1, or of the month."""

    frequency = shapes.choice(Frequency)
    day = shapes.integer()
    nextOn = shapes.calendar_day()
    lastOn = shapes.calendar_day(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
