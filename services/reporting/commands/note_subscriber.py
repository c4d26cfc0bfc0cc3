"""`note-subscriber`: what the operators' `subscribers` command does inside reporting."""

import argparse

from shared.cli import ServiceParts
from shared.messaging import operations
from shared.messaging.forwarder import stop_forwarding


def note_subscriber(service: ServiceParts, options: argparse.Namespace) -> None:
    """Leave a trace of a subscriber that was added or removed, and forward what it alone followed no more."""
    settings = service.read_settings()
    stop_forwarding(settings.broker_url_of_operators, options.stop)
    what = {"name": options.name, "types": options.types}
    operations.audit_command(service.name, settings, f"SUBSCRIBER_{options.what.upper()}", by=options.by, metadata=what)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["added", "removed"])
    parser.add_argument("name")
    parser.add_argument("--types", nargs="*", default=[])
    parser.add_argument("--stop", nargs="*", default=[], help="patterns nobody follows any more")
    parser.add_argument("--by", default=operations.operator_name(), help="who does this; default: %(default)s")
