"""Watches what people send to the gateway and get back, and keeps of each route the first that went well."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from gateway.documentation.descriptions import Document
from tests.client import Person

JSON, FORM = "application/json", "multipart/form-data"
Example = dict[str, Any]
Examples = dict[str, Example]
_UUID = r"[0-9a-f-]{36}"


class Recorder:
    """`examples` are by operation, such as `POST /loans`: what was sent (`request`), and what came (`status`,
    `answer`), as far as both are JSON or a form."""

    def __init__(self, document: Document) -> None:
        self.examples: Examples = {}
        self._operations = _patterns(document)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keep what goes through any Person for as long as the context lasts."""
        send = Person._send

        def watched(person: Person, method: str, path: str, body: bytes | None, headers: Any) -> Any:
            status, received, content = send(person, method, path, body, headers)
            self._keep(method, path, body, headers.get("Content-Type", ""), status, received, content)
            return status, received, content

        with patch.object(Person, "_send", watched):
            yield

    def _keep(
        self, method: str, path: str, body: bytes | None, media_type: str, status: int, received: Any, content: bytes
    ) -> None:
        operation = self._operation(method, urlsplit(path).path)
        if operation is None or status >= 400 or operation in self.examples:
            return
        example: Example = {"status": status}
        if body and media_type.startswith(JSON):
            example["request"] = json.loads(body)
        elif body and media_type.startswith(FORM):
            example["form"] = _form(media_type, body)
        if received.get("content-type", "").startswith(JSON):
            example["answer"] = json.loads(content)
        self.examples[operation] = example

    def _operation(self, method: str, path: str) -> str | None:
        return next(
            (name for verb, pattern, name in self._operations if verb == method and pattern.fullmatch(path)), None
        )


def _patterns(document: Document) -> list[tuple[str, re.Pattern[str], str]]:
    """Every operation as its method, its address and its name; addresses without a parameter go first."""
    found = []
    for path, operations in sorted(document["paths"].items(), key=lambda item: item[0].count("{")):
        for method, operation in operations.items():
            pattern = re.escape(path)
            for parameter in operation.get("parameters", ()):
                is_id = parameter.get("schema", {}).get("format") == "uuid"
                pattern = pattern.replace(re.escape(f"{{{parameter.get('name')}}}"), _UUID if is_id else "[^/]+")
            found.append((method.upper(), re.compile(pattern), f"{method.upper()} {path.removeprefix('/api')}"))
    return found


def _form(media_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form; of a file only its name."""
    parts = message_from_bytes(b"Content-Type: " + media_type.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in parts.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        file = part.get_filename()
        fields[name] = f"(the bytes of {file})" if file else part.get_payload(decode=True).decode()
    return fields
