"""What identity shows of staff, their sessions, notes on them and the settings, in answers and in the audit trail."""

from collections.abc import Callable, Mapping

from services.identity.domain.activity import Period, percentage
from services.identity.domain.institution import BACKUP_FREQUENCIES
from services.identity.domain.note import Category
from services.identity.domain.proof import Method
from services.identity.domain.staff import BulkOperation, ImportOutcome
from services.identity.domain.token import Purpose, token_id
from shared import shapes
from shared.context import Role

# The beginning of the id of a token tells one session from another, and opens nothing.
_SHOWN_OF_TOKEN_ID = 8


class Page(shapes.Shape):
    page = shapes.integer(of="number")
    limit = shapes.integer()
    total = shapes.integer()
    totalPages = shapes.integer(of="pages")
    pages = shapes.integer()


class Done(shapes.Shape):
    success = shapes.flag(always=True)


class Message(shapes.Shape):
    message = shapes.text(of=shapes.given("message"))


class Count(Message):
    count = shapes.integer(of=shapes.given("count"))


class Test(Message):
    timestamp = shapes.moment(of=shapes.given("at"))


class UserRef(shapes.Shape):
    id = shapes.identifier()
    email = shapes.text()
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class StaffRef(UserRef):
    role = shapes.choice(Role)


class UserSnapshot(UserRef):
    """An account as the audit trail keeps it: the picture by its path, nobody else in it, nothing secret."""

    phone = shapes.text(maybe=True)
    address = shapes.text(maybe=True)
    profileImage = shapes.text(maybe=True)
    role = shapes.choice(Role)
    isActive = shapes.flag()
    supervisorId = shapes.identifier(maybe=True)


class Profile(UserSnapshot):
    profileImage = shapes.public_file(maybe=True)
    supervisor = shapes.nested(UserRef, "supervisor_", maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class Impersonator(shapes.Shape):
    id = shapes.identifier()
    email = shapes.text()


class OwnProfile(Profile):
    """One's own account; who acts in it, when that is somebody else."""

    impersonatedBy = shapes.nested(Impersonator, "impersonator_", optional=True)
    passwordChangeRequired = shapes.flag(of=lambda must_change_password: must_change_password or None, optional=True)


class UserRow(Profile):
    loginCount = shapes.integer()
    lastLoginAt = shapes.moment(maybe=True)
    lastActivityAt = shapes.moment(maybe=True)


class UserDetail(UserRow):
    creditOfficers = shapes.listed(UserRef, of=shapes.given("officers"))


class UserList(shapes.Shape):
    """A page of accounts; the row is the page."""

    users = shapes.listed(UserRow, of=shapes.given("users"))
    paging = shapes.included(Page)


class ExportedUser(Profile):
    """What an account is, and not how often it is used."""

    lastLoginAt = shapes.moment(maybe=True)
    lastActivityAt = shapes.moment(maybe=True)


class Bulk(shapes.Shape):
    """What an operation on many accounts came to; all of it is given."""

    operation = shapes.choice(BulkOperation, of=shapes.given("operation"))
    requestedCount = shapes.integer(of=shapes.given("requested"))
    affectedCount = shapes.integer(of=shapes.given("affected"))
    message = shapes.text(of=shapes.given("message"))


class ImportFault(shapes.Shape):
    email = shapes.text(maybe=True)
    error = shapes.text()


class ImportVerdict(shapes.Shape):
    row = shapes.integer(of="number")
    email = shapes.text(maybe=True)
    verdict = shapes.choice(ImportOutcome, of="outcome")
    error = shapes.text(maybe=True)


def _number_of(outcome: ImportOutcome) -> Callable[..., int]:
    def number(*, counts: Mapping[str, int]) -> int:
        return counts[outcome]

    return number


class Import(shapes.Shape):
    """What became of the rows of a file, the faulty ones once more by themselves; all of it is given."""

    created = shapes.integer(of=_number_of(ImportOutcome.CREATED))
    updated = shapes.integer(of=_number_of(ImportOutcome.UPDATED))
    unchanged = shapes.integer(of=_number_of(ImportOutcome.UNCHANGED))
    failed = shapes.integer(of=_number_of(ImportOutcome.FAILED))
    errors = shapes.listed(ImportFault, of=shapes.given("faults"))
    rows = shapes.listed(ImportVerdict, of=shapes.given("verdicts"))
    dryRun = shapes.flag(of=shapes.given("is_rehearsal"))


class SignedInUser(StaffRef):
    """Whom the tokens are for."""


class Tokens(shapes.Shape):
    accessToken = shapes.text()
    refreshToken = shapes.text()
    expiresIn = shapes.integer(of="expires_in_seconds")


class Login(shapes.Shape):
    """A pair of tokens and whose it is. Unless the password has to be changed first, `passwordChangeRequired` is left
    out."""

    user = shapes.nested(SignedInUser, of=shapes.given("user"))
    passwordChangeRequired = shapes.flag(always=True)
    tokens = shapes.included(Tokens)

    @classmethod
    def schema(cls) -> shapes.Json:
        return super().schema() | {"required": sorted({*cls.fields} - {"passwordChangeRequired"})}


class Impersonation(shapes.Shape):
    user = shapes.nested(SignedInUser, of=shapes.given("user"))
    impersonatedBy = shapes.nested(Impersonator, of=shapes.given("admin"))
    tokens = shapes.included(Tokens)


class RegisteredUser(shapes.Shape):
    id = shapes.identifier()
    email = shapes.text()
    role = shapes.choice(Role)


class Registration(shapes.Shape):
    user = shapes.nested(RegisteredUser, of="row")
    message = shapes.text(of=shapes.given("message"))


class Session(shapes.Shape):
    """One of somebody's own sessions; of its token no more than what tells it from others."""

    id = shapes.identifier()
    jwtId = shapes.text(of=lambda id, rotation: token_id(id, Purpose.ACCESS, rotation)[:_SHOWN_OF_TOKEN_ID])
    ipAddress = shapes.text(maybe=True)
    userAgent = shapes.text(maybe=True)
    method = shapes.text(maybe=True)
    createdAt = shapes.moment(of="started_at")
    expiresAt = shapes.moment(of="access_expires_at")
    isCurrent = shapes.flag(of=lambda id, *, current: id == current)


class Provider(shapes.Shape):
    """Another way to sign in; the row is its name."""

    name = shapes.text(of="row")
    enabled = shapes.flag(of=lambda row, *, enabled: row in enabled)


def _sign_in_description(failure: str | None, method: str | None) -> str:
    """What happened, and how unless it was by the password as usual."""
    if failure:
        return f"Sign-in failed: {failure}"
    return "Signed in" if method in (None, Method.PASSWORD) else f"Signed in by {method.replace('-', ' ')}"


class SignIn(shapes.Shape):
    """One line of the sign-in history; the web client reads the time from `timestamp` and prints `description`."""

    id = shapes.identifier()
    userId = shapes.identifier()
    loginAt = shapes.moment(of="happened_at")
    timestamp = shapes.moment(of="happened_at")
    createdAt = shapes.moment(of="happened_at")
    ipAddress = shapes.text(maybe=True)
    userAgent = shapes.text(maybe=True)
    success = shapes.flag(of=lambda failure: failure is None)
    failureReason = shapes.text(maybe=True, of="failure")
    method = shapes.text(maybe=True)
    description = shapes.text(of=_sign_in_description)
    user = shapes.nested(StaffRef, id="user_id")


class History(shapes.Shape):
    """A page of the sign-in history, under the names of two pages of the web client; the row is the page."""

    loginHistory = shapes.listed(SignIn, of=shapes.given("sign_ins"))
    records = shapes.listed(SignIn, of=shapes.given("sign_ins"))
    pagination = shapes.nested(Page, of="row")


class Attempts(shapes.Shape):
    period = shapes.choice(Period, of=shapes.given("period"))
    totalLogins = shapes.integer(of="total")
    successfulLogins = shapes.integer(of="successful")
    failedLogins = shapes.integer(of="failed")
    successRate = shapes.number()


class LastSignIn(shapes.Shape):
    loginAt = shapes.moment(maybe=True, of="happened_at")
    ipAddress = shapes.text(maybe=True)
    userAgent = shapes.text(maybe=True)


class UserSummary(Attempts):
    lastLogin = shapes.nested(LastSignIn, of=shapes.given("last"), maybe=True)


class GroupSummary(Attempts):
    totalUsers = shapes.integer(of=shapes.given("users"))
    activeUsers = shapes.integer(of=shapes.given("active_users"))
    activityRate = shapes.number(of=lambda *, active_users, users: percentage(active_users, users))


class NoteSnapshot(shapes.Shape):
    """A note as the audit trail keeps it. That of an officer is read by their supervisor, a private note is not."""

    id = shapes.identifier()
    userId = shapes.identifier()
    createdByUserId = shapes.identifier(of="created_by")
    category = shapes.choice(Category)
    isPrivate = shapes.flag()
    title = shapes.text(of=lambda title, is_private: None if is_private else title, optional=True)
    content = shapes.text(of=lambda content, is_private: None if is_private else content, optional=True)


class Note(shapes.Shape):
    """A note, with whom it is about and who wrote it."""

    id = shapes.identifier()
    userId = shapes.identifier()
    title = shapes.text()
    content = shapes.text()
    category = shapes.choice(Category)
    isPrivate = shapes.flag()
    createdByUserId = shapes.identifier(of="created_by")
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    user = shapes.nested(StaffRef, "user_")
    createdBy = shapes.nested(UserRef, "author_", id="created_by")


class NoteList(shapes.Shape):
    """A page of notes; the row is the page."""

    notes = shapes.listed(Note, of=shapes.given("notes"))
    pagination = shapes.nested(Page, of="row")


class PublicSettings(shapes.Shape):
    """What anybody may know of the institution."""

    name = shapes.text()
    logo = shapes.public_file(maybe=True)
    loginLogo = shapes.public_file(maybe=True)
    favicon = shapes.public_file(maybe=True)
    theme = shapes.anything({"$ref": "#/components/schemas/ThemeBody"}, maybe=True)
    maintenanceMode = shapes.flag()
    maintenanceMessage = shapes.text(maybe=True)


class CompanySettings(PublicSettings):
    """All of it for admins; for others the public part."""

    id = shapes.text()
    email = shapes.text()
    phone = shapes.text(maybe=True)
    address = shapes.text(maybe=True)
    currency = shapes.text()
    currencySymbol = shapes.text()
    dateFormat = shapes.text()
    timeFormat = shapes.text()
    timezone = shapes.text()
    invoicePrefix = shapes.text()
    expensePrefix = shapes.text()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()

    @classmethod
    def schema(cls) -> shapes.Json:
        return super().schema() | {"required": sorted(PublicSettings.fields)}


class GeneralSettings(shapes.Shape):
    """Who may come in and how."""

    systemName = shapes.text()
    systemVersion = shapes.text()
    maintenanceMode = shapes.flag()
    maintenanceMessage = shapes.text(maybe=True)
    allowRegistration = shapes.flag()
    sessionTimeout = shapes.integer(of="session_timeout_hours")
    maxLoginAttempts = shapes.integer()
    passwordMinLength = shapes.integer()
    requirePasswordChange = shapes.flag()
    allowRepaymentReversal = shapes.flag()
    passwordsByCreator = shapes.flag()
    separationDays = shapes.integer()
    fourEyes = shapes.flag()
    fourEyesAmount = shapes.money()
    idleTimeout = shapes.integer(of="idle_timeout_hours")


class _Notifications(shapes.Shape):
    emailNotifications = shapes.flag()
    smsNotifications = shapes.flag()
    pushNotifications = shapes.flag()


class SystemSettings(shapes.Shape):
    """How the platform is run."""

    backupFrequency = shapes.choice(BACKUP_FREQUENCIES)
    logRetentionDays = shapes.integer()
    maxFileSize = shapes.integer()
    allowedFileTypes = shapes.listed(shapes.text())
    notificationSettings = shapes.nested(_Notifications)


class AllSettings(shapes.Shape):
    """Everything but the mail server, which holds a secret: as the audit trail keeps it, and as it is published."""

    company = shapes.included(CompanySettings)
    general = shapes.included(GeneralSettings)
    system = shapes.included(SystemSettings)


class PublishedSettings(shapes.Shape):
    """What the other services hear of them: all that is shown, and the logo as they print it."""

    all = shapes.included(AllSettings)
    printedLogo = shapes.text(maybe=True)


class Upload(shapes.Shape):
    url = shapes.public_file(of="path")


class Branding(shapes.Shape):
    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))
    logoPath = shapes.public_file(of="path")
