"""The examples in the API document are what the platform answers. `make examples` records them anew."""

import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.api_document import Document, api_document, operations
from deploy.local.platform import temporary_platform
from tests.client import sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.recording import files
from tests.recording.journey import play
from tests.recording.masks import Masks
from tests.recording.recorder import JSON, Examples, Recorder

IS_RECORDING = "RECORD_EXAMPLES" in os.environ
# What cannot be played here: no provider to sign in with is set up, payments are permanent, and what is restored ends
# every session, that of who plays included (tests/e2e/test_restore.py does it). A backup is too long to be shown, and
# whether a thing of a type that nobody owns can be deleted, nobody says.
NOT_PLAYED = frozenset(
    {
        "GET /auth/oauth/{name}/start",
        "GET /auth/oauth/{name}/callback",
        "PUT /repayments/{repayment_id}",
        "DELETE /repayments/{repayment_id}",
        "GET /backup/download/{backup_id}",
        "POST /backup/restore",
        "POST /backup/reset",
        "GET /backup/restores/{restore_id}",
        "GET /backup/dependencies/{entity_type}/{entity_id}",
    }
)


@pytest.fixture(scope="module")
def recorded(broker_url: str) -> Examples:
    """A fresh recording, as it came, from a platform on which nobody else has been: it has room for one more admin."""
    recorder = Recorder(api_document())
    with temporary_platform(environment=CHEAP_HASHES | PATIENCE | REVERSALS) as platform, recorder.watching():
        admin = sign_in(platform.url, platform.credentials.email, platform.credentials.password)
        play(platform, admin)
    return recorder.examples


@pytest.mark.timeout(300)
def test_what_is_answered_has_the_shape_of_the_examples(recorded: Examples) -> None:
    masks = Masks(datetime.now(UTC))
    fresh = {operation: masks.masked(example) for operation, example in recorded.items()}
    if IS_RECORDING:
        files.write(fresh)
        pytest.skip("recorded anew")
    faults = [fault for operation, example in fresh.items() for fault in _faults_of(operation, example)]
    assert faults == [], "The document and the answers differ; where the document is right, run `make examples`."
    kept = {_name(method, path) for method, path, operation in operations() if _shown(operation)}
    assert {operation for operation in fresh if files.owner_of(operation) and "answer" in fresh[operation]} <= kept


@pytest.mark.skipif(IS_RECORDING, reason="recording anew")
def test_every_route_shows_a_request_and_an_answer() -> None:
    silent = [
        _name(method, path)
        for method, path, operation in operations()
        if files.owner_of(_name(method, path)) and not _is_complete(operation)
    ]
    assert sorted({*silent} - NOT_PLAYED) == []


@pytest.mark.skipif(IS_RECORDING, reason="recording anew")
def test_the_examples_are_what_the_document_says() -> None:
    faults = []
    for method, path, operation in operations():
        for content in (*_contents(operation.get("requestBody", {})), *_successes(operation)):
            if "example" in content:
                faults += [f"{method} {path}: {fault}" for fault in _faults(content["schema"], content["example"])]
    assert faults == []


def _name(method: str, path: str) -> str:
    return f"{method.upper()} {path.removeprefix('/api')}"


def _contents(part: Document) -> Iterator[Document]:
    yield from part.get("content", {}).values()


def _successes(operation: Document) -> Iterator[Document]:
    for status, answer in operation["responses"].items():
        if status < "300":
            yield from (content for media_type, content in answer.get("content", {}).items() if media_type == JSON)


def _shown(operation: Document) -> bool:
    return any("example" in content for content in _successes(operation))


def _is_complete(operation: Document) -> bool:
    """Whether what is sent, in one of the ways it can be, and what comes are shown, where there is anything."""
    requests = list(_contents(operation.get("requestBody", {})))
    is_sent = not requests or any("example" in content for content in requests)
    is_optional = not operation.get("requestBody", {}).get("required", True)
    answers = list(_successes(operation))
    return (is_sent or is_optional) and (not answers or _shown(operation))


def _faults_of(operation: str, example: dict[str, Any]) -> list[str]:
    """How a fresh answer differs from what the document says of its route."""
    method, _, path = operation.partition(" ")
    found = api_document()["paths"][f"/api{path}"][method.lower()]["responses"].get(str(example["status"]), {})
    content = found.get("content", {}).get(JSON)
    if content is None or "answer" not in example or "schema" not in content:
        return []
    return [f"{operation}: {fault}" for fault in _faults(content["schema"], example["answer"])]


def _faults(schema: Document, example: Any) -> list[str]:
    closed = _closed(schema) | {"components": _closed_components()}
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(closed).iter_errors(example)]


def _closed_components() -> Document:
    if not _CLOSED:
        _CLOSED.update(_closed({"schemas": api_document()["components"]["schemas"]}))
    return _CLOSED


_CLOSED: Document = {}


def _closed(schema: Any) -> Any:
    """A schema that takes no member it does not name, which clients must not rely on and our own answers must obey."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: deepcopy(part) if name in ("example", "enum") else _closed(part) for name, part in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed
