"""Every secret can be renewed: the platform works with the new one, and the old one opens nothing."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy.client import Client
from deploy.docker.make_secrets import make_secrets, write_missing
from deploy.local.folder import CODE
from deploy.local.platform import Platform
from deploy.local.progress import say_nothing
from deploy.local.rabbitmq import takes_connections
from deploy.mp.renew import RENEWABLE, renew_compose, renew_local


@pytest.mark.timeout(400)
def test_a_platform_works_with_all_its_secrets_renewed(tmp_path: Path) -> None:
    root = tmp_path / "platform"
    tmp_path.chmod(0o711)

    def made() -> Platform:
        return Platform(root, environment={"IDENTITY_BCRYPT_COST": "4"}, report=say_nothing)

    first = made()
    first.start()
    try:
        token = Client(first.url).sign_in(first.credentials.email, first.credentials.password).token
        old = {service: url.replace("+psycopg", "") for service, url in first.database_urls.items()}
        old_broker = first.broker.url
    finally:
        first.stop()
    for what in RENEWABLE:
        assert renew_local(root / "secrets", what)
    second = made()
    second.start()
    try:
        # Who was signed in still is, and everything from an application to its audited payment goes through.
        Client(second.url, token).get("/api/auth/me")
        demo = [sys.executable, "-m", "deploy.demo", "--credentials", str(root / "credentials.json")]
        assert (
            "All figures are what they must be."
            in subprocess.run(demo, cwd=CODE, capture_output=True, text=True, check=True).stdout
        )
        port = str(psycopg.conninfo.conninfo_to_dict(second.admin_url)["port"])
        for url in old.values():
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(url, port=port)
        new_broker = second.broker.url
        assert takes_connections(new_broker)
        assert not takes_connections(new_broker.replace(_password(new_broker), _password(old_broker)))
    finally:
        second.stop()
        second.remove()


def _password(url: str) -> str:
    return url.split(":")[2].split("@")[0]


@pytest.mark.parametrize("what", RENEWABLE)
def test_in_compose_what_belongs_together_is_renewed_together(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    write_missing(folder)
    before = {path.name: path.read_text() for path in folder.iterdir()}
    renewed = renew_compose(folder, what)
    after = {path.name: path.read_text() for path in folder.iterdir()}
    assert after.keys() == before.keys() == make_secrets().keys()
    assert {name for name in before if before[name] != after[name]} == set(renewed)
    # Nothing that is left fits no more, and a container can read all of it.
    assert write_missing(folder) == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}


def test_the_broker_knows_the_passwords_that_were_renewed(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    write_missing(folder)
    before = json.loads((folder / "broker_definitions").read_text())["users"]
    assert "broker_definitions" in renew_compose(folder, "broker")
    assert (folder / "outside_broker_url").read_text().split("@")[0] == (
        (folder / "reporting_broker_url").read_text().split("@")[0]
    )
    after = json.loads((folder / "broker_definitions").read_text())["users"]
    assert len(before) == len(after)
    assert before != after


def test_an_old_key_of_the_audit_trail_stays_behind_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "audit-keys").write_text("old-key")
    renew_local(tmp_path, "audit")
    new, old = (tmp_path / "audit-keys").read_text().split(",")
    assert old == "old-key"
    assert len(new) >= 32
