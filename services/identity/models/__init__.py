"""Tables of identity: staff and sessions, the institution's settings, its mail."""

from services.identity.models.activity import SignIn
from services.identity.models.base import Base
from services.identity.models.credentials import AttemptCount, ExternalSignIn, OneTimeLink, RecoveryRequest
from services.identity.models.dues import LoanDues, LoanTypeName
from services.identity.models.institution import CompanySetting, EmailSetting
from services.identity.models.loans import LoanOfMember
from services.identity.models.mail import EmailTemplate, Mail
from services.identity.models.notes import Note
from services.identity.models.requests import RequestCount, SpentId
from services.identity.models.staff import AdminLock, StaffSession, User

__all__ = [
    "AdminLock",
    "AttemptCount",
    "Base",
    "CompanySetting",
    "EmailSetting",
    "EmailTemplate",
    "ExternalSignIn",
    "LoanDues",
    "LoanOfMember",
    "LoanTypeName",
    "Mail",
    "Note",
    "OneTimeLink",
    "RecoveryRequest",
    "RequestCount",
    "SignIn",
    "SpentId",
    "StaffSession",
    "User",
]
