from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from services.identity.domain.staff import (
    FieldNotAllowed,
    InvalidSupervisor,
    LastAdmin,
    OfficerManagesUnions,
    RoleNotAllowed,
    SupervisorHasOfficers,
)
from services.identity.models import StaffSession, User
from services.identity.queries.accounts import EmailTaken, UserNotFound
from services.identity.tests.conftest import AT, PASSWORD_HASH, audited, begin, give_union
from services.identity.usecases.staff import create_user, update_user
from shared.context import Actor, Role
from shared.testing import an_actor, published_events, published_types


def create(uow, by, **facts):
    facts = {
        "email": "ben@example.org", "first_name": "Ben", "last_name": "Eze", "role": Role.CREDIT_OFFICER,
        "password_hash": PASSWORD_HASH, "is_active": True, "phone": None, "address": None, "supervisor_id": None,
    } | facts  # fmt: skip
    return create_user(uow, by=by, login_url="https://app.example.org", at=AT, **facts)


def update(uow, by, user_id, **changes):
    return update_user(uow, by=by, user_id=user_id, changes=changes, protected=(), at=AT)


@pytest.fixture
def boss():
    """An admin nobody has to be careful about."""
    return an_actor(Role.ADMIN)


def test_a_new_account_is_told_with_everything_others_need(uow, boss, a_user):
    supervisor = a_user(Role.SUPERVISOR)
    user = create(uow, boss, supervisor_id=supervisor.id, phone="+2348012345678")
    created = published_events(uow)[0]
    assert created.type == "identity.user.created.v1"
    assert (created.aggregate_id, created.version) == (user.id, 1)
    assert (created.data["role"], created.data["supervisor_id"]) == ("CREDIT_OFFICER", str(supervisor.id))
    assert audited(uow) == ["USER_CREATED"]


def test_no_audit_entry_and_no_event_holds_the_password(uow, boss):
    user = create(uow, boss)
    update(uow, boss, user.id, password_hash="$2b$04$another")
    assert not any("$2b$" in envelope.to_json() for envelope in published_events(uow))


def test_an_address_is_given_once(uow, boss, a_user):
    a_user(email="ben@example.org")
    with pytest.raises(EmailTaken, match="User with this email already exists"):
        create(uow, boss)


def test_a_deleted_account_does_not_block_its_address(uow, boss, a_user):
    a_user(email="ben@example.org", deleted_at=AT)
    create(uow, boss)


def test_the_same_address_twenty_times_at_once_makes_one_account(work, sessions, boss):
    def try_to_create(_):
        try:
            with work(boss) as uow:
                create(uow, boss)
        except EmailTaken:
            return 0
        return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(try_to_create, range(20))) == 1


def test_a_supervisor_takes_in_officers_under_itself_whatever_it_asks_for(uow, a_user):
    by = an_actor(Role.SUPERVISOR, a_user(Role.SUPERVISOR).id)
    assert create(uow, by, supervisor_id=a_user(Role.SUPERVISOR).id).supervisor_id == by.id
    with pytest.raises(RoleNotAllowed):
        create(uow, by, email="cy@example.org", role=Role.SUPERVISOR)


def test_a_deleted_supervisor_supervises_nobody_new(uow, boss, a_user):
    with pytest.raises(InvalidSupervisor):
        create(uow, boss, supervisor_id=a_user(Role.SUPERVISOR, deleted_at=AT).id)


def test_a_change_is_told_as_the_newest_version_and_audited_with_both_states(uow, boss, a_user):
    user = a_user(phone="1")
    update(uow, boss, user.id, phone="2", first_name="Ada")
    updated, entry = published_events(uow)
    assert (updated.type, updated.version, updated.data["phone"]) == ("identity.user.updated.v1", 2, "2")
    assert (entry.data["before"]["phone"], entry.data["after"]["phone"]) == ("1", "2")


def test_a_form_sent_back_unchanged_changes_nothing(uow, a_user):
    user = a_user(phone="1")
    update(uow, an_actor(user.role, user.id), user.id, email=user.email, phone="1", role=user.role, is_active=True)
    assert uow.published == []


def test_somebody_changes_their_own_profile_but_not_their_address(uow, a_user):
    user = a_user()
    by = an_actor(user.role, user.id)
    assert update(uow, by, user.id, first_name="Adaeze", phone=None).first_name == "Adaeze"
    with pytest.raises(FieldNotAllowed, match="You do not have permission to change email"):
        update(uow, by, user.id, email="other@example.org")


def test_a_supervisor_changes_profiles_of_its_own_officers_only(uow, a_user):
    supervisor = a_user(Role.SUPERVISOR)
    by = an_actor(Role.SUPERVISOR, supervisor.id)
    officer, stranger = a_user(supervisor_id=supervisor.id), a_user()
    update(uow, by, officer.id, last_name="Nwosu")
    with pytest.raises(FieldNotAllowed):
        update(uow, by, officer.id, is_active=False)
    with pytest.raises(UserNotFound):
        update(uow, by, stranger.id, last_name="Nwosu")


@pytest.mark.parametrize(
    "changes", [{"is_active": False}, {"role": Role.SUPERVISOR}, {"password_hash": "another"}], ids=str
)
def test_losing_ones_standing_or_password_ends_every_session(work, uow, boss, a_user, changes):
    user = a_user()
    with work() as signing_in:
        begin(signing_in, user)
        begin(signing_in, user)
    update(uow, boss, user.id, **changes)
    uow.session.flush()
    reasons = uow.session.scalars(select(StaffSession.revoked_reason).where(StaffSession.user_id == user.id)).all()
    assert reasons == ["account-changed", "account-changed"]
    assert published_types(uow).count("identity.session.revoked.v1") == 2
    assert audited(uow) == ["USER_UPDATED"]


def test_an_admin_who_sets_its_own_password_stays_signed_in_here_only(uow, a_user):
    admin = a_user(Role.ADMIN)
    (_, elsewhere), (_, here) = begin(uow, admin), begin(uow, admin)
    by = Actor(admin.id, admin.email, admin.role, here.session_id)
    update(uow, by, admin.id, password_hash="another")
    assert uow.session.get(StaffSession, elsewhere.session_id).revoked_at == AT
    assert uow.session.get(StaffSession, here.session_id).revoked_at is None


def test_nobody_changes_their_own_authority(uow, a_user):
    a_user(Role.ADMIN)
    admin = a_user(Role.ADMIN)
    for changes in ({"is_active": False}, {"role": Role.SUPERVISOR}):
        with pytest.raises(FieldNotAllowed, match="your own"):
            update(uow, an_actor(Role.ADMIN, admin.id), admin.id, **changes)


def test_the_last_admin_stays(uow, a_user):
    admin = a_user(Role.ADMIN)
    for changes in ({"is_active": False}, {"role": Role.SUPERVISOR}):
        with pytest.raises(LastAdmin):
            update(uow, an_actor(Role.ADMIN, admin.id), admin.id, **changes)


def test_two_admins_who_switch_each_other_off_at_once_leave_one(work, sessions, a_user):
    admins = [a_user(Role.ADMIN), a_user(Role.ADMIN)]

    def switch_off(pair):
        by, other = pair
        try:
            with work() as uow:
                update(uow, an_actor(Role.ADMIN, by.id), other.id, is_active=False)
        except LastAdmin:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(switch_off, [admins, admins[::-1]])) == 1
    with sessions() as session:
        assert session.scalars(select(User.is_active)).all().count(True) == 1


def test_an_officer_with_unions_stays_an_officer(uow, boss, a_user):
    officer = a_user()
    give_union(uow, officer)
    for changes in ({"is_active": False}, {"role": Role.SUPERVISOR}):
        with pytest.raises(OfficerManagesUnions):
            update(uow, boss, officer.id, **changes)
    update(uow, boss, officer.id, phone="2")


def test_a_supervisor_of_officers_does_not_become_one(uow, boss, a_user):
    supervisor = a_user(Role.SUPERVISOR)
    a_user(supervisor_id=supervisor.id)
    with pytest.raises(SupervisorHasOfficers):
        update(uow, boss, supervisor.id, role=Role.CREDIT_OFFICER)
    update(uow, boss, supervisor.id, is_active=False)


def test_who_becomes_an_admin_has_no_supervisor_any_more(uow, boss, a_user):
    officer = a_user(supervisor_id=a_user(Role.SUPERVISOR).id)
    assert update(uow, boss, officer.id, role=Role.ADMIN).supervisor_id is None


def test_an_officer_moves_to_another_supervisor_or_to_none(uow, boss, a_user):
    officer, supervisor = a_user(), a_user(Role.SUPERVISOR)
    assert update(uow, boss, officer.id, supervisor_id=supervisor.id).supervisor_id == supervisor.id
    assert update(uow, boss, officer.id, supervisor_id=None).supervisor_id is None
    with pytest.raises(InvalidSupervisor):
        update(uow, boss, officer.id, supervisor_id=a_user().id)


def test_nobody_gets_a_supervisor_who_stops_being_one_at_the_same_moment(work, sessions, boss, a_user):
    for _ in range(8):
        supervisor, officer = a_user(Role.SUPERVISOR), a_user()
        steps = [
            lambda uow, to=supervisor.id, of=officer.id: update(uow, boss, of, supervisor_id=to),
            lambda uow, of=supervisor.id: update(uow, boss, of, role=Role.CREDIT_OFFICER),
        ]

        def try_to(step):
            try:
                with work(boss) as uow:
                    step(uow)
            except (InvalidSupervisor, SupervisorHasOfficers):
                return 0
            return 1

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(try_to, steps)) == 1
