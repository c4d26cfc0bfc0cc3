"""`python -m deploy.local up|down|reset|scale`: the platform of this folder, with everything it keeps in `.local/`."""

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

from deploy.database.provision import SERVICES
from deploy.local.errors import CannotStart
from deploy.local.lock import Lock
from deploy.local.parts import CODE
from deploy.local.platform import Platform
from deploy.local.postgres import remove_cluster

ROOT = CODE / ".local"
SCALE = ROOT / "scale.json"
_NEEDED_BYTES = 500 * 1024 * 1024
_STOP_SECONDS = 60.0
_CHECK_SECONDS = 1.0


def up() -> None:
    """Start everything, say where it is, and stay until told to stop."""
    ROOT.mkdir(exist_ok=True)
    with Lock(ROOT / "lock") as lock:
        if not lock.is_ours:
            raise CannotStart(f"The platform is already running (process {lock.holder}); `make down` ends it.")
        if shutil.disk_usage(ROOT).free < _NEEDED_BYTES:
            raise CannotStart(f"The disk of {ROOT} is nearly full: 500 MB must be free.")
        platform = Platform(ROOT, port=_port(), workers=_wanted_workers(), broker_url=os.environ.get("BROKER_URL"))
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
    while True:
        try:
            rescale.get(timeout=_CHECK_SECONDS)
        except Empty:
            platform.check()
            continue
        try:
            for service, count in _wanted_workers().items():
                platform.scale(service, count)
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
    print("Stopped; the data stays in .local/ (`make reset` deletes it).")


def reset() -> None:
    """Delete all data, after asking."""
    with Lock(ROOT / "lock") as lock:
        if not lock.is_ours:
            raise CannotStart("The platform is running; `make down` ends it.")
        print(f"Delete the database, the queues, the logs and the passwords in {ROOT}? Type yes:", flush=True)
        if sys.stdin.readline().strip() != "yes":
            raise CannotStart("Nothing was deleted.")
        remove_cluster(ROOT / "postgres")
        shutil.rmtree(ROOT)
    print("Deleted.")


def scale(service: str, count: int) -> None:
    """Let a service have so many workers, now and at later starts."""
    if service not in SERVICES or count < 0:
        raise CannotStart(f"SERVICE is one of {', '.join(SERVICES)}, and N a number from 0.")
    ROOT.mkdir(exist_ok=True)
    SCALE.write_text(json.dumps(_wanted_workers() | {service: count}))
    with Lock(ROOT / "lock") as lock:
        if not lock.is_ours:
            os.kill(lock.holder, signal.SIGUSR1)
    print(f"{service} has {count} worker{'' if count == 1 else 's'}" + (" at the next start." if lock.is_ours else "."))


def _port() -> int:
    text = os.environ.get("PORT", "8080")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _wanted_workers() -> dict[str, int]:
    return json.loads(SCALE.read_text()) if SCALE.exists() else {}


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
    for command in (up, down, reset):
        commands.add_parser(command.__name__, help=command.__doc__)
    scaling = commands.add_parser("scale", help=scale.__doc__)
    scaling.add_argument("service")
    scaling.add_argument("count", type=int)
    options = parser.parse_args()
    try:
        match options.command:
            case "up":
                up()
            case "down":
                down()
            case "reset":
                reset()
            case "scale":
                scale(options.service, options.count)
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
