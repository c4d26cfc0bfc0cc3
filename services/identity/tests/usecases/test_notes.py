import pytest

from services.identity.domain.note import Category, NotTheAuthor
from services.identity.models import Note
from services.identity.queries.accounts import UserNotFound
from services.identity.queries.notes import NoteNotFound, note_page
from services.identity.tests.conftest import AT
from services.identity.usecases.notes import remove_note, rewrite_note, write_note
from shared.context import Actor, Role
from shared.ids import new_id
from shared.testing import published_events


def actor_of(user):
    return Actor(user.id, user.email, user.role, new_id())


@pytest.fixture
def people(a_user):
    """An admin, a supervisor with an officer, and another officer."""
    admin, supervisor = a_user(Role.ADMIN), a_user(Role.SUPERVISOR)
    return {
        "admin": actor_of(admin),
        "supervisor": actor_of(supervisor),
        "officer": actor_of(a_user(supervisor_id=supervisor.id)),
        "stranger": actor_of(a_user()),
    }


def write(uow, by, about, *, is_private=False):
    return write_note(
        uow,
        by=by,
        user_id=about.id,
        title="Punctual",
        content="Never late",
        category=Category.GENERAL,
        is_private=is_private,
        at=AT,
    )


def read(uow, who, **filters):
    rows, total = note_page(uow.connection, who, filters, limit=100, offset=0)
    assert len(rows) == total
    return {row.id for row in rows}


@pytest.mark.parametrize(
    ("author", "subject", "readers", "readers_if_private"),
    [
        ("supervisor", "officer", {"admin", "supervisor", "officer"}, {"admin", "supervisor"}),
        ("officer", "officer", {"admin", "supervisor", "officer"}, {"admin", "officer"}),
        ("officer", "supervisor", {"admin", "supervisor", "officer"}, {"admin", "officer"}),
        ("admin", "stranger", {"admin", "stranger"}, {"admin"}),
        ("admin", "officer", {"admin", "supervisor", "officer"}, {"admin"}),
    ],
)
def test_who_reads_a_note(uow, people, author, subject, readers, readers_if_private):
    for is_private, expected in ((False, readers), (True, readers_if_private)):
        note = write(uow, people[author], people[subject], is_private=is_private)
        assert {name for name, who in people.items() if note.id in read(uow, who)} == expected


@pytest.mark.parametrize(
    ("author", "subject"),
    [("officer", "stranger"), ("officer", "admin"), ("supervisor", "stranger"), ("supervisor", "admin")],
)
def test_nobody_writes_about_somebody_out_of_sight(uow, people, author, subject):
    with pytest.raises(UserNotFound):
        write(uow, people[author], people[subject])


def test_only_the_author_and_admins_change_a_note(uow, people):
    note = write(uow, people["supervisor"], people["officer"])
    for change in (
        lambda who: rewrite_note(uow, by=who, note_id=note.id, changes={"title": "Late"}, at=AT),
        lambda who: remove_note(uow, by=who, note_id=note.id),
    ):
        with pytest.raises(NotTheAuthor):
            change(people["officer"])
        with pytest.raises(NoteNotFound):
            change(people["stranger"])
    rewrite_note(uow, by=people["supervisor"], note_id=note.id, changes={"title": "Late"}, at=AT)
    remove_note(uow, by=people["admin"], note_id=note.id)
    uow.session.flush()
    assert uow.session.get(Note, note.id) is None
    assert [event.data["action"] for event in published_events(uow)] == ["NOTE_CREATED", "NOTE_UPDATED", "NOTE_DELETED"]


def test_the_audit_trail_does_not_tell_what_a_private_note_says(uow, people):
    note = write(uow, people["officer"], people["officer"], is_private=True)
    rewrite_note(uow, by=people["officer"], note_id=note.id, changes={"content": "Secret"}, at=AT)
    remove_note(uow, by=people["officer"], note_id=note.id)
    bodies = [envelope.to_json() for envelope in published_events(uow)]
    assert len(bodies) == 3
    assert not any("Secret" in body or "Never late" in body or "Punctual" in body for body in bodies)


def test_notes_on_somebody_removed_are_gone_with_them(uow, people, a_user):
    gone = a_user()
    note = write(uow, people["admin"], actor_of(gone))
    uow.session.merge(gone).deleted_at = AT
    uow.session.flush()
    assert note.id not in read(uow, people["admin"])


def test_filters_narrow_what_is_read(uow, people):
    admin, officer = people["admin"], people["officer"]
    shown, private = write(uow, admin, officer), write(uow, officer, officer, is_private=True)
    assert read(uow, admin, is_private=True) == {private.id}
    assert read(uow, admin, created_by=admin.id) == {shown.id}
    assert read(uow, admin, search="LATE punct") == {shown.id, private.id}
    assert read(uow, admin, search="%") == set()
    assert read(uow, officer, user_id=people["stranger"].id) == set()
    assert read(uow, people["supervisor"], created_by=officer.id) == set()
    assert read(uow, admin, category=Category.TRAINING.value) == set()
