"""What stands between somebody and a backup or a restore."""


class CannotBackUp(Exception):
    """A base backup could not be made; the message says why, in one line."""


class ArchiveBusy(CannotBackUp):
    """Somebody else is at work in the archive."""


class CannotRestore(Exception):
    """Nothing was restored and nothing changed; the message says why and what to do."""
