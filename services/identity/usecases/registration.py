"""The first admin, and the admins who register after it."""

from datetime import datetime

from services.identity.credentials.common_passwords import password_rules
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain.institution import check_may_know_password
from services.identity.domain.password import check_admin_password
from services.identity.domain.staff import check_registration
from services.identity.models import User
from services.identity.queries import accounts
from services.identity.queries.institution import Reading, current_settings
from services.identity.steps.new_staff import add_users, set_origin
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import DomainError
from shared.ids import new_id


class EmailRegistered(DomainError):
    """Somebody has registered with this address already."""


def admin_password_hash(
    reading: Reading,
    hashes: PasswordHashes,
    *,
    password: str,
    by: Actor | None,
) -> str:
    """The hash of the password somebody registers with, made before any transaction.

    Raises OwnPasswordOnly, WeakPassword, RegistrationClosed, TooManySignIns.
    """
    with reading() as connection:
        institution = current_settings(connection)
        if by:
            check_may_know_password(institution)
        check_admin_password(password, password_rules(institution.password_min_length))
        # Asked here so that strangers cannot make us hash, and again under the lock.
        check_registration(by.role if by else None, accounts.active_admins(connection))
    return hashes.make(password)


def register_admin(uow: UnitOfWork, *, by: Actor | None, email: str, password_hash: str, at: datetime) -> User:
    """Make an admin: the first one for anybody, the others for an admin. Raises RegistrationClosed, EmailRegistered."""
    accounts.lock_admins(uow.session)
    check_registration(by.role if by else None, accounts.active_admins(uow.connection))
    user = _admin(email, password_hash)
    if by:
        set_origin(user, by, at=at)
    try:
        add_users(uow, [user], at=at)
    except accounts.EmailTaken as error:
        raise EmailRegistered("Email already exists.", field="email") from error
    return user


def ensure_an_admin(uow: UnitOfWork, hashes: PasswordHashes, *, email: str, password: str, at: datetime) -> bool:
    """Make this admin unless there is an active one; returns whether it was made. Raises EmailTaken."""
    accounts.lock_admins(uow.session)
    if accounts.active_admins(uow.connection):
        return False
    add_users(uow, [_admin(email, hashes.make(password))], at=at)
    return True


def _admin(email: str, password_hash: str) -> User:
    return User(id=new_id(), email=email, password_hash=password_hash, role=Role.ADMIN, is_active=True)
