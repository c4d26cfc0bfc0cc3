"""The web side of identity."""

from pathlib import Path

import orjson
from flask import Flask

from services.identity.api.activity import user_activity
from services.identity.api.auth import auth
from services.identity.api.authority import AccountAuthority
from services.identity.api.bodies import FIELD_NAMES
from services.identity.api.branding import branding
from services.identity.api.deletions import deletions
from services.identity.api.dependencies import Dependencies, RequestLimits
from services.identity.api.institution import institution
from services.identity.api.internal import internal
from services.identity.api.link_requests import link_requests
from services.identity.api.magic_links import magic_links
from services.identity.api.notes import notes
from services.identity.api.oauth import oauth
from services.identity.api.passwords import passwords
from services.identity.api.sessions import sessions
from services.identity.api.staff_sessions import staff_sessions
from services.identity.api.users import users
from services.identity.api.users_bulk import users_bulk
from services.identity.consumers import handlers
from services.identity.credentials.external import Provider
from services.identity.credentials.http import ProviderAway
from services.identity.credentials.passwords import PasswordHashes
from services.identity.credentials.tokens import TokenSigner
from services.identity.queries.member_data import SECTIONS
from services.identity.settings import Settings
from services.identity.steps.password_providers import OwnPasswords, PasswordProvider, SupabasePasswords
from services.identity.usecases.registration import EmailRegistered
from services.identity.usecases.sign_in import SignInPolicy, UnderMaintenance
from shared.member_data import member_data_routes
from shared.storage.downloads import keep_files
from shared.storage.public import uploads
from shared.tokens import TokenVerifier
from shared.web.app import create_service_app


def create_app(settings: Settings) -> Flask:
    """Wire identity together."""
    tokens, hashes = token_signer(settings), password_hashes(settings)
    app = create_service_app(
        "identity",
        settings,
        home=Path(__file__).parent,
        # Fetched from its own address, the keys could wait for a thread that waits for the keys.
        verifier=TokenVerifier("its own keys", lambda _: orjson.dumps(tokens.public_key_set)),
        blueprints=(
            auth,
            sessions,
            staff_sessions,
            passwords,
            link_requests,
            magic_links,
            oauth,
            users,
            users_bulk,
            deletions,
            user_activity,
            notes,
            institution,
            branding,
            internal,
            member_data_routes(*SECTIONS),
            uploads,
        ),
        handlers=handlers,
        authority=AccountAuthority,
        field_names=FIELD_NAMES,
        # The register page of the web client looks for 422, where every other duplicate is 409.
        statuses={EmailRegistered: 422, UnderMaintenance: 503, ProviderAway: 503},
    )
    app.extensions["identity"] = Dependencies(
        hashes=hashes,
        provider=password_provider(settings, hashes),
        providers=external_providers(settings),
        tokens=tokens,
        policy=SignInPolicy(settings.lifetimes, settings.sessions_per_user, settings.failures_per_network),
        request_limits=RequestLimits(settings.requests_per_email, settings.requests_per_network),
        protected=frozenset(address.lower() for address in settings.protected_emails),
        frontend_url=settings.frontend_url,
        public_url=settings.public_url,
        internal_secret=settings.internal_secret,
        secure_cookies=settings.environment == "production",
    )
    keep_files(app, settings, "identity")
    return app


def token_signer(settings: Settings) -> TokenSigner:
    """What signs tokens, and goes by the file of the keys if there is one."""
    file = Path(settings.signing_keys_file) if settings.signing_keys_file else None
    return TokenSigner(settings.signing_keys, file=file, longest_life=settings.lifetimes.refresh)


def password_hashes(settings: Settings) -> PasswordHashes:
    """Password hashes as the settings want them made."""
    return PasswordHashes(
        cost=settings.bcrypt_cost, at_once=settings.hashes_at_once, places=settings.places_for_sign_ins
    )


def password_provider(settings: Settings, hashes: PasswordHashes) -> PasswordProvider:
    """The password provider that the settings name."""
    if supabase := settings.supabase:
        return SupabasePasswords(supabase)
    return OwnPasswords(hashes)


def external_providers(settings: Settings) -> dict[str, Provider]:
    """The providers that are switched on, by name."""
    if not settings.google_client_id and not settings.github_client_id:
        return {}
    from services.identity.credentials.openid import GitHub, OpenIdProvider  # 10 MB that few need

    providers: dict[str, Provider] = {}
    if settings.google_client_id:
        secret = settings.google_client_secret
        providers["google"] = OpenIdProvider(settings.google_issuer, settings.google_client_id, secret)
    if settings.github_client_id:
        urls, secret = (settings.github_url, settings.github_api_url), settings.github_client_secret
        providers["github"] = GitHub(*urls, settings.github_client_id, secret)
    return providers
