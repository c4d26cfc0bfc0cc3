"""What is shown of files that are made aside."""

from shared import shapes
from shared.files.formats import FileFormat
from shared.jobs.job import JobState


class AskedFile(shapes.Shape):
    """A report or a list, what it is to be narrowed to, and the format of its file."""

    id = shapes.identifier()
    name = shapes.text()
    title = shapes.text()
    format = shapes.choice(FileFormat)
    filters = shapes.anything({"type": "object", "additionalProperties": {"type": "string"}})


class FileJobShape(AskedFile):
    """A file that is made aside. `progress` is in per cent."""

    state = shapes.choice(JobState)
    progress = shapes.integer()
    rows = shapes.integer(maybe=True)
    size = shapes.integer(maybe=True)
    fileName = shapes.text(maybe=True)
    error = shapes.text(maybe=True)
    createdAt = shapes.moment()
    startedAt = shapes.moment(maybe=True)
    finishedAt = shapes.moment(maybe=True)
    expiresAt = shapes.moment(maybe=True)


class ListJob(FileJobShape):
    """A list that is made aside as a file. `progress` is in per cent; `file` is where it is fetched once it is done."""

    file = shapes.text(maybe=True, of=lambda id, name, file_key: file_key and f"/api/reports/jobs/{name}/{id}/file")
