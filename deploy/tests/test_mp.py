"""`bin/mp`: what docs/operations.md prints works as printed, on a platform that runs by `make up`."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from deploy.database.provision import SERVICES
from deploy.local.folder import CODE
from deploy.local.ports import Ports
from deploy.local.state import read_state
from deploy.mp.status import queued, table, waiting_in
from shared.testing import eventually

Run = Callable[[str], subprocess.CompletedProcess[str]]


def printed() -> list[str]:
    """Each command of ours that the page shows in a block of its own, without the comment beside it."""
    blocks = re.findall(r"```sh\n(.*?)```", (CODE / "docs/operations.md").read_text(), re.DOTALL)
    lines = [line.partition("  #")[0].partition(" # ")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("bin/mp")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("platform")
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Run]:
    """Runs a command as an operator types it, beside a platform that `make up` has started."""
    ports = Ports()
    port = str(ports.take())
    ports.release()
    # Within `make test`, make would say in which folder it works.
    ours = {"BROKER_URL", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    given = {name: value for name, value in os.environ.items() if name not in ours}
    quick = {"IDENTITY_BCRYPT_COST": "4", "REPORTING_AUDIT_ANCHOR_SECONDS": "1"}
    environment = {**given, **quick, "DATA_FOLDER": str(folder), "PORT": port}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, shell=True, cwd=CODE, env=environment, capture_output=True, text=True, check=False, timeout=100
        )

    output = folder / "make-up.log"
    with output.open("w") as log:
        platform = subprocess.Popen(["make", "up"], cwd=CODE, env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: read_state(folder) or platform.poll() is not None, seconds=100)
        assert platform.poll() is None, output.read_text()
        yield run
    finally:
        run("make down")
        platform.wait(timeout=60)


@pytest.mark.timeout(400)
def test_every_printed_command_works_as_printed(run: Run) -> None:
    assert len(printed()) > 10
    # Until the first anchor is written the trail cannot be held against it.
    eventually(lambda: run("bin/mp verify-audit").returncode == 0, seconds=100)
    for command in printed():
        done = run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_status_names_every_part_and_its_address(run: Run, folder: Path) -> None:
    eventually(lambda: run("bin/mp status").returncode == 0, seconds=60)
    state, output = read_state(folder), run("bin/mp status").stdout
    assert state is not None
    for name, address in state.parts.items():
        assert re.search(rf"^{name} +{address} +(ready|up)$", output, re.MULTILINE), output
    assert re.search(r"^payments +0 +- +0 +0 +0 +payments-worker", output, re.MULTILINE), output


def test_status_tells_what_waits_and_fails_while_a_part_is_down(run: Run, folder: Path) -> None:
    run("bin/mp scale membership 0")
    state = read_state(folder)
    assert state is not None
    url = state.environment["MEMBERSHIP_DATABASE_URL"].replace("+psycopg", "")
    eventually(lambda: "membership-worker" not in (read_state(folder) or state).parts, seconds=30)
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(
            "INSERT INTO outbox (id, type, aggregate_id, version, body, created_at) VALUES "
            "(gen_random_uuid(), 'membership.union.created.v1', gen_random_uuid(), 1, '{}', now() - interval '90 s')"
        )
        outbox, age, deferred = waiting_in(url)
        assert (outbox, deferred) == ("1", "0")
        assert 89 < int(age.removesuffix(" s")) < 120
        output = run("bin/mp status")
        assert re.search(r"^membership +1 +\d+ s ", output.stdout, re.MULTILINE), output.stdout
        database.execute("DELETE FROM outbox WHERE body = '{}'")
    run("bin/mp scale membership 1")


def test_gateways_are_scaled_behind_one_port(run: Run, folder: Path) -> None:
    assert run("bin/mp scale gateway 2").stdout == "gateway has 2 processes.\n"
    # The one that watches over them counts too.
    eventually(lambda: processes_of("gateway", folder) == 3, seconds=60)
    assert run("make scale SERVICE=gateway N=1").stdout == "gateway has 1 process.\n"
    eventually(lambda: processes_of("gateway", folder) == 2, seconds=60)
    eventually(lambda: run("bin/mp status").returncode == 0, seconds=60)


def processes_of(part: str, folder: Path) -> int:
    """How many processes a part of this platform has."""
    count = 0
    for output in Path("/proc").glob("[0-9]*/fd/1"):
        with suppress(OSError):
            count += output.readlink() == folder.resolve() / "logs" / f"{part}.log"
    return count


def test_what_cannot_be_done_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    wrong = {
        "bin/mp logs nobody": r"mp: There is no log of nobody; there are those of .*",
        "bin/mp reload nobody": r"mp: There is no nobody to reload; .*",
        "bin/mp scale gateway 0": r"N is a number from 1\.",
        f"DATA_FOLDER={tmp_path} bin/mp status": r"mp: The platform of this folder does not run: start it by .*",
    }
    for command, said in wrong.items():
        done = run(command)
        assert done.returncode == 1
        assert re.fullmatch(said, done.stderr.strip()), done.stderr


def test_a_broker_that_refuses_the_password_is_reported(broker_url: str) -> None:
    """As between the renewal of a password and the restart that puts it into use."""
    wrong = urlsplit(broker_url)._replace(netloc=f"operator:wrong@{broker_url.rpartition('@')[2].partition('/')[0]}")
    assert queued(wrong.geturl()) == [("refused", "-")] * len(SERVICES)


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    assert list(table(("A", "LONG"), [("wide", "1")])) == ["A     LONG", "wide  1"]
