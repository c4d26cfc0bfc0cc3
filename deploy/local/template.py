"""`python -m deploy.local.template`: imports all that our parts run, then makes copies of itself that become the parts.

So what they have in common is imported once, and lies in memory once. Its standard input is a socket, the other end of
which deploy.local.copies holds: each message there brings three files, what a copy writes its output and its errors to
and where it reads which part it is to be. A copy then belongs to who sent the message, and does not end with this.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys

import setproctitle
from sqlalchemy.orm import configure_mappers

from deploy.database.provision import SERVICES
from deploy.local.copies import FILES, READY, Part
from deploy.local.kernel import end_with_parent

# Each is run as a part, with what comes after it on the command line.
_PROGRAMS = (*(f"services.{service}.__main__" for service in SERVICES), "deploy.database.migrate")
# What they import only when they know what they are to do, or when they do it first.
_MORE = (
    "shared.web.server",
    "shared.migrations",
    "shared.storage.local",
    "sqlalchemy.dialects.postgresql.psycopg",
    "kombu.transport.pyamqp",
    "encodings.idna",
)


def main() -> None:
    import_all()
    orders = socket.socket(fileno=sys.stdin.fileno())
    orders.send(b"%b %d" % (READY, os.getpid()))
    if part := _copy_on_demand(orders):
        _become(part)


def import_all() -> None:
    """Import what the parts run, so that as little as possible of it is written to afterwards and has to be copied."""
    # What the collector freed would be filled again by each copy, page by page.
    gc.disable()
    programs = [importlib.import_module(program) for program in _PROGRAMS]
    apps = [program.SERVICE.app.partition(":")[0] for program in programs if hasattr(program, "SERVICE")]
    for module in (*apps, *_MORE):
        importlib.import_module(module)
    # Each part begins by itself: it runs its program as Python does that of a new process.
    for program in _PROGRAMS:
        del sys.modules[program]
    configure_mappers()
    # It writes into whatever it walks over, too.
    gc.freeze()


def _copy_on_demand(orders: socket.socket) -> Part | None:
    """Make copies until nobody can ask for one any more; in a copy, return what it is to be."""
    while True:
        message, files, _, _ = socket.recv_fds(orders, len(FILES), len(FILES))
        if not message:
            return None
        born, birth = os.pipe()
        if middle := os.fork():
            for file in (birth, *files):
                os.close(file)
            # Only when the one between us has ended does the copy belong to who asked for it.
            os.waitpid(middle, 0)
            with os.fdopen(born, "rb") as number:
                orders.send(number.read() or b"none")
            continue
        if os.fork():
            os._exit(0)
        os.close(born)
        orders.detach()
        return _wait_for_part(birth, *files)


def _wait_for_part(birth: int, output: int, errors: int, order: int) -> Part | None:
    """In a new copy: begin a group, say our number, and read what we are to be; None when nobody says."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for file, number in ((nothing, 0), (output, 1), (errors, 2)):
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
