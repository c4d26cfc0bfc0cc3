import secrets
from dataclasses import replace

import pytest

from shared.settings import BadSettings


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"access_days": 31}, "IDENTITY_ACCESS_DAYS"),
        ({"session_days": 29}, "_SESSION_DAYS"),
        ({"access_days": 0}, "IDENTITY_ACCESS_DAYS"),
        ({"sessions_per_user": 0}, "IDENTITY_SESSIONS_PER_USER"),
        ({"provider": "ldap"}, "IDENTITY_PROVIDER"),
        ({"provider": "supabase"}, "IDENTITY_SUPABASE_URL"),
        ({"google_client_id": "a"}, "IDENTITY_GOOGLE_CLIENT_ID"),
        ({"github_client_secret": "b"}, "IDENTITY_GITHUB_CLIENT_ID"),
        ({"admin_email": "a@example.org", "admin_password": "Password1"}, "IDENTITY_ADMIN_PASSWORD"),
    ],
    ids=str,
)
def test_what_cannot_work_keeps_the_service_from_starting(settings, changes, complaint):
    with pytest.raises(BadSettings, match=complaint):
        replace(settings, **changes)


def test_no_secret_is_shown(settings):
    secrets = {"supabase_api_key": "s3cret", "google_client_secret": "s3cret", "github_client_secret": "s3cret"}
    shown = repr(replace(settings, google_client_id="a", github_client_id="b", **secrets))
    assert "s3cret" not in shown
    assert settings.signing_keys not in shown


@pytest.fixture
def safe(settings):
    """What starts in production."""
    password = secrets.token_urlsafe(24)
    return replace(
        settings,
        environment="production",
        database_url=f"postgresql+psycopg://identity:{password}@postgres/loans",
        broker_url=f"amqp://identity:{password}@rabbitmq//",
        internal_secret=secrets.token_urlsafe(32),
        public_url="https://api.example.org",
        frontend_url="https://app.example.org",
        bcrypt_cost=12,
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"bcrypt_cost": 4}, "IDENTITY_BCRYPT_COST"),
        ({"bcrypt_cost": 11}, "IDENTITY_BCRYPT_COST"),
        ({"failures_per_network": 0}, "IDENTITY_FAILURES_PER_NETWORK"),
        ({"requests_per_email": 0}, "IDENTITY_REQUESTS_PER_EMAIL"),
        ({"requests_per_network": -1}, "IDENTITY_REQUESTS_PER_NETWORK"),
        ({"frontend_url": "http://app.example.org"}, "FRONTEND_URL"),
    ],
    ids=str,
)
def test_what_is_unsafe_keeps_it_from_starting_in_production_only(safe, changes, complaint):
    with pytest.raises(BadSettings, match=complaint):
        replace(safe, **changes)
    assert replace(safe, **changes, environment="development")
