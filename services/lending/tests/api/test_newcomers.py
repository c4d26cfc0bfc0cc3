"""Somebody signs in right after they were made: a service that has not heard of them yet does not send them away."""

from flask.testing import FlaskClient
from sqlalchemy import delete, insert, update

from shared.db import Sessions
from shared.directory.tables import directory_staff
from shared.testing import SignedIn


def test_who_is_not_known_here_yet_is_asked_to_come_back(
    client: FlaskClient, sessions: Sessions, officer: SignedIn
) -> None:
    with sessions.begin() as session:
        unheard = delete(directory_staff).where(directory_staff.c.id == officer.id).returning(directory_staff)
        row = dict(session.execute(unheard).one()._mapping)
    answer = client.get("/loans", headers=officer.headers)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "2")
    with sessions.begin() as session:
        session.execute(insert(directory_staff).values(row))
    assert client.get("/loans", headers=officer.headers).status_code == 200


def test_who_was_deleted_is_signed_out(client: FlaskClient, sessions: Sessions, officer: SignedIn) -> None:
    with sessions.begin() as session:
        session.execute(update(directory_staff).where(directory_staff.c.id == officer.id).values(is_deleted=True))
    assert client.get("/loans", headers=officer.headers).status_code == 401
