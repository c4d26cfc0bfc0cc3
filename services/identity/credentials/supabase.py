"""Supabase Auth (GoTrue) as a password provider: the few calls of its HTTP API that signing in needs.

See https://supabase.com/docs/reference/self-hosting-auth. Whoever it vouches for gets a session of ours; its own tokens
never leave this service.
"""

from dataclasses import dataclass, field
from typing import Any

import jwt

from services.identity.credentials.http import Answer, ProviderAway, ask
from services.identity.domain.recovery import LinkPurpose
from shared.errors import RuleViolated

_AUDIENCE = "authenticated"
_ASYMMETRIC = ("ES256", "RS256", "EdDSA")
_TOO_MANY = 429


class PasswordRefusedBySupabase(RuleViolated):
    """Supabase asks more of a password than we do."""


@dataclass(frozen=True, slots=True)
class SupabaseSession:
    """Somebody whom Supabase has signed in, by a confirmed address. With the token their password can be changed."""

    email: str
    access_token: str = field(repr=False)


class Supabase:
    """A Supabase project at `url`. Old projects sign their tokens with a shared `jwt_secret`; others publish keys."""

    def __init__(self, url: str, *, api_key: str, jwt_secret: str = "") -> None:
        self._base = f"{url.rstrip('/')}/auth/v1"
        self._api_key = api_key
        self._secret = jwt_secret
        self._keys = jwt.PyJWKClient(f"{self._base}/.well-known/jwks.json", lifespan=600, timeout=5)

    def sign_in(self, email: str, password: str) -> SupabaseSession | None:
        """Whoever has this address and password. Raises ProviderAway."""
        answer = self._post("/token?grant_type=password", {"email": email, "password": password})
        if answer.status == _TOO_MANY:
            # Everybody's sign-ins come from our one address, so it says nothing of this one.
            raise ProviderAway
        return self._session(answer)

    def redeem(self, purpose: LinkPurpose, token_hash: str) -> SupabaseSession | None:
        """Whoever was mailed this link, once. Raises ProviderAway."""
        kind = "recovery" if purpose.sets_password else "magiclink"
        return self._session(self._post("/verify", {"type": kind, "token_hash": token_hash}))

    def send_link(self, purpose: LinkPurpose, email: str) -> None:
        """Have Supabase mail a link. It does not say whether it knows the address, and refuses to mail one twice in a
        minute, which is as good as done. Raises ProviderAway."""
        if purpose.sets_password:
            self._post("/recover", {"email": email})
        else:
            self._post("/otp", {"email": email, "create_user": False})

    def set_password(self, access_token: str, password: str) -> None:
        """Change the password of who holds this token. Raises PasswordRefusedBySupabase, ProviderAway."""
        headers = {"apikey": self._api_key, "Authorization": f"Bearer {access_token}"}
        answer = ask("PUT", f"{self._base}/user", headers=headers, body={"password": password})
        if answer.status == 422:
            raise PasswordRefusedBySupabase("This password was refused. Please choose another.", field="new_password")
        if not answer.is_success:
            raise ProviderAway

    def _post(self, path: str, body: dict[str, Any]) -> Answer:
        return ask("POST", self._base + path, headers={"apikey": self._api_key}, body=body)

    def _session(self, answer: Answer) -> SupabaseSession | None:
        if not answer.is_success or not isinstance(answer.data, dict):
            return None
        token, user = answer.data.get("access_token"), answer.data.get("user")
        if not isinstance(token, str) or not isinstance(user, dict) or not user.get("email_confirmed_at"):
            return None
        email = self._claims(token).get("email")
        return SupabaseSession(email.strip().lower(), token) if isinstance(email, str) and email else None

    def _claims(self, token: str) -> dict[str, Any]:
        """What the token says, once it is proved to be of this project. Raises ProviderAway."""
        try:
            key = self._secret or self._keys.get_signing_key_from_jwt(token).key
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["HS256"] if self._secret else list(_ASYMMETRIC),
                audience=_AUDIENCE,
                issuer=self._base,
                leeway=10,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise ProviderAway from error
        return claims
