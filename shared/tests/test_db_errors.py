"""What the database says of a failure, and what of that is passed on."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.db import Sessions
from shared.ids import new_id
from shared.postgres.errors import violated_key

INSERT = text("INSERT INTO outbox (id, type, aggregate_id, version, body) VALUES (:id, :type, :id, :version, '{}')")


def test_an_error_names_the_violated_key_and_not_what_stood_in_it(sessions: Sessions) -> None:
    values = {"id": new_id(), "type": "ada@example.org", "version": 1}
    with sessions.begin() as session:
        session.execute(INSERT, values)
    with sessions() as session, pytest.raises(IntegrityError) as refused:
        session.execute(INSERT, values)
    assert violated_key(refused.value) == "outbox_id_key"
    for said in (str(refused.value), repr(refused.value), str(refused.value.orig), repr(refused.value.orig)):
        assert "duplicate key value violates unique constraint" in said
        assert str(values["id"]) not in said


def test_an_error_quotes_no_row(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(DBAPIError) as refused:
        session.execute(INSERT, {"id": new_id(), "type": "ada@example.org", "version": None})
    assert "violates not-null constraint" in str(refused.value)
    assert "ada@example.org" not in str(refused.value) + repr(refused.value) + repr(refused.value.orig)
