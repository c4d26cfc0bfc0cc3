"""Restores as the API shows them."""

from services.reporting.domain.restores import RestoreKind, RestoreState
from shared import shapes


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


class LoginCredentials(shapes.Shape):
    email = shapes.text()


class ResetBegun(shapes.Shape):
    message = shapes.text()
    loginCredentials = shapes.nested(LoginCredentials)
