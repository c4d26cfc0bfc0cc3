"""Secrets are made once, and only their owner can read them."""

import json
import stat

from deploy.local.credentials import kept_credentials, kept_secret, kept_signing_keys
from services.identity.credentials.common_passwords import password_rules
from services.identity.domain.password import MIN_CHARACTERS, check_admin_password


def mode(path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_the_credentials_are_for_their_owner_only_and_hold_what_one_needs_to_sign_in(tmp_path):
    kept_credentials(tmp_path / "credentials.json", "http://127.0.0.1:8080")
    assert mode(tmp_path / "credentials.json") == "0o600"
    assert json.loads((tmp_path / "credentials.json").read_text()).keys() == {"url", "email", "password"}


def test_the_password_stays_when_the_address_changes(tmp_path):
    first = kept_credentials(tmp_path / "credentials.json", "http://127.0.0.1:8080")
    second = kept_credentials(tmp_path / "credentials.json", "http://127.0.0.1:9090")
    assert (second.url, second.password) == ("http://127.0.0.1:9090", first.password)


def test_the_password_is_one_that_identity_takes_from_an_admin(tmp_path):
    password = kept_credentials(tmp_path / "credentials.json", "http://127.0.0.1").password
    check_admin_password(password, password_rules(MIN_CHARACTERS))


def test_a_secret_stays_the_same_and_is_for_its_owner_only(tmp_path):
    secret = kept_secret(tmp_path / "secrets", "lending")
    assert kept_secret(tmp_path / "secrets", "lending") == secret
    assert kept_secret(tmp_path / "secrets", "payments") != secret
    assert (mode(tmp_path / "secrets"), mode(tmp_path / "secrets" / "lending")) == ("0o700", "0o600")


def test_the_published_keys_hold_no_private_half(tmp_path):
    private, public = tmp_path / "secrets" / "signing-keys.json", tmp_path / "jwks.json"
    kept_signing_keys(private, public)
    assert mode(private) == "0o600"
    assert "d" in json.loads(private.read_text())["keys"][0]
    assert "d" not in json.loads(public.read_text())["keys"][0]
