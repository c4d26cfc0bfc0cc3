"""What the views need beside the database; `create_app` puts it together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask import current_app

from services.identity.credentials.external import Provider
from services.identity.credentials.passwords import PasswordHashes
from services.identity.credentials.tokens import TokenSigner
from services.identity.steps.password_providers import PasswordProvider
from services.identity.usecases.sign_in import SignInPolicy


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How much a stranger may ask for in an hour: for one address of e-mail, and from one of the network."""

    per_email: int
    per_network: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Credentials, and the settings that govern sessions.

    `protected` are the addresses of accounts whose password cannot be changed; `providers` are the other ways to sign
    in that are switched on, by name.
    """

    hashes: PasswordHashes
    provider: PasswordProvider
    providers: Mapping[str, Provider]
    tokens: TokenSigner
    policy: SignInPolicy
    request_limits: RequestLimits
    protected: Collection[str]
    frontend_url: str
    public_url: str
    internal_secret: str
    secure_cookies: bool


def dependencies() -> Dependencies:
    """The dependencies of the running app."""
    held: Dependencies = current_app.extensions["identity"]
    return held
