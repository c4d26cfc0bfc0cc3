from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from services.identity.domain.staff import HasDependants, LastAdmin, OwnAccount
from services.identity.models import StaffSession, User
from services.identity.queries.accounts import UserNotFound
from services.identity.tests.conftest import AT, audited, begin, give_union
from services.identity.usecases.staff import remove_users
from shared.context import Role
from shared.testing import an_actor, published_types


@pytest.fixture
def boss():
    return an_actor(Role.ADMIN)


def remove(uow, by, *users):
    return remove_users(uow, by=by, user_ids=[user.id for user in users], at=AT)


def test_who_is_removed_is_told_of_and_signed_out(work, uow, boss, a_user):
    officer = a_user()
    with work() as signing_in:
        begin(signing_in, officer)
    remove(uow, boss, officer)
    uow.session.flush()
    assert uow.session.get(User, officer.id).deleted_at == AT
    assert uow.session.scalars(select(StaffSession.revoked_reason)).all() == ["account-deleted"]
    assert published_types(uow) == ["identity.user.deleted.v1", "identity.session.revoked.v1"]
    assert audited(uow) == ["USER_DELETED"]


def test_nobody_removes_themselves_or_whom_others_depend_on(uow, boss, a_user):
    officer, supervisor, free = a_user(), a_user(Role.SUPERVISOR), a_user()
    a_user(supervisor_id=supervisor.id, first_name="Ngozi", last_name="Eze")
    give_union(uow, officer)
    for user, reason in ((officer, "Market Women"), (supervisor, "Ngozi Eze")):
        with pytest.raises(HasDependants, match=reason):
            remove(uow, boss, free, user)
    with pytest.raises(OwnAccount):
        remove(uow, an_actor(Role.ADMIN, free.id), free)
    assert uow.session.get(User, free.id).deleted_at is None


def test_who_was_removed_before_is_not_there(uow, boss, a_user):
    gone = a_user(deleted_at=AT)
    with pytest.raises(UserNotFound):
        remove(uow, boss, gone)


def test_two_admins_who_remove_each_other_at_once_leave_one(work, sessions, a_user):
    for _ in range(5):
        admins = [a_user(Role.ADMIN), a_user(Role.ADMIN)]

        def try_to_remove(pair):
            by, other = pair
            try:
                with work() as uow:
                    remove(uow, an_actor(Role.ADMIN, by.id), other)
            except LastAdmin:
                return 0
            return 1

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(try_to_remove, [admins, admins[::-1]])) == 1
        with sessions.begin() as session:
            [last] = session.scalars(select(User).where(User.deleted_at.is_(None))).all()
            last.deleted_at = AT
