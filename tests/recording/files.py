"""Where recorded examples lie: beside the API of the service whose routes they are of."""

import json
from http import HTTPStatus
from pathlib import Path

from deploy.api_document import service_documents
from gateway.routes import find_route
from tests.recording.recorder import Examples

ROOT = Path(__file__).parents[2]


def write(examples: Examples) -> None:
    """Write each example to the file of its service. Second names of a route and the gateway's own have none."""
    by_service: dict[str, Examples] = {}
    for operation, example in sorted(examples.items()):
        if service := owner_of(operation):
            by_service.setdefault(service, {})[_as_the_service_knows_it(operation)] = example
    for service, its_examples in by_service.items():
        text = json.dumps(its_examples, indent=1, ensure_ascii=False)
        (ROOT / "services" / service / "api" / "examples.json").write_text(f"{text}\n")


def owner_of(operation: str) -> str | None:
    """The service whose route an operation is, by its own name."""
    method, _, path = operation.partition(" ")
    route = find_route(path)
    if route is None or (route.prefix != route.target and route.target != "uploads"):
        return None
    if route.otherwise_at == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = service_documents()[route.upstream]["paths"].get(route.target_path(path), {})
        return route.upstream if method.lower() in methods else route.otherwise
    return route.upstream


def _as_the_service_knows_it(operation: str) -> str:
    method, _, path = operation.partition(" ")
    route = find_route(path)
    return f"{method} {route.target_path(path)}" if route else operation
