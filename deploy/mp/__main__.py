"""Commands of operators, on the platform of this folder, whether it runs by `make up` or by docker compose."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.broker import subscribers
from deploy.database.provision import SERVICES
from deploy.local.errors import CannotStart
from deploy.local.folder import root_folder
from deploy.local.upgrade import upgrade
from deploy.mp.renew import RENEWABLE
from deploy.mp.ways import CannotDo, Way, running

# Each is a command of one service; what follows it is passed on, `--help` included.
_OF_ONE_SERVICE = {
    "verify-audit": ("reporting", "walk the audit trail, and say where it ends or which entry is wrong"),
    "close-day": ("payments", "do by hand what the workers do each night"),
    "restore": ("reporting", "restore everything from a backup that was downloaded"),
    "rotate-keys": ("identity", "put a new signing key into use; signs nobody out"),
}
# Each is a command that every service has, by its name here.
_OF_ANY_SERVICE = {
    "dead-letters": ("dead-letters", "look at what SERVICE could not handle, send it again or discard it"),
    "replay": ("replay-events", "send published events of SERVICE again, to one queue"),
    "republish": ("republish", "publish all that SERVICE holds anew, for who follows it"),
}
# The one command for a platform that does not run.
_UPGRADE = "upgrade-database"


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits with the status of what was run, or with 1 and one line when it cannot be run."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command not in _PASSING:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if options.command == _UPGRADE:
            upgrade(options.old_binaries)
        else:
            _run(running(root_folder()), options, rest)
    except (CannotDo, CannotStart) as error:
        sys.exit(f"mp: {error}")


def _run(way: Way, options: argparse.Namespace, rest: list[str]) -> None:
    match options.command:
        case "status":
            way.status()
        case "logs":
            way.logs(options.part, follow=options.follow)
        case "scale":
            way.scale(options.part, options.count)
        case "renew":
            way.renew(options.what)
        case "reload":
            way.reload(options.part)
        case _:
            _pass_on(way, options, rest)


def _pass_on(way: Way, options: argparse.Namespace, rest: list[str]) -> None:
    """Run a command whose arguments are another program's affair."""
    match options.command:
        case "rabbitmqctl":
            way.rabbitmqctl(rest)
        case "psql":
            way.psql(rest)
        case "subscribers":
            subscribers.main(rest)
        case "new-epoch":
            way.run_module("deploy.database.new_epoch", rest)
        case "run":
            way.run_module(f"services.{options.service}", rest)
        case name if name in _OF_ONE_SERVICE:
            way.run_module(f"services.{_OF_ONE_SERVICE[name][0]}", [name, *rest])
        case name:
            way.run_module(f"services.{options.service}", [_OF_ANY_SERVICE[name][0], *rest])


_PASSING = {*_OF_ONE_SERVICE, *_OF_ANY_SERVICE, "run", "rabbitmqctl", "psql", "subscribers", "new-epoch"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/mp", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("status", help="every part and its address, what waits, dead letters, the closed day")
    for name, (_, what) in _OF_ANY_SERVICE.items():
        # What the service itself knows of the command is said by it.
        command = commands.add_parser(name, help=what, add_help=False)
        command.add_argument("service", choices=SERVICES, metavar="SERVICE")
    for name, (_, what) in _OF_ONE_SERVICE.items():
        commands.add_parser(name, help=what, add_help=False)
    logs = commands.add_parser("logs", help="the end of the log of PART, or of all")
    logs.add_argument("part", nargs="?", metavar="PART", help="such as payments-worker; `status` names them")
    logs.add_argument("-f", "--follow", action="store_true", help="go on showing what is added")
    scale = commands.add_parser("scale", help="let a part have so many processes")
    scale.add_argument("part", metavar="PART", help="a service (its workers), such as lending-web, or gateway")
    scale.add_argument("count", type=int, metavar="N")
    reload = commands.add_parser("reload", help="let PART replace its workers while its port stays open")
    reload.add_argument("part", metavar="PART", help="such as gateway or payments-web")
    renew = commands.add_parser("renew", help="new secrets of a kind for the next start; docs/operations.md says more")
    renew.add_argument("what", choices=RENEWABLE)
    upgrading = commands.add_parser(_UPGRADE, help="carry the database over to a new major version of PostgreSQL")
    upgrading.add_argument(
        "--old-binaries", type=Path, metavar="FOLDER", help="the programs of the old version, where they are not found"
    )
    commands.add_parser("rabbitmqctl", help="RabbitMQ's own tool, on our node", add_help=False)
    commands.add_parser("psql", help="PostgreSQL's own client, on our database, as its superuser", add_help=False)
    commands.add_parser("subscribers", help="who follows which events from outside", add_help=False)
    commands.add_parser("new-epoch", help="begin anew after the database went back to a moment", add_help=False)
    other = commands.add_parser(
        "run", help="any other command of SERVICE, such as `run lending schedule`", add_help=False
    )
    other.add_argument("service", choices=SERVICES, metavar="SERVICE")
    return parser


if __name__ == "__main__":
    main()
