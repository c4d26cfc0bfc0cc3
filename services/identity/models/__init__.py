"""Tables of identity: staff and sessions, and the institution's settings."""

from services.identity.models.activity import SignIn
from services.identity.models.base import Base
from services.identity.models.credentials import AttemptCount, ExternalSignIn, OneTimeLink, RecoveryRequest
from services.identity.models.institution import CompanySetting
from services.identity.models.loans import LoanOfMember
from services.identity.models.notes import Note
from services.identity.models.requests import RequestCount, SpentId
from services.identity.models.staff import AdminLock, StaffSession, User

__all__ = [
    "AdminLock",
    "AttemptCount",
    "Base",
    "CompanySetting",
    "ExternalSignIn",
    "LoanOfMember",
    "Note",
    "OneTimeLink",
    "RecoveryRequest",
    "RequestCount",
    "SignIn",
    "SpentId",
    "StaffSession",
    "User",
]
