from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from services.identity.domain.staff import (
    BulkOperation,
    FieldNotAllowed,
    HasDependants,
    LastAdmin,
    OfficerManagesUnions,
    SupervisorHasOfficers,
)
from services.identity.models import User
from services.identity.queries.accounts import UserNotFound
from services.identity.tests.conftest import AT, audited, begin, give_union
from services.identity.usecases.staff import RoleMissing, UnionsAssignedElsewhere, do_to_all
from shared.context import Role
from shared.ids import new_id
from shared.testing import an_actor, published_events, published_types

ACTIVATE, DEACTIVATE = BulkOperation.ACTIVATE, BulkOperation.DEACTIVATE
CHANGE_ROLE, DELETE = BulkOperation.CHANGE_ROLE, BulkOperation.DELETE


@pytest.fixture
def boss():
    return an_actor(Role.ADMIN)


def do(uow, by, operation, *users, role=None):
    ids = [user.id for user in users]
    return do_to_all(uow, by=by, user_ids=ids, operation=operation, role=role, at=AT)


def test_only_those_who_change_are_counted_told_and_audited(work, uow, boss, a_user):
    active, inactive = [a_user(), a_user()], a_user(is_active=False)
    with work() as signing_in:
        begin(signing_in, active[0])
    assert do(uow, boss, DEACTIVATE, *active, inactive) == 2
    expected = ["identity.user.updated.v1", "identity.user.updated.v1", "identity.session.revoked.v1"]
    assert published_types(uow) == expected
    assert audited(uow) == ["USER_UPDATED", "USER_UPDATED", "BULK_USER_OPERATION"]
    entry = published_events(uow)[-1].data
    assert entry["metadata"] | {"operation": "deactivate", "requestedCount": 3, "affectedCount": 2} == entry["metadata"]


def test_many_are_done_with_as_few_statements_as_few(work, boss, a_user, sessions):
    def statements_for(users):
        sent = []
        with work(boss) as uow:
            connection = uow.connection
            from sqlalchemy import event

            event.listen(connection, "before_cursor_execute", lambda *a: sent.append(a[2]))
            do(uow, boss, DEACTIVATE, *users)
        return len(sent)

    assert statements_for([a_user() for _ in range(12)]) == statements_for([a_user() for _ in range(2)])


@pytest.mark.parametrize("operation", [DEACTIVATE, DELETE, CHANGE_ROLE])
def test_when_one_may_not_nobody_does(uow, boss, a_user, operation):
    free, managing = a_user(), a_user()
    give_union(uow, managing)
    with pytest.raises((OfficerManagesUnions, HasDependants)):
        do(uow, boss, operation, free, managing, role=Role.SUPERVISOR)
    uow.session.expire_all()
    user = uow.session.get(User, free.id)
    assert (user.is_active, user.deleted_at, user.role) == (True, None, Role.CREDIT_OFFICER)


def test_the_guards_of_a_single_account_hold_for_many(uow, boss, a_user):
    supervisor, admins = a_user(Role.SUPERVISOR), [a_user(Role.ADMIN), a_user(Role.ADMIN)]
    a_user(supervisor_id=supervisor.id)
    with pytest.raises(SupervisorHasOfficers):
        do(uow, boss, CHANGE_ROLE, supervisor, role=Role.CREDIT_OFFICER)
    for operation in (DEACTIVATE, DELETE):
        with pytest.raises(LastAdmin):
            do(uow, boss, operation, *admins)
    with pytest.raises(FieldNotAllowed):
        do(uow, an_actor(Role.ADMIN, admins[0].id), DEACTIVATE, admins[0])
    with pytest.raises(UserNotFound):
        do_to_all(uow, by=boss, user_ids=[new_id()], operation=ACTIVATE, role=None, at=AT)


def test_a_change_of_role_names_one_and_unions_are_not_ours(uow, boss, a_user):
    with pytest.raises(RoleMissing):
        do(uow, boss, CHANGE_ROLE, a_user())
    with pytest.raises(UnionsAssignedElsewhere, match="not assigned here"):
        do(uow, boss, BulkOperation.ASSIGN_UNION, a_user())


def test_two_who_switch_off_the_same_people_at_once_do_it_once(work, sessions, boss, a_user):
    users = [a_user() for _ in range(6)]

    def switch_off(order):
        with work(boss) as uow:
            return do(uow, boss, DEACTIVATE, *order)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(switch_off, [users, users[::-1], users, users[::-1]])) == len(users)
    with sessions() as session:
        assert session.scalars(select(func.max(User.version))).one() == 2
