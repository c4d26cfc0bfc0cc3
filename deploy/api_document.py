"""The API document as the gateway makes it, without a process: of the apps of the services and the gateway's words."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from flask import Flask

from deploy.database.provision import SERVICES
from deploy.docker.make_secrets import make_secrets
from gateway.documentation.descriptions import Document, own_document
from gateway.documentation.openapi import merged_openapi


def service_apps() -> Iterator[tuple[str, Flask]]:
    """Each service's app by its name; none of them has opened a connection."""
    secrets = make_secrets()
    for name in SERVICES:
        parts = import_module(f"services.{name}.__main__").SERVICE
        environ = {
            "BROKER_URL": secrets[f"{name}_broker_url"],
            "INTERNAL_SECRET": secrets["internal_secret"],
            "JWKS_URL": "file:///dev/null",
            "DATABASE_URL": secrets[f"{name}_database_url"],
            "SIGNING_KEYS": secrets["signing_keys"],
        }
        yield name, parts.create_app(parts.read_settings(environ))


@cache
def service_documents() -> dict[str, Document]:
    """Each service's own document, by its name."""
    return {name: app.test_client().get("/openapi.json").get_json() for name, app in service_apps()}


@cache
def api_document() -> Document:
    """What clients find at /api/docs/openapi.json."""
    import_module("gateway.app")  # Defines every way in which a gateway says no.
    return merged_openapi(service_documents(), own_document())


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation with its method and its path."""
    return [
        (method, path, operation)
        for path, methods in api_document()["paths"].items()
        for method, operation in methods.items()
    ]
