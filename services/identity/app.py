"""The web side of identity."""

from dataclasses import replace
from pathlib import Path

from flask import Flask, Response

from services.identity.api.auth import auth
from services.identity.api.authority import AccountAuthority
from services.identity.api.company import company
from services.identity.api.internal import internal
from services.identity.api.parts import Parts
from services.identity.api.users import users
from services.identity.consumers import handlers
from services.identity.credentials.passwords import PasswordHashes
from services.identity.credentials.tokens import TokenSigner
from services.identity.settings import Settings
from services.identity.usecases.registration import EmailRegistered
from shared.web.app import create_service_app
from shared.web.problems import problem

CONTRACTS = Path(__file__).parent / "contracts"


def create_app(settings: Settings) -> Flask:
    """Wire identity together."""
    tokens = TokenSigner(settings.signing_keys)
    app = create_service_app(
        "identity",
        # Fetched from its own address, the keys could wait for a thread that waits for the keys.
        replace(settings, jwks_url=tokens.public_key_url),
        blueprints=(auth, users, company, internal),
        handlers=handlers,
        contracts=CONTRACTS,
        authority=AccountAuthority,
    )
    app.extensions["identity"] = Parts(
        hashes=password_hashes(settings),
        tokens=tokens,
        lifetimes=settings.lifetimes,
        sessions_per_user=settings.sessions_per_user,
        internal_secret=settings.internal_secret,
        secure_cookies=settings.environment == "production",
    )
    app.register_error_handler(EmailRegistered, _email_registered)
    return app


def password_hashes(settings: Settings) -> PasswordHashes:
    """Password hashes as the settings want them made."""
    return PasswordHashes(
        cost=settings.bcrypt_cost, at_once=settings.hashes_at_once, places=settings.places_for_sign_ins
    )


def _email_registered(error: EmailRegistered) -> Response:
    # The register page of the web client looks for 422 here, where every other duplicate is 409.
    errors = [{"field": error.field, "message": error.message}]
    return problem(422, error.message, error.code, errors=errors)
