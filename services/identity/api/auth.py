"""Signing in and out, and who one is."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, request

from services.identity.api import wire
from services.identity.api.authority import current_account
from services.identity.api.parts import parts
from services.identity.api.schemas import (
    LoginAnswer,
    LoginBody,
    ProfileAnswer,
    RefreshBody,
    RegistrationAnswer,
    RegistrationBody,
    TokensAnswer,
)
from services.identity.domain.token import Grant, Purpose, access_claims, refresh_claims
from services.identity.usecases.registration import admin_password_hash, register_admin
from services.identity.usecases.sessions import Proof, end_session, prove_password, refresh_session, start_session
from shared.clock import now
from shared.db import UnitOfWork
from shared.fields import refuse
from shared.web.auth import SignInRequired, authenticate, public, requires
from shared.web.envelope import success
from shared.web.problems import problem
from shared.web.schema import documented, load
from shared.web.transactions import reading, transactional

auth = Blueprint("auth", __name__, url_prefix="/auth")

_ACCESS, _REFRESH = "access_token", "refresh_token"
# The second goes only where it is of use; browsers see our paths behind the gateway's prefix.
_COOKIES: dict[str, dict[str, Any]] = {
    _ACCESS: {"path": "/", "samesite": "Lax", "httponly": True},
    _REFRESH: {"path": "/api/auth", "samesite": "Strict", "httponly": True},
}


@auth.post("/login")
@public
@documented("Sign in", body=LoginBody, answer=LoginAnswer)
def post_login() -> Response:
    proof = prove_password(reading, parts().hashes, **load(LoginBody))
    return _sign_in(proof=proof)


@transactional
def _sign_in(uow: UnitOfWork, proof: Proof) -> Response:
    lifetimes, limit = parts().lifetimes, parts().sessions_per_user
    user, grant = start_session(uow, proof=proof, lifetimes=lifetimes, sessions_per_user=limit, at=now())
    return _tokens(grant, "Login successful", user=wire.user_ref(user) | {"role": user.role.value})


@auth.post("/refresh")
@public
@documented("Get the next pair of tokens", body=RefreshBody, optional_body=True, answer=TokensAnswer)
def post_refresh() -> Response:
    token = load(RefreshBody, optional=True)["refresh_token"] or request.cookies.get(_REFRESH)
    if not token:
        raise refuse("refreshToken", "Missing data for required field.")
    claims = parts().tokens.read(token, Purpose.REFRESH)
    return _refresh(session_id=UUID(claims["sid"]), rotation=claims["rotation"])


@transactional
def _refresh(uow: UnitOfWork, session_id: UUID, rotation: int) -> Response:
    grant = refresh_session(uow, session_id=session_id, rotation=rotation, lifetimes=parts().lifetimes, at=now())
    if grant is None:
        # Answered, not raised: an error would undo the revocation.
        return problem(401, "This refresh token was used before. Please sign in again.", "refresh-token-reused")
    return _tokens(grant, "Token refreshed")


def _tokens(grant: Grant, message: str, **data: Any) -> Response:
    tokens, lifetimes = parts().tokens, parts().lifetimes
    pair = {
        _ACCESS: tokens.sign(access_claims(grant, lifetimes)),
        _REFRESH: tokens.sign(refresh_claims(grant, lifetimes)),
    }
    seconds = {_ACCESS: lifetimes.access.total_seconds(), _REFRESH: lifetimes.refresh.total_seconds()}
    data |= {"accessToken": pair[_ACCESS], "refreshToken": pair[_REFRESH], "expiresIn": int(seconds[_ACCESS])}
    answer = success(data, message)
    for name, token in pair.items():
        age = int(seconds[name])
        answer.set_cookie(name, token, max_age=age, secure=parts().secure_cookies, **_COOKIES[name])
    return answer


@auth.post("/logout")
@public
@documented("Sign out; a token that is dead already is as good as another")
def post_logout() -> Response:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired("Authentication is required.")
    claims = parts().tokens.read(token, Purpose.ACCESS, expired_too=True)
    return _sign_out(session_id=UUID(claims["sid"]))


@transactional
def _sign_out(uow: UnitOfWork, session_id: UUID) -> Response:
    end_session(uow, session_id=session_id, at=now())
    answer = success(None, "Logout successful")
    for name, attributes in _COOKIES.items():
        answer.delete_cookie(name, secure=parts().secure_cookies, **attributes)
    return answer


@auth.get("/me")
@requires()
@documented("Who one is", answer=ProfileAnswer)
def get_me() -> Response:
    return success(wire.profile(current_account()), "Profile retrieved successfully")


@auth.post("/register")
@public
@documented("Become the first admin, or make another one", body=RegistrationBody, answer=RegistrationAnswer, status=201)
def post_register() -> Response:
    body = load(RegistrationBody)
    extension = current_app.extensions["mp"]
    g.actor = authenticate(extension.verifier, extension.authority) if "Authorization" in request.headers else None
    password_hash = admin_password_hash(reading, parts().hashes, password=body["password"], by=g.actor)
    return _register(email=body["email"], password_hash=password_hash)


@transactional
def _register(uow: UnitOfWork, email: str, password_hash: str) -> Response:
    user = register_admin(uow, by=g.actor, email=email, password_hash=password_hash, at=now())
    message = "Admin registered successfully"
    made = {"id": str(user.id), "email": user.email, "role": user.role.value}
    return success({"user": made, "message": message}, message, status=201)
