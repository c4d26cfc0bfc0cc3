"""Who may pass: whoever is signed in, within the limits, and while maintenance mode allows it."""

import time
from typing import NamedTuple

from gateway.authority.maintenance import Maintenance
from gateway.authority.sessions import Authority
from gateway.authority.tokens import find_token, verified_claims
from gateway.limits.rate_limits import RateLimits
from gateway.requests.context import RequestContext
from gateway.responses.problems import Unauthenticated, Unavailable
from gateway.responses.response import Response
from gateway.routes import checks_secret, is_public
from shared.context import Role
from shared.tokens import TokenVerifier


class Person(NamedTuple):
    """Who is signed in, by which session, and until when (seconds since 1970)."""

    user_id: str
    role: Role
    session_id: str
    expires_at: float


class Admission:
    """Judges requests before a service is asked, and learns from the response where a secret was tried."""

    def __init__(
        self, verifier: TokenVerifier, authority: Authority, maintenance: Maintenance, limits: RateLimits
    ) -> None:
        self._verifier = verifier
        self._authority = authority
        self._maintenance = maintenance
        self._limits = limits

    def check_maintenance(self, context: RequestContext, path: str) -> None:
        """Return unless maintenance mode closes a path, relative to /api, to this person. Raises UnderMaintenance,
        SignInUnavailable."""
        if not self._maintenance.refuses(path):
            return
        try:
            role = self._sign_in(context, find_token(context.environ))
        except Unauthenticated as error:
            raise self._maintenance.refusal() from error
        if role != Role.ADMIN:
            raise self._maintenance.refusal()

    def admit(self, context: RequestContext, path: str, query: str, token: str) -> str:
        """Count a request to `path`, relative to /api, and return the role of who asks, empty where no sign-in is
        needed. Raises Unauthenticated, SignInUnavailable, TooManyRequests."""
        role = ""
        if not is_public(path, query):
            try:
                role = self._sign_in(context, token)
            except Unauthenticated:
                # A request without a valid sign-in counts too, by its address.
                self._limits.count(context, path)
                raise
        elif checks_secret(path):
            context.brings_secret = True
            self._limits.check_refusals(context)
        self._limits.count(context, path)
        return role

    def admit_for_long(self, context: RequestContext, path: str, token: str) -> Person:
        """Count a request to `path`, relative to /api, that will stay open, and return who asks.

        Raises Unauthenticated, SignInUnavailable, TooManyRequests.
        """
        self.admit(context, path, "", token)
        claims = verified_claims(self._verifier, token)
        return Person(str(claims["sub"]), Role(claims["role"]), str(claims["sid"]), float(claims["exp"]))

    def still_admits(self, person: Person, path: str) -> bool:
        """Whether who was admitted to `path` may stay: the session lives on, and no maintenance mode closes it."""
        if time.time() >= person.expires_at or (person.role is not Role.ADMIN and self._maintenance.refuses(path)):
            return False
        try:
            self._authority.check(person.session_id)
        except (Unauthenticated, Unavailable):
            return False
        return True

    def note_outcome(self, context: RequestContext, response: Response) -> None:
        """Count a secret that a service refused, against the address it came from."""
        if context.brings_secret and 400 <= response.status < 500 and response.status != 429:
            self._limits.count_refusal(context)

    def doubt(self) -> None:
        """An event that decides about admission may have been missed."""
        self._authority.doubt()
        self._maintenance.doubt()

    def _sign_in(self, context: RequestContext, token: str) -> str:
        claims = verified_claims(self._verifier, token)
        self._authority.check(claims["sid"])
        context.user_id, context.is_impersonated = claims["sub"], bool(claims.get("imp"))
        return str(claims["role"])
