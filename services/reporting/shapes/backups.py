"""What is shown of backups."""

from services.reporting.domain.backups import BackupKind, BackupState, Frequency, Location
from shared import shapes


class BackupBegun(shapes.Shape):
    """A backup that is being made."""

    backupId = shapes.identifier(of="id")
    filename = shapes.text()
    downloadUrl = shapes.text(maybe=True, always=None)


class BackupRecord(shapes.Shape):
    """A backup. Where its files lie is shown to nobody: they are sealed, and downloads go through the platform."""

    id = shapes.identifier()
    filename = shapes.text()
    fileSize = shapes.integer(of="size")
    location = shapes.choice(Location)
    cloudinaryUrl = shapes.text(maybe=True, always=None)
    localPath = shapes.text(maybe=True, always=None)
    type = shapes.choice(BackupKind, of="kind", description="Why it was made: asked for, due, or before a restore.")
    status = shapes.choice(BackupState, of="state")
    recordCounts = shapes.anything(
        {"type": "object", "additionalProperties": {"type": "integer"}}, maybe=True, of="record_counts"
    )
    error = shapes.text(maybe=True)
    needsOwnKey = shapes.flag(
        of=lambda public_keys, *, kept: bool(public_keys) and kept.isdisjoint(public_keys),
        description="Whether it is sealed to keys that are kept elsewhere: to open it, one has to be given.",
    )
    includeAuditLogs = shapes.flag()
    includeSessions = shapes.flag()
    createdAt = shapes.moment()
    finishedAt = shapes.moment(maybe=True)
    cutAt = shapes.moment(maybe=True)
    createdBy = shapes.identifier(maybe=True)


class BackupSchedule(shapes.Shape):
    """When backups are made by themselves."""

    id = shapes.text(always="default")
    frequency = shapes.choice(Frequency)
    location = shapes.choice(Location)
    retentionDays = shapes.integer()
    includeAuditLogs = shapes.flag()
    includeSessions = shapes.flag()
    lastBackupAt = shapes.moment(maybe=True)
    nextBackupAt = shapes.moment(maybe=True)
    resetAllowed = shapes.flag(of=shapes.given("reset_allowed"))
    updatedAt = shapes.moment()
