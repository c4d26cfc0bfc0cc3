"""`verify-audit`: walk the audit trail and hold it against its anchors."""

import argparse
import sys

from services.reporting.domain.anchor import Anchor, Anchors, NoAnchor
from services.reporting.domain.chain import ChainBroken
from services.reporting.queries import anchor_file
from services.reporting.settings import Settings
from services.reporting.usecases.trail import Verified, verify_trail
from shared.cli import ServiceParts
from shared.postgres.engine import make_engine

NOT_COMPARED = 2
"""The exit status when the chain holds, and there is nothing outside the database to hold it against."""


def verify_audit(service: ServiceParts, options: argparse.Namespace) -> None:
    """Walk the audit trail and hold it against its anchors. Says where it ends and exits with 0; with 1 and what is
    wrong; or with 2 when there is no anchor."""
    settings: Settings = service.read_settings()
    keys = settings.chain_keys
    engine = make_engine(settings.direct_url, pool_size=1)
    try:
        given, unreadable = _anchors(settings, options.anchor)
        anchors = Anchors(given, keys)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            verified = verify_trail(connection, keys, anchors)
    except ChainBroken as error:
        sys.exit(f"The audit trail is broken. {error.message}")
    except NoAnchor as error:
        sys.exit(str(error))
    finally:
        engine.dispose()
    for line in _findings(verified, anchors, unreadable):
        print(line)  # noqa: T201 - the answer
    if verified.end.sequence and not anchors.newest:
        sys.exit(NOT_COMPARED)


def _anchors(settings: Settings, lines: list[str]) -> tuple[list[Anchor], int]:
    kept, unreadable = anchor_file.read(settings.anchor_path) if settings.anchor_path else ([], 0)
    return [*kept, *map(Anchor.from_text, lines)], unreadable


def _findings(verified: Verified, anchors: Anchors, unreadable: int) -> list[str]:
    end = verified.end
    under = f", under key {end.key_id}" if end.key_id else ""
    lines = [f"The audit trail holds: {end.sequence} entries, the last with hash {end.hash.hex()}{under}."]
    if verified.unlinked:
        lines.append(f"{verified.unlinked} more entries hold, and wait for their place in the chain.")
    if verified.redacted:
        lines.append(f"Of {verified.redacted} entries text was taken out, because members were erased.")
    if anchors.newest:
        newest = f"the newest of {anchors.newest.at.isoformat()} with {anchors.newest.sequence} entries"
        lines.append(f"It agrees with {anchors.compared} anchors, {newest}.")
    else:
        lines.append("There is no anchor to compare it with: a cut-off end would not be seen.")
    if unreadable:
        lines.append(f"{unreadable} lines of the anchor file cannot be read and were passed over.")
    return lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--anchor", action="append", default=[], metavar="LINE", help="an anchor as it was mailed; may be repeated"
    )
