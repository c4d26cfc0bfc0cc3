"""`python -m services.reporting web|worker|migrate|dead-letters|replay-events|verify-audit`."""

import argparse
import sys
from pathlib import Path

from services.reporting.consumers import handlers
from services.reporting.domain.anchor import Anchor, Anchors, NoAnchor
from services.reporting.domain.chain import ChainBroken, Link
from services.reporting.queries import anchor_file
from services.reporting.settings import Settings
from services.reporting.usecases.trail import seal_trail, verify_trail
from services.reporting.worker import make_worker
from shared.cli import Command, ServiceParts, main
from shared.clock import now
from shared.messaging import operations
from shared.messaging.forwarder import stop_forwarding
from shared.postgres.engine import make_engine

NOT_COMPARED = 2
"""The exit status when the chain holds, and there is nothing outside the database to hold it against."""


def seal_older_entries(settings: Settings) -> None:
    """Put entries of the first release under the key."""
    engine = make_engine(settings.database_url, pool_size=1)
    with engine.begin() as connection:
        seal_trail(connection, settings.chain_keys.newest, now())
    engine.dispose()


def _verify_audit(service: ServiceParts, options: argparse.Namespace) -> None:
    """Walk the audit trail and hold it against its anchors. Says where it ends and exits with 0; with 1 and what is
    wrong; or with 2 when there is no anchor."""
    settings: Settings = service.read_settings()
    keys = settings.chain_keys
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        given, unreadable = _anchors(settings, options.anchor)
        anchors = Anchors(given, keys)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            end = verify_trail(connection, keys, anchors)
    except ChainBroken as error:
        sys.exit(f"The audit trail is broken. {error.message}")
    except NoAnchor as error:
        sys.exit(str(error))
    finally:
        engine.dispose()
    for line in _findings(end, anchors, unreadable):
        print(line)  # noqa: T201 - the answer
    if end.sequence and not anchors.newest:
        sys.exit(NOT_COMPARED)


def _anchors(settings: Settings, lines: list[str]) -> tuple[list[Anchor], int]:
    kept, unreadable = anchor_file.read(Path(settings.audit_anchor_file)) if settings.audit_anchor_file else ([], 0)
    return [*kept, *map(Anchor.from_text, lines)], unreadable


def _findings(end: Link, anchors: Anchors, unreadable: int) -> list[str]:
    under = f", under key {end.key_id}" if end.key_id else ""
    lines = [f"The audit trail holds: {end.sequence} entries, the last with hash {end.hash.hex()}{under}."]
    if anchors.newest:
        newest = f"the newest of {anchors.newest.at.isoformat()} with {anchors.newest.sequence} entries"
        lines.append(f"It agrees with {anchors.compared} anchors, {newest}.")
    else:
        lines.append("There is no anchor to compare it with: a cut-off end would not be seen.")
    if unreadable:
        lines.append(f"{unreadable} lines of the anchor file cannot be read and were passed over.")
    return lines


def _takes_anchors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--anchor", action="append", default=[], metavar="LINE", help="an anchor as it was mailed; may be repeated"
    )


def _note_subscriber(service: ServiceParts, options: argparse.Namespace) -> None:
    """Leave a trace of a subscriber that was added or removed, and forward what it alone followed no more."""
    settings = service.read_settings()
    stop_forwarding(settings.broker_url_of_operators, options.stop)
    what = {"name": options.name, "types": options.types}
    operations.audit_command(service.name, settings, f"SUBSCRIBER_{options.what.upper()}", by=options.by, metadata=what)


def _of_note_subscriber(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["added", "removed"])
    parser.add_argument("name")
    parser.add_argument("--types", nargs="*", default=[])
    parser.add_argument("--stop", nargs="*", default=[], help="patterns nobody follows any more")
    parser.add_argument("--by", default=operations.operator_name(), help="who does this; default: %(default)s")


SERVICE = ServiceParts(
    name="reporting",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.reporting.app:create_app",
    make_worker=make_worker,
    after_migrate=seal_older_entries,
    commands={
        "verify-audit": Command(_verify_audit, "walk the chain of the audit trail", _takes_anchors),
        "note-subscriber": Command(_note_subscriber, "what `subscribers` does inside", _of_note_subscriber),
    },
)

if __name__ == "__main__":
    main(SERVICE)
