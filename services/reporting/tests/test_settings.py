import pytest

from services.reporting.__main__ import SERVICE
from shared.settings import BadSettings
from shared.testing import INTERNAL_SECRET

SURROUNDINGS = {
    "DATABASE_URL": "postgresql+psycopg://reporting@127.0.0.1/mp",
    "BROKER_URL": "memory://",
    "JWKS_URL": "",
    "INTERNAL_SECRET": INTERNAL_SECRET,
    "ENVIRONMENT": "development",
}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"REPORTING_AUDIT_KEYS": "short"}, "at least 32 characters"),
        ({"REPORTING_AUDIT_KEYS": "x" * 40 + ",short"}, "at least 32 characters"),
        ({"REPORTING_AUDIT_ANCHOR_SECONDS": "0"}, "must be positive"),
        ({"REPORTING_AUDIT_ANCHOR_HOURS": "-1"}, "not negative"),
    ],
)
def test_what_cannot_protect_the_trail_keeps_the_service_from_starting(given, fault):
    with pytest.raises(BadSettings, match=fault):
        SERVICE.read_settings(SURROUNDINGS | given)


def test_who_keeps_the_trail_needs_a_key_and_the_web_side_none():
    settings = SERVICE.read_settings(SURROUNDINGS)
    with pytest.raises(BadSettings, match="REPORTING_AUDIT_KEYS is missing"):
        SERVICE.make_worker(settings)
