"""The types of the API that the console is written against, made from the document that the gateway publishes."""

import json
import tempfile
from pathlib import Path
from typing import Any

from deploy.api_document import api_document
from deploy.console.node import CONSOLE, TOOLS, alone, install_packages, node

TYPES = CONSOLE / "src" / "api" / "schema.d.ts"
# Words for people: without them the types change only when the API does, and are half as long.
_WORDS = frozenset({"description", "summary", "example", "examples"})


def types_of_api() -> str:
    """The types, as openapi-typescript writes them. Raises CannotStart."""
    with alone(), tempfile.TemporaryDirectory() as folder:
        install_packages(TOOLS)
        document, output = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        document.write_text(json.dumps(_without_words(api_document()), sort_keys=True))
        # What has a default may be left out of a request; by its own default the generator wants it there.
        generator = TOOLS / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
        node(generator, document, "-o", output, "--default-non-nullable=false", folder=TOOLS)
        return output.read_text()


def write_types() -> None:
    """Write them where the console has them."""
    TYPES.write_text(types_of_api())


def _without_words(part: Any, *, names: bool = False) -> Any:
    """A part of the document without the words in it. The keys of `names` are names of ours, which may be any."""
    if isinstance(part, dict):
        return {
            key: _without_words(value, names=key in {"properties", "schemas"})
            for key, value in part.items()
            if names or key not in _WORDS
        }
    return [_without_words(each) for each in part] if isinstance(part, list) else part
