"""Changing a password, and getting a new one without knowing the old."""

from flask import Blueprint, Response

from services.identity.api.bodies.auth import (
    OwnPasswordBody,
    PasswordChangeBody,
    PasswordResetBody,
    PasswordResetConfirmBody,
)
from services.identity.api.dependencies import dependencies
from services.identity.domain.password import CurrentPasswordIncorrect, check_may_change_password
from services.identity.domain.proof import Proof
from services.identity.domain.recovery import LinkPurpose
from services.identity.steps.attempts import check_may_guess, count_wrong_guess
from services.identity.steps.new_passwords import keep_new_password
from services.identity.usecases.passwords import LinkRefused, change_own_password, reset_password
from shared.clock import now
from shared.db import UnitOfWork
from shared.web.auth import current_actor, public, requires
from shared.web.envelope import success
from shared.web.schema import documented, load
from shared.web.transactions import in_transaction, reading, transactional

passwords = Blueprint("passwords", __name__)


@passwords.put("/auth/change-password")
@requires(before_password_change=True)
@documented("Change one's password and end all one's sessions", name="change_own_password", body=PasswordChangeBody)
def put_change_password() -> Response:
    """Change one's own password, with the present one as proof. All of one's sessions end, this one included."""
    body = load(PasswordChangeBody)
    return _change(body["current_password"], body["new_password"], keep_session=False)


@passwords.put("/settings/password")
@requires(before_password_change=True)
@documented(
    "Change one's password and end one's other sessions", name="change_password_in_settings", body=OwnPasswordBody
)
def put_own_password() -> Response:
    """Change one's own password from the settings page; this session stays, one's others end.

    The present password is checked when it is sent.
    """
    body = load(OwnPasswordBody)
    return _change(body["current_password"], body["new_password"], keep_session=True)


def _change(current: str | None, new: str, *, keep_session: bool) -> Response:
    actor = current_actor()
    check_may_change_password(actor, actor.email, dependencies().protected)
    proof = _prove_current(current) if current else None
    password_hash = keep_new_password(dependencies().provider, reading, proof=proof, password=new, is_mixed=True)
    return _write(password_hash=password_hash, proof=proof, keep_session=keep_session)


def _prove_current(password: str) -> Proof:
    actor = current_actor()
    with reading() as connection:
        check_may_guess(connection, actor.id, at=now())
    proof = dependencies().provider.prove_password(reading, email=actor.email, password=password)
    if proof is None or proof.user_id != actor.id:
        in_transaction(lambda uow: count_wrong_guess(uow, actor.id, at=now()))
        raise CurrentPasswordIncorrect
    return proof


@transactional
def _write(uow: UnitOfWork, password_hash: str | None, proof: Proof | None, keep_session: bool) -> Response:
    change_own_password(
        uow, by=current_actor(), password_hash=password_hash, proof=proof, keep_session=keep_session, at=now()
    )
    return success(None, "Password changed successfully")


@passwords.post("/auth/reset-password")
@public
@documented("Set a new password by a mailed link", name="reset_password", body=PasswordResetBody)
def post_reset_password() -> Response:
    """Set a new password with the address and the token of a mailed link, which is good once. All sessions of the
    account end."""
    return _reset(**load(PasswordResetBody))


# The name of the first design of this API.
@passwords.post("/auth/password-reset/confirm")
@public
@documented("Set a new password by a mailed link", name="confirm_password_reset", body=PasswordResetConfirmBody)
def post_password_reset_confirm() -> Response:
    """Set a new password with the token of a mailed link alone. All sessions of the account end."""
    return _reset(**load(PasswordResetConfirmBody))


def _reset(email: str | None, token: str, new_password: str) -> Response:
    # Proved first, so that only who holds a link can make us hash.
    proof = dependencies().provider.prove_link(reading, purpose=LinkPurpose.PASSWORD_RESET, email=email, token=token)
    if proof is None:
        raise LinkRefused
    password_hash = keep_new_password(
        dependencies().provider, reading, proof=proof, password=new_password, is_mixed=False
    )
    return _write_reset(proof=proof, password_hash=password_hash)


@transactional
def _write_reset(uow: UnitOfWork, proof: Proof, password_hash: str | None) -> Response:
    reset_password(uow, proof=proof, password_hash=password_hash, at=now())
    return success(None, "Password reset successfully")
