"""A person at the API: signs in at a gateway and calls it over real HTTP."""

import http.client
import json
import secrets
import select
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is the parsed JSON."""

    status: int
    headers: dict[str, str]
    body: Json

    def accepted(self) -> Self:
        """This answer; fails the test when it is a refusal."""
        assert self.status < 300, f"{self.status}: {self.body}"
        return self

    @property
    def data(self) -> Json:
        """The data of a success; fails the test when it was none."""
        return self.accepted().body["data"]

    @property
    def message(self) -> str:
        return str(self.body["message"])


@dataclass(slots=True)
class Person:
    """Somebody with or without a token. One connection, so one thread at a time; `again()` for another thread."""

    url: str
    token: str = ""
    id: str = ""
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def again(self, url: str | None = None) -> Self:
        """This person on another connection, or at another gateway."""
        return type(self)(url or self.url, self.token, self.id)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Json = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Json = None, **headers: str) -> Answer:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Json = None, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **headers)

    def call(self, method: str, path: str, body: Json = None, **headers: str) -> Answer:
        """One request; header names are written with underscores. `bytes` are sent as they are."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        status, got, text = self._send(method, f"/api{path}", raw, sent)
        # Files, such as lists to take away, stay as they are.
        is_json = "json" in got.get("content-type", "json")
        return Answer(status, got, (json.loads(text) if is_json else text) if text else None)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        if self._connection and self._connection.sock and select.select([self._connection.sock], [], [], 0)[0]:
            self._connection.close()  # The server has closed it, having heard nothing for a while.
        if self._connection is None:
            self._connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise


def sign_in(url: str, email: str, password: str) -> Person:
    """Somebody signed in. Fails the test when they cannot."""
    person = Person(url)
    data = person.post("/auth/login", {"email": email, "password": password}).data
    person.token, person.id = data["accessToken"], data["user"]["id"]
    return person


def mailed_link(folder: Path, to: str, path: str) -> str | None:
    """The link to `path` in the newest mail to an address, from the folder where mails become files; None when there
    is none yet."""
    for file in sorted(folder.glob("*.eml"), reverse=True):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        text = mail.get_body(["plain"])
        if mail["To"] == to and text is not None:
            for word in text.get_content().split():
                if path in word:
                    return str(word)
    return None


def random_name(kind: str) -> str:
    return f"{kind} {secrets.token_hex(4)}"


def upload(
    person: Person, path: str, content: bytes, name: str, key: str = "", file_field: str = "file", **fields: str
) -> Answer:
    """Send a file in a form, as a browser does; under an idempotency key when there is one."""
    boundary = secrets.token_hex(8)
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in fields.items()]
    file = (
        f'Content-Disposition: form-data; name="{file_field}"; filename="{name}"\r\nContent-Type: application/x\r\n\r\n'
    )
    parts.append(file.encode() + content)
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts) + f"--{boundary}--\r\n".encode()
    headers = {"Content_Type": f"multipart/form-data; boundary={boundary}"} | ({"Idempotency_Key": key} if key else {})
    return person.call("POST", path, body, **headers)
