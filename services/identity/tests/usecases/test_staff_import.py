from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from services.identity.credentials.passwords import NO_PASSWORD
from services.identity.domain.staff import ImportOutcome
from services.identity.models import RecoveryRequest, User
from services.identity.queries.accounts import EmailTaken
from services.identity.tests.conftest import AT, PASSWORD_HASH, audited, give_union
from services.identity.usecases.staff_import import ImportRow, import_staff
from shared.context import Role
from shared.testing import an_actor, published_events, published_types

CREATED, UPDATED, UNCHANGED, FAILED = ImportOutcome
OFFICER, SUPERVISOR, ADMIN = Role.CREDIT_OFFICER, Role.SUPERVISOR, Role.ADMIN


@pytest.fixture
def boss():
    return an_actor(ADMIN)


def a_row(email, role=OFFICER, *, password_hash=NO_PASSWORD, **facts):
    facts = {"first_name": "Ben", "last_name": "Eze", "role": role, "password_hash": password_hash} | facts
    return ImportRow(0, email, facts)


def take_in(uow, by, *rows, is_rehearsal=False):
    verdicts = import_staff(
        uow, by=by, rows=rows, login_url="https://app.example.org", is_rehearsal=is_rehearsal, at=AT
    )
    return [verdict.outcome for verdict in verdicts]


def user_named(session, email):
    return session.scalars(select(User).where(User.email == email, User.deleted_at.is_(None))).one()


def test_new_people_are_taken_in_and_known_ones_changed(uow, boss, a_user):
    existing = a_user(email="known@example.org", phone="1")
    rows = [
        a_row("boss@example.org", SUPERVISOR),
        a_row("new@example.org", supervisor_email="boss@example.org", password_hash=PASSWORD_HASH),
        a_row("known@example.org", first_name="Adaeze", supervisor_email="boss@example.org"),
        ImportRow(0, "faulty@example.org", {}, "role: Must be one of: ADMIN."),
    ]
    assert take_in(uow, boss, *rows) == [CREATED, CREATED, UPDATED, FAILED]
    supervisor, new = user_named(uow.session, "boss@example.org"), user_named(uow.session, "new@example.org")
    assert (new.supervisor_id, new.password_hash, new.password_is_temporary) == (supervisor.id, PASSWORD_HASH, True)
    uow.session.expire_all()
    changed = uow.session.get(User, existing.id)
    assert (changed.first_name, changed.phone, changed.supervisor_id) == ("Adaeze", "1", supervisor.id)
    assert changed.password_hash == PASSWORD_HASH
    assert published_types(uow) == [
        "identity.user.created.v1",
        "identity.user.created.v1",
        "identity.user.updated.v1",
        "identity.account.opened.v1",
        "identity.account.opened.v1",
    ]
    assert audited(uow) == ["USER_CREATED", "USER_CREATED", "USER_UPDATED", "USERS_IMPORTED"]
    counts = {"created": 2, "updated": 1, "unchanged": 0, "failed": 1}
    [metadata] = [
        event.data["metadata"] for event in published_events(uow) if event.data.get("action") == "USERS_IMPORTED"
    ]
    assert metadata | counts == metadata


def test_each_new_person_is_welcomed_and_asked_to_choose_a_password(uow, boss):
    take_in(uow, boss, a_row("new@example.org"), a_row("other@example.org", password_hash=PASSWORD_HASH))
    people = {str(user.id): user.email for user in uow.session.scalars(select(User))}
    opened = [people[event.data["user_id"]] for event in published_events(uow) if ".account.opened." in event.type]
    assert opened == ["new@example.org", "other@example.org"]
    assert uow.session.scalars(select(RecoveryRequest.email)).all() == ["new@example.org"]


def test_a_rehearsal_gives_the_same_verdicts_and_writes_nothing(work, sessions, boss, a_user):
    a_user(email="known@example.org")
    rows = [a_row("new@example.org"), a_row("known@example.org", role=SUPERVISOR), a_row("new@example.org")]
    with work(boss) as uow:
        rehearsed = take_in(uow, boss, *rows, is_rehearsal=True)
        assert uow.published == []
    with sessions() as session:
        assert session.scalars(select(func.count()).select_from(User)).one() == 1
        assert user_named(session, "known@example.org").role is OFFICER
    with work(boss) as uow:
        assert take_in(uow, boss, *rows) == rehearsed == [CREATED, UPDATED, FAILED]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (a_row("x@example.org", supervisor_email="nobody@example.org"), "Supervisor not found"),
        (a_row("x@example.org", supervisor_email="officer@example.org"), "must be another supervisor"),
        (a_row("x@example.org", ADMIN, supervisor_email="super@example.org"), "An admin has no supervisor"),
        (a_row("officer@example.org", SUPERVISOR), "still manages 1 union"),
        (a_row("officer@example.org", is_active=False), "still manages 1 union"),
        (a_row("super@example.org", OFFICER), "still supervises 1 officer"),
        (a_row("admin@example.org", is_active=False), "last active admin"),
    ],
)
def test_a_row_that_breaks_a_rule_is_left_out_and_says_why(uow, boss, a_user, row, reason):
    supervisor = a_user(SUPERVISOR, email="super@example.org")
    give_union(uow, a_user(email="officer@example.org", supervisor_id=supervisor.id))
    a_user(ADMIN, email="admin@example.org")
    verdicts = import_staff(
        uow, by=boss, rows=[row, a_row("fine@example.org")], login_url="", is_rehearsal=False, at=AT
    )
    assert [verdict.outcome for verdict in verdicts] == [FAILED, CREATED]
    assert reason in verdicts[0].error


def test_nobody_is_demoted_whom_other_rows_name_as_their_supervisor(uow, boss, a_user):
    a_user(SUPERVISOR, email="super@example.org")
    rows = [a_row("new@example.org", supervisor_email="super@example.org"), a_row("super@example.org", OFFICER)]
    assert take_in(uow, boss, *rows) == [CREATED, FAILED]


def test_an_admin_does_not_change_its_own_authority_by_a_file(uow, a_user):
    admin, _ = a_user(ADMIN, email="admin@example.org"), a_user(ADMIN)
    assert take_in(uow, an_actor(ADMIN, admin.id), a_row("admin@example.org", OFFICER)) == [FAILED]


def test_a_long_file_takes_as_few_statements_as_a_short_one(work, boss, a_user):
    def statements_for(count, name):
        sent = []
        rows = [a_row(f"{name}{number}@example.org") for number in range(count)]
        with work(boss) as uow:
            event.listen(uow.connection, "before_cursor_execute", lambda *details: sent.append(details[2]))
            take_in(uow, boss, *rows)
        with work(boss) as uow:
            event.listen(uow.connection, "before_cursor_execute", lambda *details: sent.append(details[2]))
            take_in(uow, boss, *[a_row(row.email, phone="2") for row in rows])
        return len(sent)

    assert statements_for(3, "few") == statements_for(30, "many")


EMAILS = [f"{name}@example.org" for name in ("ada", "ben", "chi", "dan")]
ROWS = st.builds(
    lambda email, role, supervisor, active: a_row(email, role, supervisor_email=supervisor, is_active=active),
    st.sampled_from(EMAILS),
    st.sampled_from(Role),
    st.none() | st.sampled_from(EMAILS),
    st.booleans(),
)


@given(st.lists(ROWS, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_file_again_changes_nothing_more(uow, boss, rows):
    savepoint = uow.session.begin_nested()
    uow.published.clear()
    first = take_in(uow, boss, *rows)
    uow.session.flush()
    published_before = len(uow.published)
    second = take_in(uow, boss, *rows)
    supervised = select(User.role).where(User.id.in_(select(User.supervisor_id)))
    assert OFFICER not in uow.session.scalars(supervised).all()
    # What failed for the order of the rows may go through now; nothing that went through is done again.
    assert all(again is not CREATED for again, before in zip(second, first, strict=True) if before is not FAILED)
    if FAILED not in first:
        assert set(second) <= {UNCHANGED}
        assert len(uow.published) == published_before + 1
    savepoint.rollback()
    uow.session.expunge_all()


def test_the_same_file_several_times_at_once_makes_each_account_once(work, sessions, boss):
    rows = [a_row(email) for email in EMAILS]

    def try_to_import(order):
        try:
            with work(boss) as uow:
                return take_in(uow, boss, *order).count(CREATED)
        except (EmailTaken, OperationalError):
            # The loser of a race is told to try again; of a deadlock, the web does so by itself.
            return 0

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_to_import, [rows, rows[::-1], rows, rows[::-1]])) == len(EMAILS)
    with work(boss) as uow:
        take_in(uow, boss, *rows)
    with sessions() as session:
        assert sorted(session.scalars(select(User.email))) == EMAILS
