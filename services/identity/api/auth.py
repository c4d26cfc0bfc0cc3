"""Signing in and out, and who one is."""

from uuid import UUID

from flask import Blueprint, Response, current_app, g, request

from services.identity import shapes
from services.identity.api.authority import current_account, note_activity
from services.identity.api.bodies.auth import LoginBody, RefreshBody, RegistrationBody
from services.identity.api.dependencies import dependencies
from services.identity.api.tokens import (
    REFRESH_COOKIE,
    signed_in,
    tokens_answer,
    without_cookies,
    without_kept_answers,
)
from services.identity.domain.proof import Proof
from services.identity.domain.token import Purpose
from services.identity.steps.attempts import Attempt, check_may_try, count_request
from services.identity.usecases.registration import admin_password_hash, register_admin
from services.identity.usecases.sessions import end_session, refresh_session
from services.identity.usecases.sign_in import sign_in_with_password
from shared.clock import now
from shared.db import UnitOfWork
from shared.errors import DomainError
from shared.fields import refuse
from shared.impersonation import check_acts_as_oneself
from shared.web.auth import PasswordChangeRequired, SignInRequired, authenticate, public, requires
from shared.web.envelope import success
from shared.web.problems import answer_to, problem
from shared.web.schema import documented, load
from shared.web.transactions import in_transaction, reading, request_context, transactional
from shared.wording import REQUIRED

auth = Blueprint("auth", __name__, url_prefix="/auth")


@auth.post("/login")
@public
@documented("Sign in", name="sign_in", body=LoginBody, answer=shapes.Login)
def post_login() -> Response:
    """Begin a session with e-mail address and password.

    The pair of tokens is in the body and in cookies. `rememberMe` false makes cookies that end with the browser. Ten
    wrong passwords in a quarter of an hour, as the settings say, close the address for a while.
    `passwordChangeRequired` is there when nothing else is possible before `PUT /auth/change-password`.
    """
    body = load(LoginBody)
    email, password = body["email"], body["password"]
    with reading() as connection:
        check_may_try(connection, Attempt(email, request_context().ip_address), at=now())
    proof = dependencies().provider.prove_password(reading, email=email, password=password)
    return _sign_in(email=email, proof=proof, is_remembered=body["is_remembered"])


@transactional
def _sign_in(uow: UnitOfWork, email: str, proof: Proof | None, is_remembered: bool) -> Response:
    outcome = sign_in_with_password(
        uow, email=email, proof=proof, policy=dependencies().policy, is_remembered=is_remembered, at=now()
    )
    return answer_to(outcome) if isinstance(outcome, DomainError) else signed_in(outcome)


@auth.post("/refresh")
@public
@documented(
    "Get the next pair of tokens", name="refresh_tokens", body=RefreshBody, optional_body=True, answer=shapes.Tokens
)
def post_refresh() -> Response:
    """Exchange a refresh token, from the body or the cookie, for a new pair.

    Each refresh token is good once. One that comes a second time ends the session, because somebody else may hold it.
    """
    token = load(RefreshBody, optional=True)["refresh_token"] or request.cookies.get(REFRESH_COOKIE)
    if not token:
        raise refuse("refreshToken", REQUIRED)
    claims = dependencies().tokens.claims_of(token, Purpose.REFRESH)
    return _refresh(session_id=UUID(claims["sid"]), rotation=claims["rotation"])


@transactional
def _refresh(uow: UnitOfWork, session_id: UUID, rotation: int) -> Response:
    lifetimes = dependencies().policy.lifetimes
    grant = refresh_session(uow, session_id=session_id, rotation=rotation, lifetimes=lifetimes, at=now())
    if grant is None:
        # Answered, not raised: an error would undo the revocation.
        return problem(401, "This refresh token was used before. Please sign in again.", "refresh-token-reused")
    return tokens_answer(shapes.Tokens, grant, "Token refreshed")


@auth.post("/logout")
@public
@documented("Sign out; a token that is dead already is as good as another", name="sign_out")
def post_logout() -> Response:
    """End the session of the bearer token and take the cookies away. A token that has expired is accepted too. A
    browser that is signed in by cookie also forgets the answers it has kept."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired("Authentication is required.")
    claims = dependencies().tokens.claims_of(token, Purpose.ACCESS, expired_too=True)
    return _sign_out(session_id=UUID(claims["sid"]))


@transactional
def _sign_out(uow: UnitOfWork, session_id: UUID) -> Response:
    end_session(uow, session_id=session_id, at=now())
    return without_cookies(without_kept_answers(success(None, "Logout successful")))


@auth.get("/me")
@requires(before_password_change=True)
@documented("Who one is", name="get_own_account", answer=shapes.OwnProfile)
def get_me() -> Response:
    """The account that the token stands for. While an admin acts as somebody else, `impersonatedBy` names the admin.

    Not counted by the limits, and answered during maintenance too.
    """
    note_activity()
    return success(shapes.OwnProfile.of(current_account()), "Profile retrieved successfully")


@auth.post("/register")
@public
@documented(
    "Become the first admin, or make another one",
    name="register_admin",
    body=RegistrationBody,
    answer=shapes.Registration,
    status=201,
)
def post_register() -> Response:
    """Make the first admin of a new installation, without a sign-in; with an admin's token, another admin.

    Closed once there are as many admins as the configuration allows.
    """
    body = load(RegistrationBody)
    extension = current_app.extensions["mp"]
    g.actor = authenticate(extension.verifier, extension.authority) if "Authorization" in request.headers else None
    if g.actor and g.actor.must_change_password:
        raise PasswordChangeRequired("Please change your password first.")
    check_acts_as_oneself(g.actor)
    if g.actor is None:
        in_transaction(lambda uow: _count_registration(uow, body["email"]))
    password_hash = admin_password_hash(reading, dependencies().hashes, password=body["password"], by=g.actor)
    return _register(email=body["email"], password_hash=password_hash)


def _count_registration(uow: UnitOfWork, email: str) -> None:
    limits = dependencies().request_limits
    attempt = Attempt(email, uow.context.ip_address)
    count_request(uow, "register", attempt, per_email=limits.per_email, per_network=limits.per_network, at=now())


@transactional
def _register(uow: UnitOfWork, email: str, password_hash: str) -> Response:
    user = register_admin(uow, by=g.actor, email=email, password_hash=password_hash, at=now())
    message = "Admin registered successfully"
    return success(shapes.Registration.of(user, message=message), message, status=201)


@auth.get("/test")
@public
@documented("Whether this answers", name="test_auth", answer=shapes.Test)
def get_test() -> Response:
    """Answers without looking at anything, to see whether this service is reached."""
    message = "Auth routes are working"
    return success(shapes.Test.of(message=message, at=now()), message)
