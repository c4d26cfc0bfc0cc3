"""The commands every service has: `python -m services.<name> web|worker|migrate|dead-letters|replay-events`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared import error_reports, tls, tracing
from shared.clock import now
from shared.db import UnitOfWork, make_sessions, run_transaction
from shared.ids import new_id
from shared.messaging import dead_letters, operations
from shared.messaging.handlers import Handlers
from shared.postgres.engine import make_engine
from shared.restatement import Kind, begin, publish_all
from shared.settings import BadSettings, BaseSettings, OwnerSettings, read_settings
from shared.telemetry import configure_logging
from shared.worker import Worker, run_worker

if TYPE_CHECKING:
    from flask import Flask


def _takes_nothing(_parser: argparse.ArgumentParser) -> None:
    """For a command without arguments."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that only one service has. `add_arguments` declares what `run` finds in the options."""

    run: "Callable[[ServiceParts, argparse.Namespace], None]"
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None] = _takes_nothing


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """What the command line needs to know of a service. `folder` is the service's package folder, `app` says where its
    web side is made, as in `services.lending.app:create_app`."""

    name: str
    folder: Path
    settings: type[BaseSettings]
    handlers: Handlers
    app: str
    make_worker: Callable[[Any], Worker]
    after_migrate: Callable[[Any], None] | None = None
    commands: dict[str, Command] = field(default_factory=dict)
    # What is published anew when its data went back to an older state, and what else is done then, when that went for
    # all services together.
    restated: Sequence[Kind] = ()
    after_going_back: Callable[[UnitOfWork, datetime], None] | None = None

    def read_settings(self, environ: Any = os.environ) -> Any:
        """This service's settings from the environment, whose authority this process trusts from now on."""
        settings = read_settings(self.settings, environ, prefix=self.name.upper())
        tls.trust(settings.tls_ca)
        return settings

    def create_app(self, settings: BaseSettings) -> "Flask":
        """The web side, with these settings."""
        # Only here: Flask and the views are 15 MB that no worker needs.
        module, _, name = self.app.partition(":")
        app: Flask = getattr(import_module(module), name)(settings)
        return app

    def migrate(self, environ: Any = os.environ) -> None:
        """Bring the schema up to date as its owner, and see to what must be in it as the service itself."""
        # Only here: alembic is 7 MB that no web process or worker needs.
        from shared import migrations

        owner = read_settings(OwnerSettings, environ, prefix=self.name.upper())
        settings = self.read_settings(environ)
        migrations.upgrade(self.folder / "migrations", owner.owner_database_url)
        if self.after_migrate:
            self.after_migrate(settings)


def main(service: ServiceParts, arguments: Sequence[str] | None = None) -> None:
    """Run one command of a service; exits with status 1 and one line when it cannot."""
    options = _parser(service).parse_args(arguments)
    try:
        if options.command in service.commands:
            service.commands[options.command].run(service, options)
            return
        settings = service.read_settings()
        configure_logging(service.name, settings.log_level)
        error_reports.start(settings.sentry_dsn, service=service.name, environment=settings.environment)
        tracing.configure(service.name, settings.otlp_endpoint, settings.trace_ratio)
        _run(service, settings, options)
    except (BadSettings, operations.Refused) as error:
        sys.exit(f"{service.name}: {error}")


def _run(service: ServiceParts, settings: BaseSettings, options: argparse.Namespace) -> None:
    match options.command:
        case "web" | "web-and-worker":
            from shared.web.server import serve

            make_worker = partial(service.make_worker, settings) if options.command == "web-and-worker" else None
            serve(f"{service.name}-web", lambda: service.create_app(settings), settings, make_worker)
        case "worker":
            run_worker(service.make_worker(settings), settings)
        case "migrate":
            service.migrate()
        case "dead-letters":
            _handle_dead_letters(service, settings, options)
        case "republish" | "new-epoch":
            begin_epoch(service, settings, options)
        case "replay-events":
            span = operations.span(options.since, options.until, options.type)
            operations.replay(service.name, settings, span, to=options.to, all_types=options.all_types, by=options.by)


def begin_epoch(service: ServiceParts, settings: BaseSettings, options: argparse.Namespace) -> None:
    """Begin a new epoch; what is alone republished is published here, else by the workers."""
    engine = make_engine(settings.direct_url, pool_size=1)
    sessions, is_whole = make_sessions(engine), options.command == "new-epoch"

    def work(uow: UnitOfWork) -> int:
        whole = tuple(settings.keys_of(service.name).checking) if is_whole else ()
        at = now()
        number = begin(uow, service.restated, reason=options.reason, at=at, whole=whole, number=options.epoch)
        if is_whole and service.after_going_back:
            service.after_going_back(uow, at)
        metadata = {"operator": options.by, "epoch": number, "reason": options.reason, "whole": is_whole}
        uow.audit(action="EPOCH_BEGAN", entity_name="Command", entity_id=new_id(), metadata=metadata)
        return number

    number, _ = run_transaction(sessions, service.name, work)
    print(f"{service.name} is in epoch {number}")
    if not is_whole:
        for kind, published in publish_all(sessions, service.name, service.restated).items():
            print(f"{published} {kind} published anew")
    engine.dispose()


def _handle_dead_letters(service: ServiceParts, settings: BaseSettings, options: argparse.Namespace) -> None:
    chosen = dead_letters.Chosen(options.id, options.type, options.error)
    match options.action:
        case "list":
            dead_letters.list_letters(service.name, settings, chosen)
        case "resend":
            dead_letters.resend(service.name, settings, chosen, by=options.by)
        case "discard":
            if chosen == dead_letters.Chosen():
                raise operations.Refused("Say which are to be discarded: --id, --type or --error.")
            dead_letters.discard(service.name, settings, chosen, reason=options.reason or "", by=options.by)


def add_epoch_arguments(parser: argparse.ArgumentParser) -> None:
    """What is said of an epoch that begins."""
    parser.add_argument("--epoch", type=int, default=0, help="its number; default: by the clock")
    parser.add_argument("--reason", default="", help="why; goes into the audit trail")
    _add_operator(parser)


def _add_operator(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by", default=operations.operator_name(), help="who does this, for the audit trail; default: %(default)s"
    )


def _parser(service: ServiceParts) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("web", help="answer HTTP requests")
    commands.add_parser("web-and-worker", help="both in one process, for a service with little to do")
    commands.add_parser("worker", help="relay the outbox, consume the queue, run the timers")
    commands.add_parser("migrate", help="bring the schema up to date")
    dead = commands.add_parser("dead-letters", help="look at what could not be handled, send it again, or discard it")
    dead.add_argument("action", choices=["list", "resend", "discard"])
    dead.add_argument("--id", help="only the event with this id")
    dead.add_argument("--type", help="only events of this type")
    dead.add_argument("--error", help="only those whose error has this in it")
    dead.add_argument("--reason", help="why they are discarded; goes into the audit trail")
    replay = commands.add_parser("replay-events", help="send published events again, to one queue")
    replay.add_argument("--to", required=True, help="the queue, as mp.reporting")
    replay.add_argument("--since", required=True, help="from this instant on, ISO 8601")
    replay.add_argument("--until", help="to before this instant; default: now")
    replay.add_argument("--type", action="append", default=[], help="only events of this type; may be repeated")
    replay.add_argument("--all-types", action="store_true", help="also of types the queue is not bound to")
    republish = commands.add_parser("republish", help="publish all that the service holds anew, in a new epoch")
    whole = commands.add_parser("new-epoch", help="begin anew after the database as a whole went back to a moment")
    for parser_of_epochs in (republish, whole):
        add_epoch_arguments(parser_of_epochs)
    for parser_of_operators in (dead, replay):
        _add_operator(parser_of_operators)
    for name, command in service.commands.items():
        command.add_arguments(commands.add_parser(name, help=command.help))
    return parser
