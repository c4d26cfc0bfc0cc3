"""The file of a job on its way to who had it made."""

from flask import Response

from shared.files.formats import FileFormat
from shared.jobs.job import FileJob
from shared.storage.downloads import disposition, file_answer


def job_file_answer(job: FileJob) -> Response:
    """The bytes of a job that is done, to be saved under their name. Raises FileMissing, StorageUnavailable."""
    headers = {
        "Content-Disposition": disposition("attachment", str(job.file_name)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return file_answer(str(job.file_key), size=job.size, media_type=FileFormat(job.format).media_type, headers=headers)
