"""Fixtures of identity's tests. People sign in for real; only the hashes are cheap."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, select, text

from services.identity.__main__ import SERVICE
from services.identity.credentials.keys import new_signing_key
from services.identity.credentials.passwords import PasswordHashes
from services.identity.credentials.tokens import TokenSigner
from services.identity.domain.proof import Proof
from services.identity.domain.session import Lifetimes
from services.identity.domain.token import Grant, access_claims, refresh_claims
from services.identity.models import User
from services.identity.queries.institution import settings_for_update
from services.identity.steps.new_staff import add_users
from services.identity.steps.sessions import SignedIn as SignedInUser
from services.identity.usecases.sign_in import SignInPolicy, sign_in_with_password
from shared.clock import now
from shared.context import NOBODY, Actor, Context, Role
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.directory.tables import directory_union
from shared.errors import DomainError
from shared.ids import new_id
from shared.internal_requests import InternalRequest, sign
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.seals import Seal
from shared.testing import INTERNAL_SECRET, Fixtures, SignedIn, event_keys

KEYS = json.dumps(new_signing_key())
TOKENS = TokenSigner(KEYS)
LIFETIMES = Lifetimes(timedelta(days=7), timedelta(days=30))
PASSWORD = "correct horse"
PASSWORD_HASH = PasswordHashes(cost=4, at_once=1, places=1).make(PASSWORD)
AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)

fixtures = Fixtures(
    SERVICE,
    signing_keys=KEYS,
    bcrypt_cost=4,
)
database, settings, sessions = fixtures.database, fixtures.settings, fixtures.sessions
uow, app, client = fixtures.uow, fixtures.app, fixtures.client
statements = fixtures.statements

Work = Callable[..., AbstractContextManager[UnitOfWork]]


@pytest.fixture
def work(sessions: Sessions) -> Work:
    """Opens a unit of work that commits, on behalf of an actor or of nobody."""

    def open_work(by: Actor | None = None) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(sessions, "identity", Context(actor=by) if by else NOBODY)

    return open_work


@pytest.fixture
def a_user(work: Work) -> Callable[..., User]:
    """Makes a committed account, by default of an active credit officer; the password is PASSWORD."""

    def make(role: Role = Role.CREDIT_OFFICER, **facts: Any) -> User:
        user_id = new_id()
        email = f"{role.lower()}-{user_id.hex[-6:]}@example.org"
        facts = {"email": email, "first_name": "Ada", "last_name": "Obi", "is_active": True} | facts
        with work() as uow:
            user = User(id=user_id, role=role, **({"password_hash": PASSWORD_HASH} | facts))
            add_users(uow, [user], at=AT)
        return user

    return make


@pytest.fixture
def sign_in(work: Work) -> Callable[[User], SignedIn]:
    """Starts a session of an account; who comes back may call the API."""

    def start(user: User) -> SignedIn:
        with work() as uow:
            _, grant = begin(uow, user, at=now())
        actor = Actor(user.id, user.email, user.role, grant.session_id)
        return SignedIn(actor, {"Authorization": f"Bearer {TOKENS.sign(access_claims(grant))}"})

    return start


@pytest.fixture
def admin(a_user: Callable[..., User], sign_in: Callable[[User], SignedIn]) -> SignedIn:
    return sign_in(a_user(Role.ADMIN))


@pytest.fixture
def supervisor(a_user: Callable[..., User], sign_in: Callable[[User], SignedIn]) -> SignedIn:
    return sign_in(a_user(Role.SUPERVISOR))


@pytest.fixture
def officer(a_user: Callable[..., User], sign_in: Callable[[User], SignedIn], supervisor: SignedIn) -> SignedIn:
    """A credit officer under `supervisor`."""
    return sign_in(a_user(supervisor_id=supervisor.id))


def begin(uow: UnitOfWork, user: User, *, at: datetime = AT, sessions_per_user: int = 3) -> tuple[User, Grant]:
    """Start a session of somebody whose password was right."""
    outcome = try_to_begin(uow, user, at=at, sessions_per_user=sessions_per_user)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome.user, outcome.grant


def try_to_begin(
    uow: UnitOfWork, user: User, *, at: datetime = AT, sessions_per_user: int = 3
) -> SignedInUser | DomainError:
    """What becomes of it when somebody's password was right."""
    proof = Proof(user_id=user.id, password_hash=user.password_hash)
    policy = SignInPolicy(LIFETIMES, sessions_per_user, failures_per_network=100)
    return sign_in_with_password(uow, email=user.email, proof=proof, policy=policy, is_remembered=True, at=at)


def signed(target: str, method: str = "GET", body: bytes = b"", *, at: datetime | None = None) -> dict[str, str]:
    """The header with which the gateway asks for something inside."""
    request = InternalRequest(caller="gateway", called="identity", method=method, target=target, body=body)
    return {"Authorization": sign(request, INTERNAL_SECRET, at=at or now())}


def refresh_token(grant: Grant) -> str:
    return TOKENS.sign(refresh_claims(grant))


def with_settings(uow: UnitOfWork, **settings: Any) -> None:
    """Let the settings of the institution be these."""
    row = settings_for_update(uow.session)
    for name, value in settings.items():
        setattr(row, name, value)
    uow.session.flush()


def notices(sessions: Sessions, kind: str = "") -> list[Envelope]:
    """What was published to be written to people, oldest first; only events of this kind, as `password.changed`."""
    with sessions() as session:
        bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.seq)).all()
    events = [Envelope.from_json(body) for body in bodies]
    others = ("user", "session", "settings", "audit")
    return [
        event
        for event in events
        if event.type.split(".")[1] not in others and kind in ("", event.type[len("identity.") : -len(".v1")])
    ]


def mailed_links(sessions: Sessions, settings: Any) -> list[str]:
    """The links that are to be mailed, oldest first, as notifications reads them."""
    seal = Seal([event_keys("notifications").checking["identity"].hex()])
    return [seal.open(event.data["sealed_link"]) for event in notices(sessions, "recovery.requested")]


def secret_of(link: str) -> str:
    """What makes a mailed link worth something."""
    return parse_qs(urlsplit(link).query)["token"][0]


def everything_kept(sessions: Sessions) -> str:
    """Every row of every table, as text."""
    with sessions() as session:
        named = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).all()
        rows = [session.scalars(text(f'SELECT t::text FROM "{name}" AS t')).all() for name in named]
    return "\n".join(row for of_table in rows for row in of_table)


def give_union(uow: UnitOfWork, officer: User) -> None:
    """Let identity know of a union somebody manages."""
    row = {
        "id": new_id(), "name": "Market Women", "officer_id": officer.id, "is_deleted": False,
        "created_at": AT, "updated_at": AT, "version": 1,
    }  # fmt: skip
    uow.session.execute(insert(directory_union).values(row))


def audited(uow: UnitOfWork) -> list[str]:
    """The actions of the audit entries this unit of work leaves."""
    return [envelope.data["action"] for envelope in uow.published if ".audit." in envelope.type]
