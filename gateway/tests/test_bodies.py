"""Bodies arrive whole or not at all, and never longer than their route takes."""

import socket
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import gevent
import pytest

from gateway.requests.bodies import (
    FORM_BYTES,
    IMPORT_CAP,
    JSON_CAP,
    RESTORE_CAP,
    BodyTooSlow,
    LengthRequired,
    body_cap,
    read_body,
)
from gateway.tests.client import Client
from gateway.tests.process import Gateway
from gateway.tests.services import Services
from shared.context import Role
from shared.testing import SigningKey, an_actor

MAX_FILE_SIZE = 10 * 1024 * 1024
MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("path", "content_type", "role", "cap"),
    [
        ("/loans", "application/json", "ADMIN", JSON_CAP),
        ("/documents/loan/7", MULTIPART, "CREDIT_OFFICER", MAX_FILE_SIZE + FORM_BYTES),
        ("/union-members", MULTIPART, "CREDIT_OFFICER", 6 * MAX_FILE_SIZE + FORM_BYTES),
        ("/union-members", "application/json", "CREDIT_OFFICER", JSON_CAP),
        ("/settings/company", "application/json", "ADMIN", IMPORT_CAP),
        ("/users/import", "application/json", "ADMIN", IMPORT_CAP),
        ("/backup/restore", "application/json", "ADMIN", RESTORE_CAP),
        ("/backup/restore", "application/json", "SUPERVISOR", JSON_CAP),
        ("/backup/restore/x", "application/json", "ADMIN", JSON_CAP),
    ],
)
def test_the_cap_depends_on_the_route(path: str, content_type: str, role: str, cap: int) -> None:
    assert body_cap(path, content_type, role, MAX_FILE_SIZE) == cap


@pytest.mark.parametrize(("length", "status"), [(JSON_CAP, 200), (JSON_CAP + 1, 413)])
def test_json_may_have_a_megabyte(officer: Client, services: Services, length: int, status: int) -> None:
    answer = officer.request("POST", "/api/loans", body=b"x" * length)
    assert (answer.status, answer.json["success"]) == (status, status == 200)
    assert [len(seen.body) for seen in services.seen] == ([length] if status == 200 else [])


def test_a_file_may_have_ten_megabytes(officer: Client, services: Services) -> None:
    body = bytes(range(256)) * (40 * 1024)
    answer = officer.request("POST", "/api/documents/loan/7", headers={"Content-Type": MULTIPART}, body=body)
    assert answer.status == 200
    assert services.seen[0].body == body
    answer = officer.request("POST", "/api/documents/loan/7", headers={"Content-Type": MULTIPART}, body=body + body)
    assert answer.json["message"] == "The request is too large: at most 10 MB are accepted here"


def test_only_an_administrator_restores(
    gateway: Gateway, officer: Client, services: Services, signing_key: SigningKey
) -> None:
    admin = gateway.client.signed_in(signing_key.token(an_actor(Role.ADMIN)))
    body = b"x" * (11 * JSON_CAP)
    assert officer.request("POST", "/api/backup/restore", body=body).status == 413
    assert admin.request("POST", "/api/backup/restore", body=body).status == 200
    assert len(services.seen[0].body) == len(body)


def _pieces(count: int, size: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * size


def test_a_chunked_body_arrives_whole(officer: Client, services: Services) -> None:
    assert officer.request("POST", "/api/loans", body=_pieces(100, 1000)).status == 200
    assert services.seen[0].body == b"x" * 100_000
    assert services.seen[0].header("Content-Length") == "100000"
    assert services.seen[0].header("Transfer-Encoding") is None


def test_a_chunked_body_over_the_cap_is_refused(officer: Client, services: Services) -> None:
    assert officer.request("POST", "/api/loans", body=_pieces(100, 11_000)).status == 413
    assert not services.seen


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param(["Content-Length: 10"], b"short", 400, id="ends early"),
        pytest.param(["Transfer-Encoding: chunked"], b"zz\r\nabc\r\n0\r\n\r\n", 400, id="bad chunk size"),
        pytest.param(["Transfer-Encoding: chunked"], b"5\r\nabcdefgh", 400, id="chunk without end"),
        pytest.param(["Transfer-Encoding: chunked"], b"5\r\nabc", 400, id="chunked and ends early"),
        pytest.param(["Content-Length: 2", "Transfer-Encoding: chunked"], b"0\r\n\r\n", 400, id="two framings"),
        pytest.param(["Content-Length: 2", "Content-Length: 3"], b"abc", 400, id="two lengths"),
        pytest.param(["Content-Length: -1"], b"", 400, id="negative length"),
        pytest.param(["Content-Length: 1e1"], b"x" * 10, 400, id="not a length"),
        pytest.param(["Content-Length: " + "9" * 4000], b"x", 413, id="a length nobody has"),
        pytest.param(["Content-Length: " + "9" * 5000], b"x", 400, id="a length nobody can read"),
        pytest.param(["Transfer-Encoding: xchunked"], b"0\r\n\r\n", 501, id="unknown framing"),
        pytest.param(["Content-Length: 2", "Content-Encoding: gzip"], b"ab", 415, id="compressed"),
    ],
)
def test_a_body_that_is_not_framed_clearly_reaches_nobody(
    officer: Client, services: Services, headers: list[str], body: bytes, status: int
) -> None:
    lines = ["POST /api/loans HTTP/1.1", "Host: x", f"Authorization: {officer.headers['Authorization']}", *headers]
    assert officer.raw_status(*lines, body=body) == status
    assert not services.seen


def test_a_refused_body_does_not_become_the_next_request(officer: Client, services: Services) -> None:
    smuggled = b"GET /api/users HTTP/1.1\r\nHost: x\r\n\r\n"
    lines = [f"POST /api/loans HTTP/1.1\r\nHost: x\r\nContent-Length: {len(smuggled)}", "Content-Encoding: gzip"]
    lines += [f"Authorization: {officer.headers['Authorization']}"]
    answers = officer.raw("\r\n".join([*lines, "", ""]).encode() + smuggled)
    assert answers.count(b"HTTP/1.1 ") == 1
    assert not services.seen


def test_a_long_body_that_is_refused_costs_neither_time_nor_memory(
    gateway: Gateway, officer: Client, services: Services
) -> None:
    before = gateway.memory_bytes()
    for answer in (officer.request("POST", "/api/loans", body=b"x" * 30 * JSON_CAP), officer.get("/api/loans")):
        assert answer.status in (413, 200)
    assert gateway.memory_bytes() - before < 20 * JSON_CAP


def test_who_never_stops_sending_is_cut_off(officer: Client) -> None:
    head = f"POST /api/loans HTTP/1.1\r\nHost: x\r\nContent-Length: {JSON_CAP * 200}\r\n"
    with socket.create_connection(("127.0.0.1", officer.port), timeout=10) as connection:
        connection.sendall(f"{head}Authorization: {officer.headers['Authorization']}\r\n\r\n".encode())
        with pytest.raises(ConnectionError):
            connection.sendall(b"x" * (JSON_CAP * 200))


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            gevent.sleep(10)
            return b""

    monkeypatch.setattr("gateway.requests.bodies.LEAST_SECONDS", 0.05)
    with pytest.raises(BodyTooSlow):
        read_body({"CONTENT_LENGTH": "5", "wsgi.input": Dripping()}, cap=10)


def test_a_body_of_unknown_length_is_refused_where_the_server_does_not_see_its_end() -> None:
    with pytest.raises(LengthRequired):
        read_body({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO()}, cap=10)


def test_slow_clients_do_not_hold_up_others(officer: Client, services: Services) -> None:
    head = b"POST /api/loans HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    token = f"Authorization: {officer.headers['Authorization']}\r\n".encode()
    starts: list[Any] = [b""] * 60 + [b"GET /api/loans HT"] * 30 + [head + token + b"\r\nhalf a body"] * 30
    held = [socket.create_connection(("127.0.0.1", officer.port)) for _ in starts]
    for connection, start in zip(held, starts, strict=True):
        connection.sendall(start)
    assert {officer.get("/api/loans").status for _ in range(20)} == {200}
    for connection in held:
        connection.close()
