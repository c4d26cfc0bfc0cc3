from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from services.identity.domain.staff import RegistrationClosed
from services.identity.models import User
from services.identity.tests.conftest import AT, PASSWORD_HASH, audited
from services.identity.usecases.registration import EmailRegistered, ensure_an_admin, register_admin
from shared.context import Role
from shared.testing import published_types


@pytest.fixture
def hashes(app):
    return app.extensions["identity"].hashes


def register(uow, email="first@example.org", by=None):
    return register_admin(uow, by=by, email=email, password_hash=PASSWORD_HASH, at=AT)


def admin_count(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).where(User.role == Role.ADMIN))


def test_the_first_admin_registers_without_anybody(uow):
    admin = register(uow)
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)
    assert published_types(uow) == ["identity.user.created.v1"]
    assert audited(uow) == ["USER_CREATED"]


def test_twenty_strangers_at_once_make_one_admin(work, sessions):
    def try_to_register(number):
        try:
            with work() as uow:
                register(uow, f"stranger{number}@example.org")
        except RegistrationClosed:
            return 0
        return 1

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(try_to_register, range(20))) == 1
    assert admin_count(sessions) == 1


def test_registration_opens_again_when_no_admin_is_active(uow, a_user):
    a_user(Role.ADMIN, is_active=False)
    register(uow)


def test_an_address_in_use_is_refused_as_the_register_page_expects(uow, a_user):
    a_user(email="first@example.org")
    with pytest.raises(EmailRegistered, match="Email already exists"):
        register(uow)


def test_the_admin_of_the_environment_is_made_once(work, sessions, hashes):
    for _ in range(2):
        with work() as uow:
            ensure_an_admin(uow, hashes, email="admin@example.org", password="S3cret!pass", at=AT)
    assert admin_count(sessions) == 1


def test_the_admin_of_the_environment_can_sign_in(work, hashes):
    with work() as uow:
        assert ensure_an_admin(uow, hashes, email="admin@example.org", password="S3cret!pass", at=AT)
        made = uow.session.scalars(select(User)).one()
        assert hashes.matches("S3cret!pass", made.password_hash)
