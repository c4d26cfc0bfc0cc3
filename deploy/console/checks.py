"""What holds the console in shape: its style, its types, and the tests of its parts."""

from deploy.console.node import alone, install_packages, node
from deploy.local.errors import CannotStart

_LINTERS = {
    "style of the console": ("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."),
    "types of the console": ("node_modules/typescript-native/bin/tsc", "--noEmit"),
}
_TESTS = ("node_modules/vitest/vitest.mjs", "run")


def lint_console() -> list[str]:
    """Run every linter of the console, say what each complains of, and return the names of those that do."""
    with alone():
        install_packages()
    return [name for name, arguments in _LINTERS.items() if not _passes(*arguments)]


def test_console() -> bool:
    """Run the tests of its parts, without a browser; returns whether all passed."""
    with alone():
        install_packages()
    return _passes(*_TESTS)


def _passes(*arguments: str) -> bool:
    try:
        print(node(*arguments).strip(), flush=True)
    except CannotStart as error:
        print(error, flush=True)
        return False
    return True
