"""The two ways a platform runs, and how each carries out what an operator wants of it."""

import getpass
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol

from deploy.backups.tools import connection_variables
from deploy.database.provision import DATABASE, SERVICES
from deploy.docker.make_secrets import FOLDER as SECRETS
from deploy.local.folder import CODE
from deploy.local.lock import Lock
from deploy.local.postgres import programs
from deploy.local.rabbitmq import CONTROL
from deploy.local.state import State, read_state
from deploy.mp.renew import renew_compose, renew_local

_LINES = 100


class CannotDo(Exception):
    """The command cannot be carried out; the message says why and what to do, in one line."""


class Way(Protocol):
    """A running platform. What a command prints goes where ours does, and none of these returns: the command's exit
    status is ours."""

    def run_module(self, module: str, arguments: Sequence[str]) -> NoReturn: ...
    def status(self) -> NoReturn: ...
    def logs(self, part: str | None, *, follow: bool) -> NoReturn: ...
    def scale(self, part: str, count: int) -> NoReturn: ...
    def reload(self, part: str) -> NoReturn: ...
    def renew(self, what: str) -> NoReturn: ...
    def rabbitmqctl(self, arguments: Sequence[str]) -> NoReturn: ...
    def psql(self, arguments: Sequence[str]) -> NoReturn: ...


def running(root: Path) -> Way:
    """The platform of this folder. Raises CannotDo when none runs."""
    with Lock(root / "lock") as lock:
        if not lock.is_ours:
            if state := read_state(root):
                return Local(root, state, lock.holder)
            raise CannotDo("The platform has not started yet; try again when `make up` says that it is ready.")
    if Compose.runs():
        return Compose()
    raise CannotDo("The platform of this folder does not run: start it by `make up` or by docker compose.")


class Local:
    """One that runs by `make up`."""

    def __init__(self, root: Path, state: State, holder: int) -> None:
        self._root, self._state, self._holder = root, state, holder

    def run_module(self, module: str, arguments: Sequence[str]) -> NoReturn:
        _become([sys.executable, "-m", module, *arguments], self._environment())

    def status(self) -> NoReturn:
        print(f"Running by `make up` (process {self._holder}) at {self._state.url}")
        print(f"Broker: {self._state.broker}\n", flush=True)
        self.run_module("deploy.mp.status", [f"{name}={address}" for name, address in self._state.parts.items()])

    def logs(self, part: str | None, *, follow: bool) -> NoReturn:
        folder = self._root / "logs"
        files = [folder / f"{part}.log"] if part else sorted(folder.glob("*.log"))
        if missing := [file for file in files if not file.exists()]:
            existing = ", ".join(sorted(file.stem for file in folder.glob("*.log")))
            raise CannotDo(f"There is no log of {missing[0].stem}; there are those of {existing}.")
        lines = str(_LINES if part else 5)
        _become(["tail", "-n", lines, *(["-F"] if follow else []), *map(str, files)])

    def scale(self, part: str, count: int) -> NoReturn:
        _become([sys.executable, "-m", "deploy.local", "scale", part, str(count)])

    def reload(self, part: str) -> NoReturn:
        log = (self._root / "logs" / f"{part}.log").resolve()
        pids = [pid for pid in self._children() if _output_of(pid) == log]
        if not pids:
            raise CannotDo(f"There is no {part} to reload; `status` names the parts.")
        for pid in pids:
            os.kill(pid, signal.SIGHUP)
        print(f"{part} replaces its workers; its port stays open.")
        sys.exit(0)

    def renew(self, what: str) -> NoReturn:
        _tell_renewed(renew_local(self._root / "secrets", what), "`make down` and `make up` put it into use")

    def rabbitmqctl(self, arguments: Sequence[str]) -> NoReturn:
        if not self._state.broker_environment:
            raise CannotDo(f"There is no private node to ask. The broker is {self._state.broker}.")
        _become([str(CONTROL), *arguments], self._state.broker_environment)

    def psql(self, arguments: Sequence[str]) -> NoReturn:
        access = connection_variables(self._state.database_url) | {"PGDATABASE": DATABASE}
        _become([str(programs() / "psql"), *arguments], {**os.environ, **access})

    def _environment(self) -> Mapping[str, str]:
        """What `make up` was given, then what it gave: a time zone that counts for the workers counts here too."""
        return {**_environment_of(self._holder), **os.environ, **self._state.environment}

    def _children(self) -> list[int]:
        """The processes that `make up` watches over."""
        tasks = Path(f"/proc/{self._holder}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]


def _environment_of(pid: int) -> dict[str, str]:
    """The variables a process was started with; none when it is gone, or another user's."""
    try:
        given = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return {}
    return dict(line.decode(errors="replace").split("=", 1) for line in given if b"=" in line)


def _output_of(pid: int) -> Path | None:
    """The file that a process writes its output to; None when it is gone, or another user's."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/fd/1").readlink()
    return None


class Compose:
    """One that runs by docker compose. Commands of services run in a container of their own, which then goes."""

    @staticmethod
    def runs() -> bool:
        """Whether Docker is here and has containers of this folder's project."""
        if not shutil.which("docker"):
            return False
        asked = subprocess.run(["docker", "compose", "ps", "-q"], cwd=CODE, capture_output=True, check=False)
        return asked.returncode == 0 and bool(asked.stdout.strip())

    def run_module(self, module: str, arguments: Sequence[str]) -> NoReturn:
        # The audit trail names who did it, and nobody has a name in the container.
        who = ["-e", f"USER={getpass.getuser()}"]
        _compose("run", "--rm", "--no-deps", *_no_terminal(), *who, "operator", "python", "-m", module, *arguments)

    def status(self) -> NoReturn:
        print("Running by docker compose", flush=True)
        self.run_module("deploy.mp.status", [f"{name}={address}" for name, address in PARTS.items()])

    def logs(self, part: str | None, *, follow: bool) -> NoReturn:
        _compose("logs", "--tail", str(_LINES if part else 5), *(["-f"] if follow else []), *([part] if part else []))

    def scale(self, part: str, count: int) -> NoReturn:
        name = f"{part}-worker" if part in SERVICES else part
        if count > 1:
            print("A later `docker compose up` goes back to one process: scale again after it.", flush=True)
        _compose("up", "-d", "--no-deps", "--no-recreate", "--scale", f"{name}={count}", name)

    def reload(self, part: str) -> NoReturn:
        asked = subprocess.run(
            ["docker", "compose", "ps", "-q", part], cwd=CODE, stdout=subprocess.PIPE, text=True, check=False
        )
        if not (containers := asked.stdout.split()):
            raise CannotDo(f"There is no {part} to reload; `status` names the parts.")
        for container in containers:
            # From inside: whom Docker itself sends a signal counts as ended by hand, and is not started when it fails.
            subprocess.run(["docker", "exec", container, "sh", "-c", "kill -HUP 1"], check=False)
        print(f"{part} replaces its workers; its port stays open.")
        sys.exit(0)

    def renew(self, what: str) -> NoReturn:
        _tell_renewed(renew_compose(SECRETS, what), "`docker compose up -d --force-recreate` puts it into use")

    def rabbitmqctl(self, arguments: Sequence[str]) -> NoReturn:
        _compose("exec", *_no_terminal(), "rabbitmq", "rabbitmqctl", *arguments)

    def psql(self, arguments: Sequence[str]) -> NoReturn:
        _compose("exec", *_no_terminal(), "-u", "postgres", "postgres", "psql", "-d", DATABASE, *arguments)


# Where the parts are inside the network of compose.
PARTS = {
    "postgres": "postgres:5432",
    "backups": "backups:9000",
    "rabbitmq": "rabbitmq:5672",
    **{f"{service}-web": f"{service}-web:{8101 + index}" for index, service in enumerate(SERVICES)},
    **{f"{service}-worker": f"{service}-worker:9000" for service in SERVICES},
    "gateway": "gateway:8080",
}


def _tell_renewed(names: Sequence[str], next_step: str) -> NoReturn:
    print(f"Renewed: {', '.join(names)}. {next_step}; until then the old ones hold.")
    sys.exit(0)


def _no_terminal() -> list[str]:
    return [] if sys.stdin.isatty() else ["-T"]


def _compose(*arguments: str) -> NoReturn:
    _become(["docker", "compose", *arguments])


def _become(command: Sequence[str], environment: Mapping[str, str] | None = None) -> NoReturn:
    """Let a command take our place; its output and its exit status are ours."""
    os.chdir(CODE)
    sys.stdout.flush()
    os.execvpe(command[0], list(command), dict(os.environ if environment is None else environment))
