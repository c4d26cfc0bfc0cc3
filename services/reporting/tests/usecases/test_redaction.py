"""Who was erased is taken out of the audit trail, which can be verified as before; nothing else can be changed so."""

from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy.exc import IntegrityError, ProgrammingError

from services.reporting.domain.chain import Key, Redaction
from services.reporting.queries import redactions
from services.reporting.queries.redactions import things_of_member
from services.reporting.tests.events import NOON, audit_event, disbursed_loan, member_event
from services.reporting.tests.events import hear as take_in
from services.reporting.tests.forgery import KEY, as_before_batches, hear, with_key
from services.reporting.usecases import redaction
from services.reporting.usecases.anchors import write_anchor
from services.reporting.usecases.redaction import redact_part
from shared.erasure.sweeps import sweep_places
from shared.erasure.tables import TRAIL
from shared.ids import new_id
from shared.messaging.events import in_json

MEMBER, LOAN, UNION = (UUID(int=number) for number in (1, 2, 3))
TEXTS = "SELECT coalesce(before, '') || coalesce(after, '') || coalesce(metadata, '') FROM audit_entries"


@pytest.fixture
def a_life(sessions):
    """The entries about a member called Bola Ade, in batches of their own, and about others."""
    take_in(sessions, member_event("created", MEMBER, UNION), *disbursed_loan(LOAN, UNION, member_id=str(MEMBER)))
    snapshot = {"id": str(MEMBER), "firstName": "Bola", "lastName": "Ade", "phone": "0803", "code": "MEM000001"}
    hear(
        sessions,
        audit_event("UNION_MEMBER_CREATED", "UnionMember", entity_id=str(MEMBER), after=snapshot),
        audit_event(after={"id": str(LOAN), "notes": "For her shop", "principalAmount": "50000.00"}),
        audit_event(after={"loanId": str(LOAN), "amount": "100.00"}, metadata={"reason": "Typed twice"}),
        audit_event(
            "UNION_UPDATED", "Union", after={"name": "Unity"}, metadata={"reason": "Led by bola ade and Bola Ade"}
        ),
        audit_event("UNION_UPDATED", "Union", after={"name": "Unity"}, metadata={"reason": "Nobody else"}),
    )


@pytest.fixture
def erase(sessions):
    """Let reporting hear that the member was erased, and look through the trail."""

    def sweep() -> None:
        places = {TRAIL: partial(redact_part, key=KEY)}
        sweep_places(sessions, places=places, things=things_of_member)

    def erase(*, is_recorded: bool = True) -> None:
        erased = member_event("erased", MEMBER, UNION, 2)
        contents = in_json(erased.data | {"first_name": "Erased", "last_name": "Erased"})
        take_in(sessions, structs.replace(erased, contents=contents))
        if is_recorded:
            reason = {"reason": "Bola Ade asked for it"}
            hear(sessions, audit_event("UNION_MEMBER_ERASED", "UnionMember", entity_id=str(MEMBER), metadata=reason))
        sweep()

    return erase


@pytest.mark.usefixtures("a_life")
def test_who_was_erased_is_out_of_the_trail_which_agrees_with_its_anchors(sessions, forger, verify_audit, file, erase):
    write_anchor(sessions, file, KEY, NOON)
    erase()
    texts = [text for (text,) in forger.execute(f"{TEXTS} WHERE action <> 'UNION_MEMBER_ERASED' ORDER BY batch")]
    assert not [text for text in texts if "Bola" in text or "bola" in text or "Typed" in text or "shop" in text]
    assert '"principalAmount":"50000.00"' in texts[1]
    assert "Nobody else" in texts[4]
    (reason,) = forger.execute("SELECT metadata FROM audit_entries WHERE action = 'UNION_MEMBER_ERASED'").fetchone()
    assert reason == '{"reason":"Bola Ade asked for it"}'
    status, said = verify_audit()
    assert status == 0, said
    assert "Of 4 entries text was taken out, because members were erased." in said
    assert "It agrees with 1 anchors" in said


@pytest.mark.usefixtures("a_life", "unguarded")
def test_entries_from_before_there_were_batches_are_redacted_as_well(forger, verify_audit, erase):
    as_before_batches(forger, partial(with_key, KEY), KEY.id)
    erase()
    assert not forger.execute(f"{TEXTS} WHERE after LIKE '%%Bola%%'").fetchall()
    status, said = verify_audit()
    assert status == 2, said
    assert "Of 4 entries" in said


@pytest.mark.usefixtures("a_life")
def test_the_trail_is_looked_through_part_by_part(monkeypatch, forger, verify_audit, erase):
    monkeypatch.setattr(redaction, "ENTRIES", 2)
    erase()
    assert forger.execute("SELECT count(*) FROM audit_redactions").fetchone() == (4,)
    assert verify_audit()[0] == 2


@pytest.mark.usefixtures("a_life")
def test_nothing_is_taken_out_before_an_entry_says_why(forger, erase):
    erase(is_recorded=False)
    assert forger.execute("SELECT count(*) FROM audit_redactions").fetchone() == (0,)
    assert forger.execute("SELECT count(*) FROM erasure_sweeps WHERE place = %s", (TRAIL,)).fetchone() == (1,)


@pytest.mark.usefixtures("a_life")
def test_what_they_were_called_is_kept_until_the_trail_was_looked_through(forger, erase):
    erase()
    row = forger.execute("SELECT words, is_last FROM erasure_sweeps WHERE place = %s", (TRAIL,)).fetchone()
    assert row == ([], True)


FORGED = {
    "what is left": "UPDATE audit_entries SET after = replace(after, '50000', '90000') WHERE after LIKE '%50000.00%'",
    "who did it": "UPDATE audit_entries SET actor_email = 'eve@example.org' WHERE action = 'UNION_MEMBER_CREATED'",
    "the hash": "UPDATE audit_entries SET hash = sha256(hash) WHERE action = 'UNION_MEMBER_CREATED'",
    "the redaction": "DELETE FROM audit_redactions",
    "for whom": "UPDATE audit_redactions SET member_id = gen_random_uuid()",
    "one more": """
        UPDATE audit_entries SET metadata = '{"reason":"Erased"}' WHERE metadata LIKE '%Nobody%';
        INSERT INTO audit_redactions SELECT entries.batch, entries.sequence, member_id, seal, redactions.key_id
          FROM audit_entries AS entries, (SELECT * FROM audit_redactions LIMIT 1) AS redactions
         WHERE entries.metadata = '{"reason":"Erased"}' ON CONFLICT DO NOTHING
    """,
}


@pytest.mark.usefixtures("a_life")
@pytest.mark.parametrize("forgery", FORGED.values(), ids=list(FORGED))
def test_who_changes_a_redacted_entry_is_found_out(forger, verify_audit, erase, forgery):
    erase()
    forger.execute(forgery)
    status, said = verify_audit()
    assert status == 1
    assert said.startswith("The audit trail is broken. Entry ")


def leave(sessions, after: str, member_id: UUID, key: Key = KEY) -> None:
    """Have the database leave this of the first entry, for a member, as the service could."""
    with sessions.begin() as session:
        connection = session.connection()
        ((batch, (link, entry)),) = redactions.entries_that_name(
            connection, [], [str(MEMBER)], behind=(0, 0), until=(1, 1)
        )
        left = replace(entry, after=after)
        redactions.redact(connection, left, Redaction.of(batch, link, left, member_id=member_id, key=key))


@pytest.mark.usefixtures("a_life")
@pytest.mark.parametrize(
    "after",
    [
        '{"code":"MEM000001","firstName":"Eve","id":"00000000-0000-0000-0000-000000000001","lastName":"Ade","phone":"0803"}',
        '{"firstName":"Erased"}',
        "[]",
    ],
    ids=["another name", "fewer fields", "something else"],
)
def test_the_database_takes_no_redaction_that_puts_something_in(sessions, erase, after):
    erase()
    with pytest.raises(IntegrityError, match="may only be taken out"):
        leave(sessions, after, MEMBER)


@pytest.mark.usefixtures("a_life")
def test_the_database_takes_no_redaction_for_somebody_who_was_not_erased(sessions):
    with pytest.raises(IntegrityError, match="No entry says"):
        leave(sessions, "null", new_id())


@pytest.mark.usefixtures("a_life")
def test_a_seal_without_the_key_is_none(sessions, verify_audit, erase):
    erase()
    leave(sessions, "null", MEMBER, replace(Key.of("another"), id=KEY.id))
    status, said = verify_audit()
    assert status == 1
    assert "is not what its redaction left" in said


@pytest.mark.usefixtures("a_life")
def test_the_service_itself_can_write_no_redaction_past_the_function(sessions):
    with pytest.raises(ProgrammingError, match="permission denied"), sessions.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM audit_redactions")


def test_text_is_told_from_what_it_was_by_the_database(forger):
    def is_redaction(original: str, left: str) -> bool:
        row = forger.execute("SELECT is_redaction(%s::jsonb, %s::jsonb)", (original, left)).fetchone()
        return bool(row and row[0])

    assert is_redaction('"Brought by Bola Ade, 50%"', '"Brought by Erased, 50%"')
    assert not is_redaction('"Brought by Bola Ade, 500"', '"Brought by Erased, 50%"')
    assert not is_redaction('"Brought by Bola"', '"Paid by Erased"')
    assert is_redaction('[{"a": 1.50}, "x"]', '[{"a": 1.50}, null]')
    assert not is_redaction("[1, 2]", "[1]")
    assert not is_redaction('{"a": 1}', '{"b": 1}')
    assert not is_redaction('{"a": 1}', '{"a": 2}')
