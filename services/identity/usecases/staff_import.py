"""Taking in many members of staff from a file: a verdict for each row. A file that comes twice changes nothing more."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.identity.credentials.common_passwords import password_rules
from services.identity.credentials.passwords import NO_PASSWORD, PasswordHashes
from services.identity.domain import staff
from services.identity.domain.institution import Institution, OwnPasswordOnly, check_may_know_password
from services.identity.domain.password import WeakPassword, check_password
from services.identity.domain.staff import ImportOutcome, InvalidSupervisor, Standing, SupervisorHasOfficers
from services.identity.models import User
from services.identity.queries import accounts
from services.identity.queries.institution import Reading, read_settings
from services.identity.steps.new_staff import add_users, set_origin, welcome
from services.identity.steps.staff_changes import ChangeContext, Decided, decide_change, standing_of, write_changes
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Conflict, DomainError, RuleViolated
from shared.ids import new_id

# Each is a quarter of a second of hashing.
MAX_PASSWORDS = 20


class EmailTwice(Conflict):
    """Two rows of one file speak of the same account."""


class NameMissing(RuleViolated):
    """Somebody new comes with a first and a last name."""


class TooManyPasswords(RuleViolated):
    """Hashing them would take longer than anybody waits."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row as it was read. `facts` are columns of User, the role always among them, maybe a `password`, and maybe
    `supervisor_email`, which counts more than `supervisor_id`. `fault` says why a row could not be read."""

    number: int
    email: str | None
    facts: Mapping[str, Any]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row, or would have; `error` says why it failed."""

    number: int
    email: str | None
    outcome: ImportOutcome
    error: str | None = None


def with_hashes(
    reading: Reading, hashes: PasswordHashes, rows: Sequence[ImportRow], *, is_rehearsal: bool
) -> list[ImportRow]:
    """The rows with a hash in place of each password, or with what is wrong with that; made before any transaction. A
    rehearsal makes none. Raises TooManyPasswords, TooManySignIns."""
    if sum(bool(row.facts.get("password")) for row in rows) > MAX_PASSWORDS:
        message = f"At most {MAX_PASSWORDS} rows may have a password; the others get a mail to choose one."
        raise TooManyPasswords(message, field="password")
    institution = read_settings(reading)
    make = (lambda _: NO_PASSWORD) if is_rehearsal else hashes.make
    return [_with_hash(row, institution, make) for row in rows]


def _with_hash(row: ImportRow, institution: Institution, make: Callable[[str], str]) -> ImportRow:
    facts = dict(row.facts)
    password = facts.pop("password", None)
    try:
        if password:
            check_may_know_password(institution)
            check_password(password, password_rules(institution.password_min_length))
    except (WeakPassword, OwnPasswordOnly) as error:
        return replace(row, facts={}, fault=error.message)
    return replace(row, facts=facts | {"password_hash": make(password) if password else NO_PASSWORD})


def import_staff(
    uow: UnitOfWork, *, by: Actor, rows: Sequence[ImportRow], login_url: str, is_rehearsal: bool, at: datetime
) -> list[Verdict]:
    """Take in those who are new and change those whose address has an account, row by row in their order; a row that
    breaks a rule is left out and says why. A rehearsal gives the same verdicts and writes nothing. A password is for
    somebody new: nobody else's is changed.

    Raises EmailTaken when somebody else takes one of the people in at the same moment.
    """
    plan = _Plan(uow, by, rows, at)
    verdicts = [plan.judge(row) for row in rows]
    if not is_rehearsal:
        _write(uow, by, plan, verdicts, at=at)
        welcome(uow, plan.new, login_url=login_url, at=at)
    return verdicts


def counted(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many rows had each outcome."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return {outcome.value: counts[outcome] for outcome in ImportOutcome}


def _write(uow: UnitOfWork, by: Actor, plan: "_Plan", verdicts: Sequence[Verdict], *, at: datetime) -> None:
    # Before the changes, which may name the new ones as supervisors.
    add_users(uow, plan.new, at=at)
    write_changes(uow, by=by, decided=plan.decided, at=at)
    # About many accounts; it stands with the one that did it.
    uow.audit(action="USERS_IMPORTED", entity_name="User", entity_id=by.id, metadata=counted(verdicts))


class _Plan:
    """What the rows judged so far come to: `new` accounts, and changes `decided` of those that exist."""

    def __init__(self, uow: UnitOfWork, by: Actor, rows: Sequence[ImportRow], at: datetime) -> None:
        self.new: list[User] = []
        self.decided: list[Decided] = []
        self._by, self._at = by, at
        self._seen: set[str] = set()
        supervisors = {email for row in rows if (email := row.facts.get("supervisor_email"))}
        users = accounts.users_by_email(uow.session, supervisors | {row.email for row in rows if row.email})
        self._by_email = {user.email: user for user in users}
        by_id = {supervisor_id for row in rows if (supervisor_id := row.facts.get("supervisor_id"))}
        ids = {user.id for user in users}
        self._context = ChangeContext(uow, ids, ids | by_id)
        self._supervising = supervisors | {user.email for user in users if user.id in by_id}

    def judge(self, row: ImportRow) -> Verdict:
        """What becomes of the next row."""
        if row.fault or row.email is None:
            return Verdict(row.number, row.email, ImportOutcome.FAILED, row.fault)
        try:
            if row.email in self._seen:
                raise EmailTwice("An earlier row has the same email.", field="email")
            self._seen.add(row.email)
            user = self._by_email.get(row.email)
            outcome = self._change(user, row.facts) if user else self._add(row.email, row.facts)
        except DomainError as error:
            return Verdict(row.number, row.email, ImportOutcome.FAILED, error.message)
        return Verdict(row.number, row.email, outcome)

    def _add(self, email: str, facts: Mapping[str, Any]) -> ImportOutcome:
        if not {"first_name", "last_name"} <= facts.keys():
            raise NameMissing("Somebody new needs a first and a last name.", field="first_name")
        user = User(id=new_id(), email=email, **({"is_active": True} | self._columns(facts)))
        set_origin(user, self._by, at=self._at)
        if user.supervisor_id:
            supervisor = self._context.supervisor(user.supervisor_id)
            staff.check_supervision(user.id, user.role, user.supervisor_id, supervisor)
        self.new.append(user)
        self._by_email[email] = user
        self._context.expect(user.id, None, standing_of(user))
        return ImportOutcome.CREATED

    def _change(self, user: User, facts: Mapping[str, Any]) -> ImportOutcome:
        columns = self._columns(facts)
        del columns["password_hash"]
        becomes = Standing(columns["role"], columns.get("is_active", user.is_active))
        if user.email in self._supervising and (becomes.role is Role.CREDIT_OFFICER or not becomes.is_active):
            raise SupervisorHasOfficers("Other rows name this person as their supervisor.", field="role")
        changes = decide_change(self._by, user, columns, self._context)
        self.decided.append((user, changes))
        return ImportOutcome.UPDATED if changes else ImportOutcome.UNCHANGED

    def _columns(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts as columns of User. Raises InvalidSupervisor when nobody has the address of the supervisor, yet."""
        columns = {name: value for name, value in facts.items() if name != "supervisor_email"}
        if "supervisor_email" in facts:
            email = facts["supervisor_email"]
            if email and email not in self._by_email:
                raise InvalidSupervisor("Supervisor not found.", field="supervisor_email")
            columns["supervisor_id"] = self._by_email[email].id if email else None
        return columns
