"""What is shown of reports that are made aside."""

from services.reporting.domain.jobs import JobState
from services.reporting.shapes.asked import AskedReport
from shared import shapes


class ReportJob(AskedReport):
    """A file that is made aside. `progress` is in per cent; `file` is where it is fetched once it is done."""

    state = shapes.choice(JobState)
    progress = shapes.integer()
    rows = shapes.integer(maybe=True)
    size = shapes.integer(maybe=True)
    fileName = shapes.text(maybe=True)
    file = shapes.text(maybe=True, of=lambda id, file_key: file_key and f"/api/reports/jobs/{id}/file")
    error = shapes.text(maybe=True)
    subscriptionId = shapes.identifier(maybe=True)
    createdAt = shapes.moment()
    startedAt = shapes.moment(maybe=True)
    finishedAt = shapes.moment(maybe=True)
    expiresAt = shapes.moment(maybe=True)
