"""`GET /api/stream`: the names of what changes, as server-sent events, for as long as the session lives."""

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any

import orjson

from gateway.admission import Admission, Person
from gateway.authority.tokens import find_token
from gateway.events.changes import Scope
from gateway.events.streams import Stream, Streams, Taken
from gateway.requests.context import RequestContext
from gateway.requests.paths import API
from gateway.responses.problems import MethodNotAllowed
from gateway.responses.response import Response
from gateway.upstreams.client import Upstream
from shared.wording import not_allowed

PATH = "/stream"
_RECONNECT_MILLISECONDS = 5000
# Answered by membership, which knows whose unions are whose: by the scope rule, and for the token of whoever asks.
_UNIONS_IN_SCOPE = "/unions/ids"
_HEADERS = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    # nginx would hold back what is short.
    ("X-Accel-Buffering", "no"),
]


class LiveChanges:
    """Answers who wants to hear what changes. Nothing of it is kept: who missed something asks anew."""

    def __init__(self, admission: Admission, membership: Upstream, streams: Streams, beat_seconds: float) -> None:
        self._admission, self._membership, self._streams = admission, membership, streams
        self._beat_seconds = beat_seconds

    def answer(self, context: RequestContext) -> Response:
        """A response that stays open. Raises MethodNotAllowed, Unauthenticated, TooManyRequests, TooManyStreams."""
        context.route = API + PATH
        token = find_token(context.environ)
        person = self._admission.admit_for_long(context, PATH, token)
        if context.method != "GET":
            raise MethodNotAllowed(not_allowed(context.method, context.address), headers=[("Allow", "GET")])
        ask = partial(self._unions_of, token, context.request_id)
        stream = Stream(person.session_id, Scope(person.role, person.user_id, ask))
        self._streams.open(stream)
        pieces = self._pieces(person, stream)
        # From here on closing it, whenever that is, takes the stream away.
        next(pieces)
        return Response(200, list(_HEADERS), pieces)

    def _pieces(self, person: Person, stream: Stream) -> Generator[bytes, None, None]:
        try:
            yield b""
            yield b"retry: %d\n\n" % _RECONNECT_MILLISECONDS
            while True:
                taken = stream.take(self._beat_seconds)
                if not taken.end and not self._admission.still_admits(person, PATH):
                    taken = Taken([], False, "session")
                yield _said(taken)
                if taken.end:
                    return
        finally:
            self._streams.close(stream)

    def _unions_of(self, token: str, request_id: str) -> Sequence[str]:
        headers = [("Authorization", f"Bearer {token}"), ("X-Request-Id", request_id)]
        ids: Sequence[str] = self._membership.get_json(_UNIONS_IN_SCOPE, headers)["data"]
        return ids


def _said(taken: Taken) -> bytes:
    """What was taken as text; when there is nothing, a comment that shows that the line holds."""
    if taken.end:
        return _event("end", {"reason": taken.end})
    said = [_event("refresh", {})] if taken.anything else []
    said += [_event("change", change.dump()) for change in taken.changes]
    return b"".join(said) or b": still here\n\n"


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))
