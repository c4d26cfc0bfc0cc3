"""What is shown of reports that are made aside."""

from shared import shapes
from shared.jobs.shapes import FileJobShape


class ReportJob(FileJobShape):
    """A file that is made aside. `progress` is in per cent; `file` is where it is fetched once it is done."""

    file = shapes.text(maybe=True, of=lambda id, file_key: file_key and f"/api/reports/jobs/{id}/file")
    subscriptionId = shapes.identifier(maybe=True)
