"""One request to a service: it is admitted, its body read, the service asked, and the followers of a write awaited."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus

import orjson

from gateway.admission import Admission
from gateway.authority.tokens import find_token
from gateway.events.followers import GATEWAY, Followers, published_events
from gateway.methods import SAFE
from gateway.requests.bodies import Body, body_cap, body_length, read_body
from gateway.requests.context import RequestContext
from gateway.requests.headers import passed_on
from gateway.requests.paths import quoted
from gateway.responses.headers import passed_back
from gateway.responses.problems import problem
from gateway.responses.response import Response
from gateway.routes import PATIENT_PATHS, Route
from gateway.telemetry import FOLLOWERS_BEHIND, FOLLOWERS_WAIT
from gateway.upstreams.client import Upstream, UpstreamDown
from shared import forwarding
from shared.telemetry import log
from shared.tokens import MAX_TOKEN_BYTES
from shared.wording import no_route, not_allowed

# How long to wait before each further attempt at the paths that must survive a service's restart.
PATIENCE_SECONDS = (0.1, 0.3, 0.6)
_WITHOUT_ROUTE = {404: (no_route, "not-found"), 405: (not_allowed, "method-not-allowed")}


class Proxy:
    """Sends requests to the services, one `Upstream` each."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        admission: Admission,
        followers: Followers,
        followers_seconds: float,
        max_file_size: int,
        secret: str,
    ) -> None:
        self._upstreams = upstreams
        self._admission = admission
        self._followers = followers
        self._followers_seconds = followers_seconds
        self._max_file_size = max_file_size
        self._secret = secret

    def forward(self, context: RequestContext, route: Route, path: str) -> Response:
        """The answer of the service that owns `path`, which is relative to /api. Raises Refusal."""
        environ = context.environ
        query = environ.get("QUERY_STRING", "")
        token = find_token(environ)
        role = self._admission.admit(context, path, query, token)
        body = read_body(environ, body_cap(path, environ.get("CONTENT_TYPE", ""), role, self._max_file_size))
        request = (
            context.method,
            quoted(route.target_path(path), query),
            list(_request_headers(context, route, token, body, self._secret)),
            body,
        )
        # Services keep the answers of commands under their keys, and a command is a POST.
        has_key = context.method == "POST" and "HTTP_IDEMPOTENCY_KEY" in environ
        repeatable = context.method in SAFE or has_key
        ask = partial(self._upstreams[route.upstream].send, *request, repeatable=repeatable)
        try:
            response = _patiently(ask) if path in PATIENT_PATHS else ask()
            if route.otherwise and response.status == route.otherwise_at:
                response.close()
                response = self._upstreams[route.otherwise].send(*request, repeatable=repeatable)
            if route.gathered and response.status == HTTPStatus.OK and context.method != "HEAD":
                response = self._gathered(response, route, request[1], request[2])
            self._admission.note_outcome(context, response)
            return self._complete(context, response)
        finally:
            if not isinstance(body, bytes):
                body.close()

    def _gathered(self, response: Response, route: Route, target: str, headers: list[tuple[str, str]]) -> Response:
        """The answer of the owner with what the other services have under their names: all of them, or none. Raises
        UpstreamDown, UpstreamSlow."""
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        answer = orjson.loads(body)
        # The id is the second segment for all of them.
        own = f"{route.gathered}/{target.split('/')[2]}"
        for name in sorted(self._upstreams.keys() - {route.upstream}):
            answer["data"][name] = self._upstreams[name].get_json(own, headers)["data"]
        kept = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
        return Response(response.status, kept, orjson.dumps(answer))

    def _complete(self, context: RequestContext, response: Response) -> Response:
        """The response as the client may see it, once every read reflects what the request changed."""
        if response.status in _WITHOUT_ROUTE and response.header("x-unknown-route"):
            return _unknown_route(context, response)
        events = published_events(response.header("x-events"))
        response.headers = passed_back(response.headers)
        if events:
            with FOLLOWERS_WAIT.time():
                missing = self._followers.wait(events, self._followers_seconds)
            for expected in missing:
                FOLLOWERS_BEHIND.labels(expected.service).inc()
                if expected.service == GATEWAY:
                    # A session was ended, or a setting changed, and this process has not received the event.
                    self._admission.doubt()
            behind = sorted({expected.service for expected in missing} - {GATEWAY})
            if behind:
                response.headers.append(("X-Followers-Behind", ",".join(behind)))
        return response if response.status < 400 or _is_json(response) else _in_envelope(context, response)


def _patiently(ask: Callable[[], Response]) -> Response:
    """Ask again for a second while the service is away; for reads only."""
    for pause in PATIENCE_SECONDS:
        try:
            response = ask()
        except UpstreamDown as error:
            log.info("asked_again", error=error.message)
        else:
            if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                return response
        time.sleep(pause)
    return ask()


def _request_headers(
    context: RequestContext, route: Route, token: str, body: Body, secret: str
) -> Iterator[tuple[str, str]]:
    """The client's headers, cleaned, and ours, which a client can neither send nor have removed."""
    environ = context.environ
    yield from passed_on(environ)
    yield "X-Request-Id", context.request_id
    yield "traceparent", context.traceparent
    yield forwarding.ADDRESS, context.client
    yield forwarding.SIGNATURE, forwarding.signature_of(context.client, context.request_id, secret)
    yield "Accept-Encoding", "identity"
    # On public paths the token was not verified: a service that cares does that itself.
    if token and len(token) <= MAX_TOKEN_BYTES:
        yield "Authorization", f"Bearer {token}"
    if route.upstream == "identity" and "HTTP_COOKIE" in environ:
        yield "Cookie", environ["HTTP_COOKIE"]
    if body or context.method not in SAFE:
        yield "Content-Length", str(body_length(body))


def _is_json(response: Response) -> bool:
    return response.header("content-type").startswith(("application/json", "application/problem+json"))


def _unknown_route(context: RequestContext, response: Response) -> Response:
    """A refusal that names the address as the client called it; the service saw another one."""
    response.close()
    allowed = [("Allow", methods)] if (methods := response.header("allow")) else []
    words, code = _WITHOUT_ROUTE[response.status]
    return problem(response.status, words(context.method, context.address), code, allowed, requestId=context.request_id)


def _in_envelope(context: RequestContext, response: Response) -> Response:
    """A failure in the usual envelope, for one that a service's server answered before its application could."""
    response.close()
    message = "The request could not be answered"
    return problem(response.status, message, "upstream-failure", requestId=context.request_id)
