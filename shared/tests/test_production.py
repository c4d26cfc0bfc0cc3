"""What is unsafe keeps a service from starting in production, and is fine while somebody develops."""

import secrets
from collections.abc import Callable

import pytest

from shared.production import secret_faults
from shared.settings import BadSettings, BaseSettings, read_settings

SAFE = {
    "DATABASE_URL": f"postgresql+psycopg://lending:{secrets.token_urlsafe(24)}@postgres:5432/loans",
    "BROKER_URL": f"amqp://loans:{secrets.token_urlsafe(24)}@rabbitmq:5672//",
    "JWKS_URL": "http://identity:8101/.well-known/jwks.json",
    "INTERNAL_SECRET": secrets.token_urlsafe(32),
    "BIND": "127.0.0.1:8103",
    "PUBLIC_URL": "https://api.example.org",
}
UNSAFE = [
    ("INTERNAL_SECRET", "change-me-" + "0123456789abcdef" * 2),
    ("INTERNAL_SECRET", "The-Secret-Of-This-Installation-1234"),
    ("INTERNAL_SECRET", "x" * 40),
    ("INTERNAL_SECRET", "abcabc" * 8),
    ("INTERNAL_SECRET", "k3Jq9ZxW7bT2" * 3),
    ("INTERNAL_SECRET", "0123456789abcdef" * 2),
    ("INTERNAL_SECRET", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("INTERNAL_SECRET", "zyxwvutsrqponmlkjihgfedcba9876543210"),
    ("INTERNAL_SECRET", "aaaabbbbccccddddeeeeffffgggghhhhiiii"),
    ("BROKER_URL", "amqp://loans:loans-loans-loans@rabbitmq:5672//"),
    ("BROKER_URL", "amqp://loans@rabbitmq:5672//"),
    ("DATABASE_URL", "postgresql+psycopg://lending:abcdefghijklmnop@postgres/loans"),
    ("BROKER_URL", "amqp://guest:guest@rabbitmq:5672//"),
    ("BROKER_URL", "amqp://rabbitmq:5672//"),
    ("BROKER_URL", "amqp://guest:guest@10.1.2.3//"),
    ("BROKER_URL", "memory://"),
    ("BROKER_URL", f"{SAFE['BROKER_URL']};amqp://guest:guest@10.1.2.4//"),
    ("DATABASE_URL", "postgresql+psycopg://lending@postgres/loans"),
    ("DATABASE_URL", "postgresql+psycopg://lending:lending@postgres/loans"),
    ("DATABASE_URL", "postgresql+psycopg://lending:postgres@postgres/loans"),
    ("PUBLIC_URL", "http://api.example.org"),
]


def read(**changes: str) -> BaseSettings:
    return read_settings(BaseSettings, SAFE | changes, prefix="LENDING")


def test_what_is_safe_starts_and_production_is_what_is_meant_when_nothing_is_said() -> None:
    assert read().environment == "production"


@pytest.mark.parametrize(("name", "value"), UNSAFE, ids=str)
def test_what_is_unsafe_keeps_it_from_starting_in_production_only(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name) as caught:
        read(**{name: value})
    assert caught.value.args[0].count(";") == 0
    assert read(**{name: value}, ENVIRONMENT="development")


def test_a_secret_that_is_too_short_keeps_it_from_starting_anywhere() -> None:
    for environment in ("production", "development"):
        with pytest.raises(BadSettings, match="INTERNAL_SECRET"):
            read(INTERNAL_SECRET=secrets.token_hex(15), ENVIRONMENT=environment)


@pytest.mark.parametrize("name", ["prod", "Production", "staging", ""])
def test_a_misspelt_production_is_not_taken_for_development(name: str) -> None:
    with pytest.raises(BadSettings, match="ENVIRONMENT"):
        read(ENVIRONMENT=name)


@pytest.mark.parametrize("address", ["http://localhost:8080", "http://127.0.0.1:8080"])
def test_this_machine_alone_needs_no_tls(address: str) -> None:
    assert read(PUBLIC_URL=address)


def test_a_guest_of_this_machine_is_none_of_the_networks() -> None:
    assert read(BROKER_URL="amqp://guest:guest@127.0.0.1//")


def test_no_fault_shows_a_secret() -> None:
    values = {"DATABASE_URL": "postgresql://lending:s3cret-word@db/x", "INTERNAL_SECRET": "change-me" * 5}
    with pytest.raises(BadSettings) as caught:
        read(**values)
    assert not [value for value in ("s3cret-word", "change-me") if value in str(caught.value)]


@pytest.mark.parametrize(
    "make", [secrets.token_hex, secrets.token_urlsafe, lambda size: secrets.token_bytes(size).hex()]
)
def test_what_is_made_at_random_has_no_pattern(make: Callable[[int], str]) -> None:
    assert [secret for secret in (make(16) for _ in range(5000)) if list(secret_faults("X", secret))] == []
