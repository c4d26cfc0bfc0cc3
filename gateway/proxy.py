"""Forwarding: who asks is checked, the body is read, the service is asked, and those who follow it are waited for."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus

from gateway.authority.maintenance import Maintenance
from gateway.authority.sessions import Authority
from gateway.authority.tokens import find_token, verified_claims
from gateway.events.followers import GATEWAY, Followers, read_told
from gateway.limits.rate_limits import Limits
from gateway.requests.bodies import Body, body_cap, body_length, read_body
from gateway.requests.context import Visit
from gateway.requests.headers import passed_on
from gateway.requests.paths import quoted
from gateway.responses.headers import passed_back
from gateway.responses.problems import Unauthenticated, problem
from gateway.responses.response import Answer
from gateway.routes import PATIENT_PATHS, Route, is_public, proves_something
from gateway.telemetry import FOLLOWERS_BEHIND, FOLLOWERS_WAIT
from gateway.upstreams.client import Upstream, UpstreamDown
from shared import forwarding
from shared.context import Role
from shared.telemetry import log
from shared.tokens import MAX_TOKEN_BYTES, TokenVerifier
from shared.wording import no_route, not_allowed

# How long to wait before each further attempt at the paths that must not fail for a moment's reason.
PATIENCE_SECONDS = (0.1, 0.3, 0.6)
_HARMLESS = frozenset({"GET", "HEAD"})
_WITHOUT_ROUTE = {404: (no_route, "not-found"), 405: (not_allowed, "method-not-allowed")}


class Proxy:
    """Sends requests to the services, one `Upstream` each."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        verifier: TokenVerifier,
        authority: Authority,
        maintenance: Maintenance,
        limits: Limits,
        followers: Followers,
        followers_seconds: float,
        max_file_size: int,
        secret: str,
    ) -> None:
        self._upstreams = upstreams
        self._verifier = verifier
        self._authority = authority
        self._maintenance = maintenance
        self._limits = limits
        self._followers = followers
        self._followers_seconds = followers_seconds
        self._max_file_size = max_file_size
        self._secret = secret

    def forward(self, visit: Visit, route: Route, path: str) -> Answer:
        """The answer of the service that owns `path`, which is relative to /api. Raises Refusal."""
        environ = visit.environ
        query = environ.get("QUERY_STRING", "")
        token = find_token(environ)
        role = self._let_in(visit, path, query, token)
        body = read_body(environ, body_cap(path, environ.get("CONTENT_TYPE", ""), role, self._max_file_size))
        request = (
            visit.method,
            quoted(route.target_path(path), query),
            list(_request_headers(visit, route, token, body, self._secret)),
            body,
        )
        # Services keep the answers of commands under their keys, and a command is a POST.
        has_key = visit.method == "POST" and "HTTP_IDEMPOTENCY_KEY" in environ
        repeatable = visit.method in _HARMLESS or has_key
        ask = partial(self._upstreams[route.upstream].send, *request, repeatable=repeatable)
        try:
            answer = _patiently(ask) if path in PATIENT_PATHS else ask()
            if route.otherwise and answer.status == route.otherwise_at:
                answer.close()
                answer = self._upstreams[route.otherwise].send(*request, repeatable=repeatable)
            if visit.is_proving and _is_refusal(answer):
                self._limits.count_refusal(visit)
            return self._complete(visit, answer)
        finally:
            if not isinstance(body, bytes):
                body.close()

    def _let_in(self, visit: Visit, path: str, query: str, token: str) -> str:
        """Count who asks and let them pass if they may; returns their role, empty where no sign-in is asked for.
        Raises Unauthenticated, SignInUnavailable, TooManyRequests."""
        role = ""
        if not is_public(path, query):
            try:
                role = self._admit(visit, token)
            except Unauthenticated:
                # Whoever is nobody counts too, by their address.
                self._limits.count(visit, path)
                raise
        elif proves_something(path):
            visit.is_proving = True
            self._limits.check_refusals(visit)
        self._limits.count(visit, path)
        return role

    def check_maintenance(self, visit: Visit, path: str) -> None:
        """Return when a path relative to /api is served to whoever asks. Raises UnderMaintenance, SignInUnavailable."""
        if not self._maintenance.refuses(path):
            return
        try:
            role = self._admit(visit, find_token(visit.environ))
        except Unauthenticated as error:
            raise self._maintenance.refusal() from error
        if role != Role.ADMIN:
            raise self._maintenance.refusal()

    def _admit(self, visit: Visit, token: str) -> str:
        """Let a signed-in person pass and return their role. Raises Unauthenticated, SignInUnavailable."""
        claims = verified_claims(self._verifier, token)
        self._authority.check(claims["sid"])
        visit.user_id, visit.is_impersonated = claims["sub"], bool(claims.get("imp"))
        return str(claims["role"])

    def _complete(self, visit: Visit, answer: Answer) -> Answer:
        """The answer as the client may see it, once a read that depends on it would see the same."""
        if answer.status in _WITHOUT_ROUTE and _has_no_route(answer):
            return _unknown_route(visit, answer)
        told = read_told(",".join(value for name, value in answer.headers if name.lower() == "x-events"))
        answer.headers = passed_back(answer.headers)
        if told:
            with FOLLOWERS_WAIT.time():
                missing = self._followers.wait(told, self._followers_seconds)
            for expected in missing:
                FOLLOWERS_BEHIND.labels(expected.service).inc()
                if expected.service == GATEWAY:
                    # A session was ended, or a setting changed, through this process and the bus has not said so.
                    self._authority.doubt()
                    self._maintenance.doubt()
            behind = sorted({expected.service for expected in missing} - {GATEWAY})
            if behind:
                answer.headers.append(("X-Followers-Behind", ",".join(behind)))
        return answer if answer.status < 400 or _is_json(answer) else _in_envelope(visit, answer)


def _patiently(ask: Callable[[], Answer]) -> Answer:
    """Ask again for a second while the service is away; for reads only."""
    for pause in PATIENCE_SECONDS:
        try:
            answer = ask()
        except UpstreamDown as error:
            log.info("asked_again", error=error.message)
        else:
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer
        time.sleep(pause)
    return ask()


def _request_headers(visit: Visit, route: Route, token: str, body: Body, secret: str) -> Iterator[tuple[str, str]]:
    """The client's headers, cleaned, and ours, which a client can neither send nor have removed."""
    environ = visit.environ
    yield from passed_on(environ)
    yield "X-Request-Id", visit.request_id
    yield "traceparent", visit.traceparent
    yield forwarding.ADDRESS, visit.client
    yield forwarding.SIGNATURE, forwarding.signature_of(visit.client, visit.request_id, secret)
    yield "Accept-Encoding", "identity"
    # On public paths the token was not verified: a service that cares does that itself.
    if token and len(token) <= MAX_TOKEN_BYTES:
        yield "Authorization", f"Bearer {token}"
    if route.upstream == "identity" and "HTTP_COOKIE" in environ:
        yield "Cookie", environ["HTTP_COOKIE"]
    if body or visit.method not in _HARMLESS:
        yield "Content-Length", str(body_length(body))


def _is_refusal(answer: Answer) -> bool:
    return 400 <= answer.status < 500 and answer.status != HTTPStatus.TOO_MANY_REQUESTS


def _is_json(answer: Answer) -> bool:
    content_type = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    return content_type.startswith(("application/json", "application/problem+json"))


def _has_no_route(answer: Answer) -> bool:
    return any(name.lower() == "x-unknown-route" for name, _ in answer.headers)


def _unknown_route(visit: Visit, answer: Answer) -> Answer:
    """What no service answers, by the address that was called: a service knows it by another."""
    answer.close()
    allowed = [(name, value) for name, value in answer.headers if name.lower() == "allow"]
    words, code = _WITHOUT_ROUTE[answer.status]
    return problem(answer.status, words(visit.method, visit.address), code, allowed, requestId=visit.request_id)


def _in_envelope(visit: Visit, answer: Answer) -> Answer:
    """A failure that a service's server answered before its application could say why."""
    answer.close()
    message = "The request could not be answered"
    return problem(answer.status, message, "upstream-failure", requestId=visit.request_id)
