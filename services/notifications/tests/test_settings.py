import secrets
from dataclasses import replace

import pytest

from services.notifications.settings import Settings
from shared.settings import BadSettings, read_settings


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"mails_a_second": 0}, "NOTIFICATIONS_MAILS_A_SECOND"),
        ({"sealing_keys": ("too short",)}, "NOTIFICATIONS_SEALING_KEYS"),
    ],
    ids=str,
)
def test_what_cannot_work_keeps_the_service_from_starting(settings, changes, complaint):
    with pytest.raises(BadSettings, match=complaint):
        replace(settings, **changes)


@pytest.fixture
def safe(settings):
    """What starts in production."""
    password = secrets.token_urlsafe(24)
    return replace(
        settings,
        environment="production",
        database_url=f"postgresql+psycopg://notifications:{password}@postgres/loans",
        broker_url=f"amqp://notifications:{password}@rabbitmq//",
        internal_secret=secrets.token_urlsafe(32),
        public_url="https://api.example.org",
        frontend_url="https://app.example.org",
        sealing_keys=(secrets.token_urlsafe(32),),
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"sealing_keys": ("0123456789abcdef" * 2,)}, "NOTIFICATIONS_SEALING_KEYS"),
        ({"frontend_url": "http://app.example.org"}, "FRONTEND_URL"),
    ],
    ids=str,
)
def test_what_is_unsafe_keeps_it_from_starting_in_production_only(safe, changes, complaint):
    with pytest.raises(BadSettings, match=complaint):
        replace(safe, **changes)
    assert replace(safe, **changes, environment="development")


def test_settings_go_by_their_names_of_the_time_when_mail_belonged_to_identity(settings):
    given = {
        "DATABASE_URL": settings.database_url, "BROKER_URL": "memory://", "JWKS_URL": settings.jwks_url,
        "INTERNAL_SECRET": settings.internal_secret, "ENVIRONMENT": "development", "REMINDER_DAYS": "3",
        "IDENTITY_REMINDER_DAYS": "2", "IDENTITY_MAIL_FOLDER": "/var/mail",
    }  # fmt: skip
    found = read_settings(Settings, given, prefix="NOTIFICATIONS")
    assert (found.reminder_days, found.mail_folder) == (2, "/var/mail")
    assert read_settings(Settings, given | {"NOTIFICATIONS_REMINDER_DAYS": "1"}, "NOTIFICATIONS").reminder_days == 1
