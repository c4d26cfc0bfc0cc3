"""`python -m deploy.local up|down|reset|scale|backup|backups|restore`: the platform of this folder, with everything it
keeps in `.local/` (or in the folder that DATA_FOLDER names)."""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import FrameType
from typing import NoReturn, TypedDict

from deploy.broker.keys import GATEWAY
from deploy.console.background import BackgroundBuild
from deploy.database.provision import SERVICES
from deploy.local import backups
from deploy.local.errors import CannotStart
from deploy.local.folder import archive_folder, root_folder
from deploy.local.lock import Lock
from deploy.local.parts import ARCHIVE
from deploy.local.platform import Platform
from deploy.local.postgres import remove_cluster
from deploy.local.progress import say
from deploy.local.scale import check_scale

ROOT = root_folder()


class Scale(TypedDict):
    """The numbers of processes that a platform can be given."""

    gateway_processes: int
    web: dict[str, int]
    workers: dict[str, int]


_NEEDED_BYTES = 500 * 1024 * 1024
_STOP_SECONDS = 60.0
_CHECK_SECONDS = 1.0


def up() -> None:
    """Start everything, say where it is, and stay until it is stopped."""
    ROOT.mkdir(exist_ok=True)
    with Lock(ROOT / "lock") as lock:
        if not lock.is_ours:
            raise CannotStart(f"The platform is already running (process {lock.holder}); `make down` ends it.")
        if shutil.disk_usage(ROOT).free < _NEEDED_BYTES:
            raise CannotStart(f"The disk of {ROOT} is nearly full: 500 MB must be free.")
        broker_url, archive = os.environ.get("BROKER_URL"), archive_folder()
        platform = Platform(
            ROOT, port=_port(), broker_url=broker_url, archive=archive, tls=_is_tls_on(), **_scale_of_parts()
        )
        print(f"Broker: {platform.broker.why}.\nStarting; logs are in {platform.logs}.", flush=True)
        _on_stop_signals(signal.default_int_handler)
        try:
            _run(platform)
        except KeyboardInterrupt:
            print("Stopping; the data stays.", flush=True)
        finally:
            # Whoever presses Ctrl-C again while we tidy up shall not leave half of it running.
            _on_stop_signals(signal.SIG_IGN)
            platform.stop()


def _on_stop_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _run(platform: Platform) -> None:
    """Start the platform and do what `scale` asks for, until interrupted."""
    rescale: SimpleQueue[int] = SimpleQueue()
    signal.signal(signal.SIGUSR1, lambda number, _frame: rescale.put(number))
    began = time.monotonic()
    platform.start()
    _introduce(platform, time.monotonic() - began)
    console = BackgroundBuild(platform.url, platform.logs / "console.log", say)
    try:
        _rescale_on_demand(platform, rescale)
    finally:
        console.stop()


def _rescale_on_demand(platform: Platform, rescale: SimpleQueue[int]) -> NoReturn:
    while True:
        try:
            rescale.get(timeout=_CHECK_SECONDS)
        except Empty:
            platform.check()
            continue
        try:
            for part, count in _scale().items():
                platform.scale(part, count)
        except CannotStart as error:
            print(error, flush=True)


def down() -> None:
    """End a running platform and wait until it is gone."""
    with Lock(ROOT / "lock") as lock:
        if lock.is_ours:
            print("Nothing is running.")
            return
        os.kill(lock.holder, signal.SIGTERM)
        if not lock.wait(_STOP_SECONDS):
            raise CannotStart(f"Process {lock.holder} has not ended after {_STOP_SECONDS:.0f} s.")
    print(f"Stopped; the data stays in {ROOT} (`make reset` deletes it).")


def reset() -> None:
    """Delete all data, after asking."""
    with Lock(ROOT / "lock") as lock:
        if not lock.is_ours:
            raise CannotStart("The platform is running; `make down` ends it.")
        print(
            f"Delete the database, its backups, the queues, the logs and the passwords in {ROOT}? Type yes:", flush=True
        )
        if sys.stdin.readline().strip() != "yes":
            raise CannotStart("Nothing was deleted.")
        for name in ("postgres", ARCHIVE):
            remove_cluster(ROOT / name)
        shutil.rmtree(ROOT)
    print("Deleted.")


def scale(part: str, count: int) -> None:
    """Let a service (its workers), such as `lending-web`, or `gateway` have so many processes, now and later."""
    check_scale(part, count)
    ROOT.mkdir(exist_ok=True)
    (ROOT / "scale.json").write_text(json.dumps(_scale() | {part.removesuffix("-worker"): count}))
    with Lock(ROOT / "lock") as lock:
        if not lock.is_ours:
            os.kill(lock.holder, signal.SIGUSR1)
    kind = "process" if part == GATEWAY or part.endswith("-web") else "worker"
    ending = {1: "", "process": "es"}.get(1 if count == 1 else kind, "s")
    print(f"{part} has {count} {kind}{ending}" + (" at the next start." if lock.is_ours else "."))


def _port() -> int:
    text = os.environ.get("PORT", "8080")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _is_tls_on() -> bool:
    text = os.environ.get("TLS", "off")
    if text not in ("on", "off"):
        raise CannotStart(f"TLS is on or off, not {text!r}.")
    return text == "on"


def _scale() -> dict[str, int]:
    """By part, how many processes were asked for; a service's own name is its workers."""
    kept = ROOT / "scale.json"
    return json.loads(kept.read_text()) if kept.exists() else {}


def _scale_of_parts() -> Scale:
    """What `scale` asked for, as a platform takes it."""
    scale = _scale()
    return {
        "gateway_processes": scale.get(GATEWAY, 1),
        "web": {part.removesuffix("-web"): count for part, count in scale.items() if part.endswith("-web")},
        "workers": {part: count for part, count in scale.items() if part in SERVICES},
    }


def _introduce(platform: Platform, seconds: float) -> None:
    print(
        f"Ready after {seconds:.1f} s at {platform.url} (documentation: {platform.url}/api/docs).\n"
        f"Sign in as {platform.credentials.email} with the password in {platform.root / 'credentials.json'}.\n"
        "Ctrl-C or `make down` ends it; `make demo` shows what it does.",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    plain = {command.__name__: command for command in (up, down, reset, backups.backups, backups.rehearse)}
    for name, command in plain.items():
        commands.add_parser(name, help=command.__doc__)
    scaling = commands.add_parser("scale", help=scale.__doc__)
    scaling.add_argument("service")
    scaling.add_argument("count", type=int)
    backup = commands.add_parser("backup", help=backups.backup.__doc__)
    backup.add_argument("--full", action="store_true", help="all of it, not only what has changed")
    restore = commands.add_parser("restore", help=backups.restore.__doc__)
    restore.add_argument("--at", default="", help="a moment, as 2026-03-11 14:05")
    restore.add_argument("--into", default="", help="a folder that is to be made, for a platform of its own")
    options = parser.parse_args()
    try:
        match options.command:
            case "scale":
                scale(options.service, options.count)
            case "backup":
                backups.backup(is_full=options.full)
            case "restore":
                backups.restore(options.at, options.into)
            case name:
                plain[name]()
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
