"""The apps of all services, made as a process makes them, without one."""

from collections.abc import Iterator
from importlib import import_module

from flask import Flask

from deploy.database.provision import SERVICES
from deploy.docker.make_secrets import make_secrets


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
