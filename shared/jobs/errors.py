"""What is wrong with a job, or with asking for one."""

from shared.errors import Conflict, Forbidden, NotFound


class TooManyJobs(Conflict):
    """As many files as somebody may wait for at once are being made for them."""


class JobNotFound(NotFound):
    """No job of this person has this id; what it made may have expired."""


class FileNotReady(Conflict):
    """The job has no file: it is not done yet, or it failed."""


class FileOutOfScope(NotFound):
    """The file has figures or names in it that the person who had it made may see no more."""


class PersonGone(Forbidden):
    """Who asked for the file is no longer on the staff."""


class JobLost(Exception):
    """The job was canceled, or another worker has taken it."""
