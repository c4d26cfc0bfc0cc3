"""`python -m deploy.local.template`: imports all that our parts run, then makes copies of itself that become the parts.

So what they have in common is imported once, and lies in memory once. Its standard input is a socket, the other end of
which deploy.local.copies holds: each message there brings three files, what a copy writes its output and its errors to
and where it reads which part it is to be. A copy then belongs to who sent the message, and does not end with this.

Gateways are copies of a branch: a process that left this one when nothing was imported that gevent could come too late
for, which is whatever holds a lock, a socket or a function that waits, as kombu, psycopg and SQLAlchemy do.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence

import setproctitle

from deploy.local.copies import BRANCH, FILES, MESSAGE_BYTES, READY, Part
from deploy.local.kernel import end_with_parent

# What the gateway's own process imports, too, before its workers let gevent replace the standard library.
_BEFORE_GEVENT = (
    "flask",
    "gunicorn.app.base",
    "shared.metrics_folder",
    "shared.telemetry",
    "shared.web.gunicorn_speed",
)
_OF_BRANCH = ("gateway.server", "gunicorn.workers.ggevent")
# What services import only when they know what they are to do, or when they do it first.
_MORE = (
    "shared.web.server",
    "shared.migrations",
    "shared.storage.local",
    "sqlalchemy.dialects.postgresql.psycopg",
    "kombu.transport.pyamqp",
    "encodings.idna",
    "deploy.backups.schedule",
)


def main() -> None:
    requests = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    _read_nothing()
    import_for_all()
    ours, branch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        branch.close()
        import_for_services()
        requests.send(b"%b %d" % (READY, os.getpid()))
        part = _copy_on_demand(requests, ours)
    else:
        for end in (requests, ours):
            end.close()
        setproctitle.setproctitle("template: branch of the gateways")
        import_for_gateways()
        part = _copy_on_demand(branch)
    if part:
        _become(part)


def _read_nothing() -> None:
    """Let standard input be empty."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)


def import_for_all() -> None:
    """Import what the services and the gateway have in common."""
    # What the collector freed would be filled again by each copy, page by page.
    gc.disable()
    _import(_BEFORE_GEVENT)


def import_for_services() -> None:
    """Import what the parts of the services run, so that as little of it as can be is written to afterwards."""
    # Only here, and SQLAlchemy below: the branch must not have them.
    from deploy.database.provision import SERVICES

    programs = [*(f"services.{service}.__main__" for service in SERVICES), "deploy.database.migrate"]
    _import(programs)
    apps = [sys.modules[f"services.{service}.__main__"].SERVICE.app for service in SERVICES]
    _import([app.partition(":")[0] for app in apps])
    _import(_MORE)
    # Each part begins by itself: it runs its program as Python does that of a new process.
    for program in programs:
        del sys.modules[program]

    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    # The collector writes into whatever it walks over, and what is written to is copied.
    gc.freeze()


def import_for_gateways() -> None:
    """Import what a gateway runs before its workers begin."""
    _import(_OF_BRANCH)
    gc.freeze()


def _import(modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)


def _copy_on_demand(requests: socket.socket, branch: socket.socket | None = None) -> Part | None:
    """Make copies until nobody can ask for one any more; in a copy, return what it is to be."""
    while True:
        message, files, _, _ = socket.recv_fds(requests, MESSAGE_BYTES, FILES)
        if not message:
            return None
        if branch and message == BRANCH:
            requests.send(_pass_on(branch, message, files))
            continue
        born, birth = os.pipe()
        if middle := os.fork():
            for file in (birth, *files):
                os.close(file)
            # Only when the one between us has ended does the copy belong to who asked for it.
            os.waitpid(middle, 0)
            with os.fdopen(born, "rb") as number:
                requests.send(number.read() or b"none")
            continue
        if os.fork():
            os._exit(0)
        os.close(born)
        for end in filter(None, (requests, branch)):
            end.close()
        return _wait_for_part(birth, *files)


def _pass_on(branch: socket.socket, message: bytes, files: Sequence[int]) -> bytes:
    """What the branch answers. Raises OSError when it has ended, and so do we, for another to be started."""
    socket.send_fds(branch, [message], files)
    for file in files:
        os.close(file)
    if answer := branch.recv(MESSAGE_BYTES):
        return answer
    raise ConnectionResetError("The branch of the gateways has ended.")


def _wait_for_part(birth: int, output: int, errors: int, order: int) -> Part | None:
    """In a new copy: begin a group, say our number, and read what we are to be; None when nobody says."""
    os.setsid()
    for file, number in ((output, 1), (errors, 2)):
        os.dup2(file, number)
        os.close(file)
    os.write(birth, b"%d" % os.getpid())
    os.close(birth)
    with os.fdopen(order, encoding="ascii") as text:
        part: Part | None = json.loads(text.read() or "null")
    # Not before: the one between us, which was our parent, has ended by now.
    end_with_parent(signal.SIGTERM)
    return part if part and part["parent"] == os.getppid() else None


def _become(part: Part) -> None:
    """Do what `python -m` does with these arguments, in that environment."""
    gc.enable()
    os.environ.clear()
    os.environ.update(part["environment"])
    os.chdir(part["folder"])
    sys.path[0] = part["folder"]
    sys.argv = list(part["arguments"])
    sys.orig_argv[:] = [sys.executable, "-m", *part["arguments"]]
    setproctitle.setproctitle(" ".join([f"{part['name']}:", *sys.argv]))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
