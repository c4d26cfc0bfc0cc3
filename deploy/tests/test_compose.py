"""docker-compose.yml, as far as it can be checked without Docker: its promises, and that every process can start."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.backups.server import ARCHIVING
from deploy.backups.settings import Settings as BackupSettings
from deploy.broker.definitions import RETIRED, USERS, password_hash
from deploy.broker.keys import EVERYBODY
from deploy.broker.provision import Settings as BrokerSettings
from deploy.database.carry_over import Settings as CarryOverSettings
from deploy.database.fill_history import Settings as HistorySettings
from deploy.database.provision import SERVICES, Urls
from deploy.docker.keep_keys import keep
from deploy.docker.make_secrets import make_secrets, write_missing
from deploy.local.postgres import LOCALE, SETTINGS
from deploy.mp.status import Access
from deploy.mp.ways import PARTS as WHERE
from deploy.mp.ways import Compose
from deploy.settings_page import settings_of
from gateway.settings import Settings as GatewaySettings
from services.identity.credentials.keys import new_signing_key
from shared.cli import main
from shared.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, part in PARTS.items() if "build" in part]
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")
_ONCE = (
    "provision",
    "provision-broker",
    "keys",
    "migrate",
    "carry-over",
    "carry-over-end",
    "fill-history",
    "operator",
    "archive",
    "database-version",
    "upgrade-database",
    "restore",
    "after-restore",
)
# Who comes to the files of PostgreSQL before a database runs, or after it has ended, is root, as their folder is.
_ON_FILES = ("database-version", "upgrade-database", "restore", "after-restore")
_WITH_POSTGRES = {"backups": "999:999", **dict.fromkeys(_ON_FILES, "root")}
# Programs of others that watch over the platform, in a profile of their own.
WATCHING = ("prometheus", "grafana")
LASTING = [name for name in PARTS if name not in (*_ONCE, *WATCHING)]
KEYS = "/var/lib/millenium-potters/keys/signing-keys.json"
# Not an operator's to choose: where a process listens inside, what only workers, or only operators, are given, and what
# the image itself says.
_OURS_TO_CHOOSE = {
    "version",
    "console_folder",
    "bind",
    "worker_bind",
    "event_keys",
    "operator_broker_url",
    "signing_keys",
    "audit_keys",
} | {
    "audit_anchor_file",
    "outside_broker_url",
}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    for name, content in make_secrets().items():
        (folder / name).write_text(content)
    return folder


def environment(part: str, secrets: Path) -> dict[str, str]:
    """What the process of a part would find in its environment, where nobody changed a default."""
    values = {name: value for name, value in PARTS[part]["environment"].items() if value is not None}
    given = {name: _DEFAULT.sub(r"\1", str(value)) for name, value in values.items()}
    # The keys are a copy of the secret.
    given = {name: value.replace(KEYS, "/run/secrets/signing_keys") for name, value in given.items()}
    return {name: value.replace("/run/secrets", str(secrets)) for name, value in given.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_runs_as_web_and_as_worker(service):
    assert PARTS[f"{service}-web"]["command"] == ["python", "-m", f"services.{service}", "web"]
    assert PARTS[f"{service}-worker"]["command"] == ["python", "-m", f"services.{service}", "worker"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", ["web", "worker"])
def test_each_service_finds_every_setting_it_needs(service, role, secrets):
    parts = import_module(f"services.{service}.__main__").SERVICE
    settings = parts.read_settings(environment(f"{service}-{role}", secrets))
    if role == "worker":
        assert settings.keys_of(service).checking.keys() == {*SERVICES, "gateway"}
    assert f"//{service}:" in settings.database_url


def test_the_other_processes_find_theirs(secrets):
    gateway = read_settings(GatewaySettings, environment("gateway", secrets), prefix="GATEWAY")
    assert gateway.upstream_urls.keys() == set(SERVICES)
    assert read_settings(Urls, environment("provision", secrets), prefix="PROVISION")
    assert read_settings(BrokerSettings, environment("provision-broker", secrets), prefix="PROVISION")
    for part in ("carry-over", "carry-over-end"):
        assert read_settings(CarryOverSettings, environment(part, secrets), prefix="PROVISION")
    assert read_settings(HistorySettings, environment("fill-history", secrets), prefix="PROVISION")
    for part in _WITH_POSTGRES:
        assert read_settings(BackupSettings, environment(part, secrets), prefix="BACKUPS")
    for service in SERVICES:
        for part in ("migrate", "after-restore"):
            bind = {f"{service.upper()}_BIND": "127.0.0.1:0"}
            parts = import_module(f"services.{service}.__main__").SERVICE
            settings = parts.read_settings(environment(part, secrets) | bind)
            if part == "after-restore":
                # Who begins a new epoch names all who have keys.
                assert settings.keys_of(service).checking.keys() == {*SERVICES, "gateway"}


@pytest.mark.parametrize("part", [name for name in PARTS if "environment" in PARTS[name]])
def test_a_part_is_given_the_secrets_it_reads_and_no_others(part):
    read = [value for value in PARTS[part]["environment"].values() if str(value).startswith("/run/secrets/")]
    assert sorted(f"/run/secrets/{name}" for name in PARTS[part]["secrets"]) == sorted(read)


def test_every_secret_is_one_that_is_made():
    files = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}
    assert files == {name: f"deploy/secrets/{name}" for name in make_secrets()}


@pytest.mark.parametrize("part", [name for name in LASTING if "secrets" in PARTS[name]])
def test_nobody_who_keeps_running_has_what_may_do_anything(part):
    """The operator's broker user, and the secret that the keys of events are made from."""
    assert not {"operator_broker_url", "event_secret"} & set(map(str, PARTS[part]["secrets"]))


def test_the_broker_lets_in_each_part_with_its_own_password_and_the_operator():
    secrets = make_secrets()
    hashes = {user["name"]: user["password_hash"] for user in json.loads(secrets["broker_definitions"])["users"]}
    # Without a hash nobody gets in.
    assert hashes.pop(RETIRED) == ""
    assert hashes.keys() == set(USERS)
    for name in USERS:
        url = urlsplit(secrets[f"{name}_broker_url"])
        assert (url.username, password_hash(name, str(url.password))) == (name, hashes[name])


def test_the_broker_loads_the_definitions_it_is_given():
    (mounted,) = PARTS["rabbitmq"]["secrets"]
    configuration = (ROOT / COMPOSE["configs"][PARTS["rabbitmq"]["configs"][0]["source"]]["file"]).read_text()
    assert f"load_definitions = {mounted['target']}" in configuration


def test_what_a_folder_of_secrets_lacks_is_added_to_it(tmp_path):
    """As where the secrets were made by a release that knew fewer."""
    folder = tmp_path / "secrets"
    assert set(write_missing(folder)) == make_secrets().keys()
    before = {path.name: path.read_text() for path in folder.iterdir()}
    of_parts = {f"{name}_{what}" for name in EVERYBODY for what in ("event_keys", "broker_url")}
    newer = {"event_secret", "broker_definitions", "operator_broker_url", "outside_broker_url", *of_parts}
    for name in newer:
        (folder / name).unlink()
    added = write_missing(folder)
    assert set(added) == newer
    after = {path.name: path.read_text() for path in folder.iterdir()}
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} == set(added)
    assert write_missing(folder) == []


@pytest.mark.parametrize("part", OURS)
def test_our_processes_can_change_nothing_and_are_nobody(part):
    settings = PARTS[part]
    assert (settings["read_only"], settings["cap_drop"]) == (True, ["ALL"])
    assert settings["user"] == _WITH_POSTGRES.get(part, "10001:10001")


def test_nobody_who_keeps_running_is_root():
    assert [part for part in (*LASTING, *WATCHING) if PARTS[part].get("user") == "root"] == []


def test_the_log_of_the_database_goes_to_where_backups_look_for_it(secrets):
    folder = environment("backups", secrets)["BACKUPS_ARCHIVE_FOLDER"]
    assert f"'%p' '%f' {folder}/wal" in PARTS["postgres"]["command"]
    for part in ("postgres", "archive", *_WITH_POSTGRES):
        assert f"archive:{folder}" in PARTS[part]["volumes"]
    data = "postgres:/var/lib/postgresql"
    assert [part for part in PARTS if data in PARTS[part].get("volumes", [])] == ["postgres", *_ON_FILES]
    for name, file in (("archive", "deploy/backups/archive.sh"), ("pg_hba", "deploy/docker/pg_hba.conf")):
        assert COMPOSE["configs"][name]["file"] == file
        assert (ROOT / file).exists()


def test_the_database_is_where_the_image_of_its_version_has_it():
    version = PARTS["postgres"]["image"].partition(":")[2]
    for part in _ON_FILES:
        assert PARTS[part]["environment"]["BACKUPS_DATABASE_FOLDER"] == f"/var/lib/postgresql/{version}/docker"


def test_no_empty_database_is_made_beside_one_of_an_earlier_version():
    assert PARTS["postgres"]["depends_on"]["database-version"] == {"condition": "service_completed_successfully"}


def test_who_rehearses_a_restore_may_read_the_anchors():
    """Their file is for the user and the group of the worker that writes it."""
    assert PARTS["reporting-worker"]["user"].partition(":")[2] in PARTS["backups"]["group_add"]


def test_no_service_works_in_a_restored_database_before_everybody_is_to_hear_of_it():
    for service in SERVICES:
        for role in ("web", "worker"):
            assert "after-restore" in PARTS[f"{service}-{role}"]["depends_on"]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_limits(part):
    assert PARTS[part]["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}


@pytest.mark.parametrize("part", [*LASTING, *WATCHING])
def test_every_lasting_part_is_asked_for_its_health(part):
    assert PARTS[part]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("part", [*LASTING, *WATCHING])
def test_a_part_may_take_minutes_to_start(part):
    """Where one is given up, `docker compose up` ends, and the proxy is never started."""
    assert PARTS[part]["healthcheck"]["start_period"] == "3m"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", ["web", "worker"])
def test_an_operator_can_give_every_setting_of_a_service(service, role):
    names = {setting.name for setting in fields(settings_of(service))} - _OURS_TO_CHOOSE
    assert lacking(f"{service}-{role}", service.upper(), names) == []


def test_an_operator_can_give_every_setting_of_the_gateway():
    names = {setting.name for setting in fields(GatewaySettings)} - _OURS_TO_CHOOSE
    assert lacking("gateway", "GATEWAY", names) == []


def lacking(part: str, prefix: str, names: set[str]) -> list[str]:
    """The settings that reach a part under none of their names."""
    given = {form for name in PARTS[part]["environment"] for form in (name, name.removesuffix("_FILE"))}
    return sorted(name for name in names if not {name.upper(), f"{prefix}_{name.upper()}"} & given)


def test_no_value_is_passed_on_that_no_setting_reads():
    kinds = (GatewaySettings, BackupSettings, *map(settings_of, SERVICES))
    variables = {setting.name.upper() for kind in kinds for setting in fields(kind)}
    for name, part in PARTS.items():
        for variable, value in part.get("environment", {}).items():
            if value is None and name in OURS:
                assert {variable, variable.partition("_")[2]} & variables, f"{variable} of {name}"


def test_only_the_proxy_can_be_reached_from_outside():
    # And the pictures of Grafana, from this machine.
    assert [name for name, part in PARTS.items() if "ports" in part] == ["proxy", "grafana"]
    assert [name for name, part in PARTS.items() if "outside" in part.get("networks", [])] == ["proxy", "grafana"]
    assert COMPOSE["networks"]["inside"]["internal"]
    assert COMPOSE["networks"]["front"]["internal"]


def test_gateways_believe_the_proxy_and_nobody_else(secrets):
    given = environment("gateway", secrets)
    subnet = _DEFAULT.sub(r"\1", COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"])
    assert read_settings(GatewaySettings, given, prefix="GATEWAY").trusted_proxies == (subnet,)
    assert [name for name, part in PARTS.items() if "front" in part.get("networks", [])] == ["gateway", "proxy"]


@pytest.mark.skipif(not shutil.which("haproxy"), reason="needs haproxy, whose own check this is")
def test_the_proxy_takes_its_configuration():
    configuration = ROOT / COMPOSE["configs"]["haproxy"]["file"]
    done = subprocess.run(["haproxy", "-c", "-f", str(configuration)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_proxy_waits_for_a_slow_gateway_as_long_as_its_own_health_check_does():
    configuration = (ROOT / COMPOSE["configs"]["haproxy"]["file"]).read_text()
    (seconds,) = re.findall(r"^ +timeout check (\S+)$", configuration, flags=re.MULTILINE)
    assert seconds == PARTS["gateway"]["healthcheck"]["timeout"]


@pytest.mark.parametrize("image", ["backups", ""])
def test_what_runs_in_a_container_is_in_the_image(image, tmp_path):
    """Every module that compose runs can be imported where there is only what the Dockerfile copies."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    stages = re.split(r"^FROM \S+(?: AS (\S+))?$", (ROOT / "deploy/docker/Dockerfile").read_text(), flags=re.MULTILINE)
    stage = dict(zip((name or "" for name in stages[1::2]), stages[2::2], strict=True))[image]
    for line in stage.splitlines():
        if copied := re.fullmatch(r"COPY (\S+) /app/(\S+)", line):
            source = ROOT / copied[1]
            assert f"!{copied[1]}" in ignored, f"{copied[1]} does not go to the engine"
            target = tmp_path / copied[2] / (source.name if copied[2].endswith("/") else "")
            copy = shutil.copytree if source.is_dir() else shutil.copy
            target.parent.mkdir(parents=True, exist_ok=True)
            copy(source, target)
    parts = [part for part in PARTS.values() if "build" in part and part["build"].get("target", "") == image]
    modules = {
        part.get("entrypoint", part.get("command"))[2] for part in parts if "command" in part or "entrypoint" in part
    }
    modules |= {"deploy.docker.healthy"} | (set() if image else {"deploy.mp.status", "services.payments.__main__"})
    for module in sorted(modules):
        command = [sys.executable, "-c", f"import {module}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["deploy/docker/Dockerfile", ".dockerignore"])
def test_what_the_engine_reads_has_no_marks_of_a_merge(file):
    """No tool here reads these, so a merge that was committed half done would first be seen by who builds the image."""
    marked = re.findall(r"^(?:<<<<<<<|=======|>>>>>>>).*", (ROOT / file).read_text(), flags=re.MULTILINE)
    assert marked == []


def test_bin_mp_finds_the_parts_where_compose_has_them():
    assert {name: address.rpartition(":")[0] for name, address in WHERE.items()} == {name: name for name in WHERE}
    assert set(WHERE) == set(LASTING) - {"proxy"}
    for service in SERVICES:
        assert PARTS[f"{service}-web"]["environment"][f"{service.upper()}_BIND"].endswith(
            WHERE[f"{service}-web"].rpartition(":")[2]
        )


def test_a_reload_is_no_signal_of_docker_itself(tmp_path, monkeypatch):
    """After one of those Docker takes a container for ended by hand, and does not start it when it fails."""
    asked, docker = tmp_path / "asked", tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >>{asked}\n[ "$2" != ps ] || printf "one\\ntwo\\n"\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SystemExit) as ended:
        Compose().reload("gateway")
    assert ended.value.code == 0
    inside = [f"exec {container} sh -c kill -HUP 1" for container in ("one", "two")]
    assert asked.read_text().splitlines() == ["compose ps -q gateway", *inside]


def test_an_operator_command_finds_every_setting_it_needs(secrets):
    given = environment("operator", secrets)
    assert PARTS["operator"]["profiles"] == ["operator"]
    for service in SERVICES:
        parts = import_module(f"services.{service}.__main__").SERVICE
        bind = {f"{service.upper()}_BIND": "127.0.0.1:0"}
        settings = parts.read_settings(given | bind)
        assert settings.broker_url_of_operators == settings.operator_broker_url != settings.broker_url
    assert read_settings(Access, given, prefix="STATUS")


@pytest.mark.parametrize("part", [name for name in PARTS if KEYS in PARTS[name].get("environment", {}).values()])
def test_who_reads_the_keys_has_the_volume_that_they_are_in(part):
    mounted = [volume.split(":")[1] for volume in PARTS[part].get("volumes", ()) if volume.startswith("keys:")]
    assert mounted == [str(Path(KEYS).parent)]


def test_the_keys_are_renewed_where_they_are_kept(tmp_path, monkeypatch, capsys):
    """The mounted secret is copied once; what renews them changes the copy, which whoever signs reads anew."""
    secret, kept = tmp_path / "signing_keys", tmp_path / "keys" / "signing-keys.json"
    kept.parent.mkdir()
    secret.write_text(json.dumps(new_signing_key()))
    assert keep(secret, kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    monkeypatch.setenv("IDENTITY_SIGNING_KEYS_FILE", str(kept))
    monkeypatch.setenv("JWKS_URL", PARTS["operator"]["environment"]["JWKS_URL"])
    main(import_module("services.identity.__main__").SERVICE, ["rotate-keys"])
    assert "signs from 60 s on" in capsys.readouterr().out
    renewed = kept.read_text()
    assert not keep(secret, kept)
    assert kept.read_text() == renewed
    assert len(json.loads(renewed)["keys"]) == 2
    writers = [name for name, part in PARTS.items() if f"keys:{Path(KEYS).parent}" in part.get("volumes", [])]
    assert writers == ["keys", "operator"]


def test_the_broker_is_reached_from_outside_only_where_somebody_says_at_which_address():
    override = yaml.safe_load((ROOT / "deploy/docker/subscribers.yml").read_text())
    assert override["services"].keys() == {"rabbitmq"}
    assert override["services"]["rabbitmq"]["networks"] == ["inside", "subscribers"]
    (port,) = override["services"]["rabbitmq"]["ports"]
    assert re.fullmatch(r"\$\{SUBSCRIBERS_ADDRESS:\?[^}]+\}:5672", port)


@pytest.mark.parametrize("service", ["identity", "membership", "lending", "reporting"])
def test_files_are_kept_where_web_and_worker_both_find_them(service, secrets):
    for part in (f"{service}-web", f"{service}-worker"):
        volume = PARTS[part]["volumes"][0]
        assert volume.split(":")[0] in COMPOSE["volumes"]
        assert environment(part, secrets)["STORAGE_FOLDER"] == volume.split(":")[1]
    # A volume belongs to the owner of the folder it covers in the image.
    assert f"install -d -o 10001 -g 10001 {volume.split(':')[1]}" in (ROOT / "deploy/docker/Dockerfile").read_text()


def test_postgres_runs_with_the_settings_of_the_bare_machine():
    given = PARTS["postgres"]["command"].split(" -c ")[1:]
    settings = dict(setting.strip().split("=", 1) for setting in given)
    assert settings.pop("hba_file") == PARTS["postgres"]["configs"][1]["target"]
    # What stands in the file that initdb has made may be for this machine alone.
    assert settings.pop("listen_addresses") == "*"
    assert settings.pop("archive_command").strip('"').startswith(f"sh {PARTS['postgres']['configs'][0]['target']} ")
    assert ARCHIVING.items() <= settings.items()
    assert settings.items() <= (SETTINGS | ARCHIVING).items()


def test_postgres_is_made_with_the_locale_of_the_bare_machine():
    assert set(LOCALE) <= set(PARTS["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split())


def test_the_signing_keys_are_a_private_key_set():
    assert json.loads(make_secrets()["signing_keys"])["keys"][0]["crv"] == "Ed25519"
