"""`python -m deploy.checks test|chaos|lint`: what `make test`, `make chaos` and `make lint` do."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import CannotStart
from deploy.testing_broker import real_broker

_BIN = Path(sys.executable).parent
_LINTERS = {
    "style": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
}
_CHAOS_ROUNDS = "5"


def lint() -> None:
    """Every linter, also after one has complained. Raises CannotStart with the names of those that did."""
    failed = [name for name, (program, *arguments) in _LINTERS.items() if _run([str(_BIN / program), *arguments])]
    if failed:
        raise CannotStart(f"Not clean: {', '.join(failed)}.")


def test() -> None:
    """Every linter and every test."""
    lint()
    _pytest([])


def chaos() -> None:
    """The tests that kill processes, in their long form."""
    _pytest(["-m", "chaos", "--timeout=3600"], CHAOS_ROUNDS=_CHAOS_ROUNDS)


def _pytest(arguments: Sequence[str], **environment: str) -> None:
    with real_broker() as broker:
        print(f"RabbitMQ: {broker.why}.", flush=True)
        command = [sys.executable, "-m", "pytest", *arguments]
        if status := _run(command, BROKER_URL=broker.url, **environment):
            sys.exit(status)


def _run(command: Sequence[str], **environment: str) -> int:
    return subprocess.run(command, check=False, env=os.environ | environment).returncode


def main() -> None:
    commands = {command.__name__: command for command in (test, chaos, lint)}
    parser = argparse.ArgumentParser(prog="python -m deploy.checks", description=__doc__)
    parser.add_argument("command", choices=commands)
    try:
        commands[parser.parse_args().command]()
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
