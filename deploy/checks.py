"""`python -m deploy.checks test|chaos|fuzz|examples|lint`: what `make test` and its like do."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from deploy.console.build import build
from deploy.console.checks import lint_console, test_console
from deploy.local.broker import Broker
from deploy.local.errors import CannotStart
from deploy.readers import ensure_readers
from deploy.testing_broker import real_broker

_BIN = Path(sys.executable).parent
_LINTERS = {
    "style": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
}
# Each takes as long as the other, and has what keeps all processors busy at another time: journeys of a platform go
# with the tests of services, and those of the console with the tests of how parts are started. The seed and reporting
# set their keys for the whole process, so they are apart.
HALVES = (
    ["shared", "services", "gateway", "deploy/backups", "console/e2e"],
    ["tests", "deploy/tests", "deploy/seed", "deploy/upgrade", "bench"],
)
_CHAOS_ROUNDS = "5"
_FUZZ_EXAMPLES = "10"


def lint() -> None:
    """Every linter, also after one has complained. Raises CannotStart with the names of those that did."""
    failed = [name for name, (program, *arguments) in _LINTERS.items() if _run([str(_BIN / program), *arguments])]
    failed += lint_console()
    if failed:
        raise CannotStart(f"Not clean: {', '.join(failed)}.")


def test() -> None:
    """Every linter and every test, the tests in two halves side by side."""
    lint()
    ensure_readers()
    build()
    with ExitStack() as stack:
        brokers = [stack.enter_context(real_broker()) for _ in HALVES]
        print(f"RabbitMQ: {brokers[0].why}.", flush=True)
        # Two halves on one broker would hear each other.
        together = brokers[0].url == brokers[1].url
        halves = [[folder for half in HALVES for folder in half]] if together else HALVES
        outputs = [stack.enter_context(TemporaryFile()) for _ in halves]
        runs = [_Run(*run) for run in zip(halves, brokers, outputs, strict=False)]
        failed = not test_console()
        failed |= any([run.finish() for run in runs])
        print(f"Tested on RabbitMQ: {brokers[0].why}.", flush=True)
        if failed:
            sys.exit(1)


def chaos() -> None:
    """The tests that kill processes, in their long form."""
    _pytest(["-m", "chaos", "--timeout=3600"], CHAOS_ROUNDS=_CHAOS_ROUNDS)


def fuzz() -> None:
    """Generated requests to every route, over 20,000 of them."""
    _pytest(["tests/e2e/test_api_document.py", "-rP", "--timeout=3600"], SCHEMATHESIS_EXAMPLES=_FUZZ_EXAMPLES)


def examples() -> None:
    """Record the examples of the API document anew, against a platform of their own."""
    _pytest(["tests/recording"], RECORD_EXAMPLES="1")


class _Run:
    """One run of pytest that has begun; what it prints is shown when it has ended."""

    def __init__(self, folders: Sequence[str], broker: Broker, output: IO[bytes]) -> None:
        self._folders, self._output = " ".join(folders), output
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *folders],
            env=os.environ | {"BROKER_URL": broker.url},
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def finish(self) -> int:
        """Wait for the end, and show what was printed; returns the exit status."""
        status = self._process.wait()
        self._output.seek(0)
        print(f"\n{self._folders}:\n{self._output.read().decode(errors='replace')}", flush=True)
        return status


def _pytest(arguments: Sequence[str], **environment: str) -> None:
    with real_broker() as broker:
        print(f"RabbitMQ: {broker.why}.", flush=True)
        command = [sys.executable, "-m", "pytest", *arguments]
        if status := _run(command, BROKER_URL=broker.url, **environment):
            sys.exit(status)


def _run(command: Sequence[str], **environment: str) -> int:
    return subprocess.run(command, check=False, env=os.environ | environment).returncode


def main() -> None:
    commands = {command.__name__: command for command in (test, chaos, fuzz, examples, lint)}
    parser = argparse.ArgumentParser(prog="python -m deploy.checks", description=__doc__)
    parser.add_argument("command", choices=commands)
    try:
        commands[parser.parse_args().command]()
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
