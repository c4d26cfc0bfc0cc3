"""Google and GitHub through Authlib. Imported only where one of them is switched on, because it costs memory."""

import time
from typing import Any, ClassVar
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from services.identity.credentials.external import NotVouchedFor, PendingSignIn
from services.identity.credentials.http import Answer, ProviderAway, ask

_ALGORITHMS = ["RS256", "ES256"]
_METADATA_SECONDS = 3600.0
_CLOCK_SKEW_SECONDS = 30


class _Session:
    """The part of a `requests` session that Authlib's client uses."""

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any) -> "_Response":
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Response(ask("POST", url, headers=headers, raw=body.encode()))


class _Response:
    def __init__(self, answer: Answer) -> None:
        self.status_code, self._data = answer.status, answer.data

    def json(self) -> Any:
        return self._data

    def raise_for_status(self) -> None:
        raise ProviderAway


class _OAuthProvider:
    """The authorization code flow of RFC 6749 with PKCE S256 (RFC 7636)."""

    scope: ClassVar[str]

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client_id, self._client_secret = client_id, client_secret

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            _Session(),
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
            scope=self.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _address(self, endpoint: str, pending: PendingSignIn, redirect_uri: str, **more: str) -> str:
        client = self._client(redirect_uri)
        url, _ = client.create_authorization_url(
            endpoint, state=pending.state, code_verifier=pending.code_verifier, **more
        )
        return str(url)

    def _token(self, endpoint: str, pending: PendingSignIn, code: str, redirect_uri: str) -> dict[str, Any]:
        client = self._client(redirect_uri)
        try:
            token: dict[str, Any] = client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=pending.code_verifier
            )
        except AuthlibBaseError as error:
            raise NotVouchedFor from error
        return token


class OpenIdProvider(_OAuthProvider):
    """A provider of OpenID Connect that publishes its endpoints and keys, such as Google."""

    scope = "openid email"

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        super().__init__(client_id, client_secret)
        self._issuer = issuer
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._fetched_at = float("-inf")

    def address(self, pending: PendingSignIn, redirect_uri: str) -> str:
        endpoint = self._published()["authorization_endpoint"]
        return self._address(endpoint, pending, redirect_uri, nonce=pending.nonce)

    def verified_email(self, pending: PendingSignIn, *, code: str, issuer: str | None, redirect_uri: str) -> str:
        if issuer not in (None, self._issuer):
            raise NotVouchedFor
        token = self._token(self._published()["token_endpoint"], pending, code, redirect_uri)
        claims = self._claims(token, pending.nonce)
        if claims.get("email_verified") is not True:
            raise NotVouchedFor
        return _as_address(claims.get("email"))

    def _claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says (OpenID Connect Core 3.1.3.7)."""
        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
        try:
            decoded = self._decode(str(token.get("id_token", "")))
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(leeway=_CLOCK_SKEW_SECONDS)
        except (JoseError, AuthlibBaseError, ValueError) as error:
            raise NotVouchedFor from error
        return dict(claims)

    def _decode(self, id_token: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        for is_last in (False, True):
            keys = KeySet.import_key_set(self._keys)  # type: ignore[arg-type]  # a JWK set is read from JSON
            try:
                return jwt.decode(id_token, keys, registry=registry)
            except (JoseError, ValueError):
                if is_last:
                    raise
                # Perhaps signed with a key they have begun to use since.
                self._fetch()
        raise AssertionError("unreachable")

    def _published(self) -> dict[str, Any]:
        if time.monotonic() - self._fetched_at > _METADATA_SECONDS:
            self._fetch()
        return self._metadata

    def _fetch(self) -> None:
        metadata = ask("GET", f"{self._issuer}/.well-known/openid-configuration").data
        if not isinstance(metadata, dict) or metadata.get("issuer") != self._issuer:
            raise ProviderAway
        keys = ask("GET", str(metadata.get("jwks_uri"))).data
        if not isinstance(keys, dict) or not keys.get("keys"):
            raise ProviderAway
        self._metadata, self._keys, self._fetched_at = metadata, keys, time.monotonic()


class GitHub(_OAuthProvider):
    """GitHub, which speaks OAuth 2.0 without OpenID and is asked for the person's addresses."""

    scope = "user:email"

    def __init__(self, url: str, api_url: str, client_id: str, client_secret: str) -> None:
        super().__init__(client_id, client_secret)
        self._issuer, self._api_url = f"{url}/login/oauth", api_url

    def address(self, pending: PendingSignIn, redirect_uri: str) -> str:
        return self._address(f"{self._issuer}/authorize", pending, redirect_uri)

    def verified_email(self, pending: PendingSignIn, *, code: str, issuer: str | None, redirect_uri: str) -> str:
        if issuer not in (None, self._issuer):
            raise NotVouchedFor
        token = self._token(f"{self._issuer}/access_token", pending, code, redirect_uri)
        headers = {"Authorization": f"Bearer {token.get('access_token')}", "Accept": "application/vnd.github+json"}
        addresses = ask("GET", f"{self._api_url}/user/emails", headers=headers).data
        if not isinstance(addresses, list):
            raise NotVouchedFor
        own = (one for one in addresses if isinstance(one, dict) and one.get("primary") is True)
        return _as_address(next((one.get("email") for one in own if one.get("verified") is True), None))


def _as_address(email: Any) -> str:
    if not isinstance(email, str) or not email.strip():
        raise NotVouchedFor
    return email.strip().lower()
