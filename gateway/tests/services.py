"""Stand-ins for the five services: real HTTP servers that show what reached them and answer as a test wants."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from gateway.routes import UPSTREAMS
from shared.internal_requests import BadSignature, InternalRequest, verify
from shared.testing import INTERNAL_SECRET
from shared.web.openapi_common import add_common_parts

RECEIVES = {
    "identity": [],
    "membership": ["identity.user.created.v1"],
    "lending": ["payments.repayment.recorded.v1"],
    "payments": ["lending.loan.created.v1"],
    "reporting": ["payments.repayment.recorded.v1", "lending.loan.completed.v1"],
    "notifications": ["identity.settings.updated.v1"],
}


_OF_THE_GATEWAY_ITSELF = (
    "/health",
    "/openapi",
    "/asyncapi",
    "/internal/revocations",
    "/internal/settings",
    "/internal/requests",
)


@dataclass(frozen=True)
class Seen:
    """A request as a service saw it."""

    service: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int

    def header(self, name: str) -> str | None:
        """The value of a header that may come once; a second one is a fault."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None


@dataclass
class Reaction:
    """How a service answers one path."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    # Hang up instead of answering, on this many requests.
    hang_ups: int = 0
    # Sent as it is on the socket instead of anything else.
    raw: bytes | None = None
    before: Callable[[], None] | None = None


class Services:
    """All five, each on a port of its own. What a path does is set by `react`; without it, it echoes."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._reactions: dict[str, Reaction] = {}
        self._requests: Counter[tuple[int, str]] = Counter()
        # How often each batch of them came.
        self.batches: Counter[str] = Counter()
        # The ids of those reported as active.
        self.active: set[str] = set()
        self._signatures: set[UUID] = set()
        # Paths whose work is done and whose answer is lost on its way.
        self.unanswered: set[str] = set()
        self._lock = threading.Lock()
        self._servers = {name: self._serve(name) for name in UPSTREAMS}

    def _serve(self, name: str) -> ThreadingHTTPServer:
        server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": name, "services": self}))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    @property
    def environment(self) -> dict[str, str]:
        """Where the gateway finds them."""
        urls = {name: f"http://127.0.0.1:{server.server_address[1]}" for name, server in self._servers.items()}
        return {f"{name.upper()}_URL": url for name, url in urls.items()}

    def react(self, path: str, **reaction: Any) -> Reaction:
        """Say how `path` is answered until the test ends."""
        self._reactions[path] = Reaction(**reaction)
        return self._reactions[path]

    def reaction(self, path: str) -> Reaction | None:
        return self._reactions.get(path)

    def seen_at(self, path: str) -> list[Seen]:
        """What came to a path, whatever its query."""
        return [seen for seen in self.seen if seen.target.partition("?")[0] == path]

    def forget(self) -> None:
        """Begin anew, as every test does."""
        self._reactions.clear()
        self.seen.clear()
        self.unanswered.clear()

    def hang_up(self) -> None:
        """Close every open connection, as a service does that is restarted."""
        for server in self._servers.values():
            server.hang_up()

    def count_requests(self, id: str, window: int, counts: dict[str, int], active: list[str]) -> dict[str, int]:
        """Add a batch that is new to the sums that identity keeps for all gateways; returns those it is about."""
        with self._lock:
            self.active.update(active)
            self.batches[id] += 1
            for key, number in counts.items():
                self._requests[window, key] += number if self.batches[id] == 1 else 0
            return {key: self._requests[window, key] for key in counts}

    def requests_of(self, user_id: UUID) -> int:
        """How many requests of one person all gateways have reported."""
        with self._lock:
            return sum(number for (_, key), number in self._requests.items() if str(user_id) in key)

    def is_signed(self, seen: Seen) -> bool:
        """Whether the gateway asked this, and only now, as identity would judge it."""
        asked = InternalRequest(
            caller="gateway", called=seen.service, method=seen.method, target=seen.target, body=seen.body
        )
        try:
            signature = verify(seen.header("Authorization") or "", asked, INTERNAL_SECRET)
        except BadSignature:
            return False
        with self._lock:
            is_new = signature not in self._signatures
            self._signatures.add(signature)
        return is_new

    def stop(self) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self.connections: set[Any] = set()
        super().__init__(*arguments)

    def hang_up(self) -> None:
        for connection in list(self.connections):
            connection.shutdown(2)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: str
    services: Services
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """The tests look at `seen` instead."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = Seen(self.service, self.command, self.path, self.headers.items(), body, self.client_address[1])
        if path.startswith("/internal/") and not self.services.is_signed(seen):
            reaction = Reaction(status=401, body={"success": False})
        else:
            reaction = self.services.reaction(path) or self._usual(path, seen)
        if not path.startswith(_OF_THE_GATEWAY_ITSELF):
            self.services.seen.append(seen)
        if reaction.delay_seconds:
            time.sleep(reaction.delay_seconds)
        if reaction.before:
            reaction.before()
        if path in self.services.unanswered:
            self.close_connection = True
        elif reaction.hang_ups:
            reaction.hang_ups -= 1
            self.close_connection = True
        elif reaction.raw is not None:
            self.wfile.write(reaction.raw)
            self.close_connection = True
        else:
            self._send(reaction)

    def _send(self, reaction: Reaction) -> None:
        body = reaction.body if isinstance(reaction.body, bytes) else orjson.dumps(reaction.body)
        self.send_response(reaction.status)
        for name, value in {"Content-Type": "application/json", **reaction.headers}.items():
            self.send_header(name, value)
        if reaction.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and reaction.status not in (204, 304):
            self.wfile.write(body)

    def _usual(self, path: str, seen: Seen) -> Reaction:
        if path == "/openapi.json":
            return Reaction(body=_openapi(self.service))
        if path == "/asyncapi.json":
            return Reaction(body={"x-receives": RECEIVES[self.service], "channels": {}, "operations": {}})
        if path == "/internal/revocations":
            return Reaction(body={"sessions": [], "users": []})
        if path == "/internal/settings":
            return Reaction(body={"version": 0, "settings": {"maintenanceMode": False, "maintenanceMessage": None}})
        if path == "/internal/requests":
            return Reaction(body={"counts": self.services.count_requests(**orjson.loads(seen.body))})
        if path.startswith("/internal/sessions/"):
            return Reaction(body={"active": True})
        echo = {"service": seen.service, "method": seen.method, "target": seen.target, "length": len(seen.body)}
        return Reaction(body={"success": True, "message": "Echo.", "data": echo})


def _openapi(service: str) -> dict[str, Any]:
    thing = {"type": "object", "properties": {service: {"type": "string"}}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": _THING}}}}}
    paths = {
        "identity": "/users/{user_id}",
        "membership": "/documents/union-member/{member_id}",
        "lending": "/loans",
        "payments": "/schedules",
        "reporting": "/supervisor-reports/dashboard",
        "notifications": "/settings/email-templates/{key}",
    }
    operation = {"get": {"operationId": "show", "responses": answer, "security": [{"bearer": []}]}}
    return {
        "openapi": "3.1.0",
        "paths": {paths[service]: operation, "/health/live": operation, "/internal/secrets": operation},
        "components": _common_parts() | {"schemas": {**_common_parts()["schemas"], "Thing": thing}},
    }


@cache
def _common_parts() -> dict[str, Any]:
    """What the documents of all services have alike."""
    spec = APISpec(title="", version="1", openapi_version="3.1.0", plugins=[MarshmallowPlugin()])
    add_common_parts(spec.components)
    components: dict[str, Any] = spec.to_dict()["components"]
    return components


_THING = "#/components/schemas/Thing"
