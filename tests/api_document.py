"""The API document as the gateway makes it, without a process: of the services' apps and the gateway's words."""

from functools import cache
from typing import Any

from gateway.api_words import own_document
from gateway.documents import merged_openapi
from tests.security.surroundings import service_apps

Document = dict[str, Any]


@cache
def service_documents() -> dict[str, Document]:
    """Each service's own document, by its name."""
    return {name: app.test_client().get("/openapi.json").get_json() for name, app in service_apps()}


@cache
def api_document() -> Document:
    """What clients find at /api/docs/openapi.json."""
    # Every way to say no that a gateway has must have been defined.
    import gateway.app  # noqa: F401

    return merged_openapi(service_documents(), own_document())


def operations() -> list[tuple[str, str, Document]]:
    """Every operation with its method and its path."""
    return [
        (method, path, operation)
        for path, methods in api_document()["paths"].items()
        for method, operation in methods.items()
    ]
