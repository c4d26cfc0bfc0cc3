"""Restores as the API shows them."""

from services.reporting.domain.restores import RestoreKind, RestoreState
from shared import shapes


class Leftover(shapes.Shape):
    """So many records of a section of a file that have no place here, or not as they are, and why."""

    section = shapes.text()
    reason = shapes.text()
    count = shapes.count()


class RestoreRecord(shapes.Shape):
    id = shapes.identifier()
    kind = shapes.choice(RestoreKind)
    state = shapes.choice(RestoreState)
    source = shapes.text()
    restoredTo = shapes.moment(of="cut_at", maybe=True)
    createdAt = shapes.moment()
    createdBy = shapes.identifier(maybe=True)
    finishedAt = shapes.moment(maybe=True)
    safetyBackupId = shapes.identifier(maybe=True)
    error = shapes.text(maybe=True)
    leftovers = shapes.listed(
        Leftover,
        of=shapes.given("leftovers"),
        description="What of the file of a replaced system was in the way; `leaveOut` goes on without it.",
    )


class LoginCredentials(shapes.Shape):
    email = shapes.text()


class ResetBegun(shapes.Shape):
    message = shapes.text()
    loginCredentials = shapes.nested(LoginCredentials)
