"""Work that is done aside because it takes long: files that are made, and verifications of the audit trail."""

from enum import StrEnum

AUDIT_LOGS = "audit-logs"
"""The export of the audit trail, beside the reports of the catalogue."""


class JobKind(StrEnum):
    """What a job does."""

    REPORT = "REPORT"
    EXPORT = "EXPORT"
    VERIFICATION = "VERIFICATION"


FILE_KINDS = (JobKind.REPORT, JobKind.EXPORT)
"""Those that make a file."""
