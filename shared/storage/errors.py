"""What goes wrong with files. `shared.web.problems` gives each its HTTP status."""

from shared.errors import Conflict, DomainError, NotFound


class FileTooLarge(DomainError):
    """More bytes, or more pixels, than are taken here."""


class FileRefused(DomainError):
    """Not of a type that is taken here, whatever its name says."""


class FileMissing(NotFound):
    """The bytes are not there, or not for the person who asks."""


class UploadForgotten(Conflict):
    """The bytes waited so long for their row that they were swept away."""


class StorageUnavailable(Exception):
    """The storage cannot be asked just now."""
