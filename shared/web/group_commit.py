"""Commands of several requests that come at the same time, carried out in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from flask import Response, current_app

from shared import idempotency
from shared.batch_queue import BatchQueue
from shared.context import Context
from shared.db import UnitOfWork, unit_of_work
from shared.idempotency import CommandKey
from shared.web.transactions import command_key, fingerprint, kept, request_context, tell_events

MOST = 50


class HasId(Protocol):
    """A command with an id that no other one has."""

    @property
    def id(self) -> UUID: ...


Command = TypeVar("Command", bound=HasId)


@dataclass(frozen=True, slots=True)
class Requested(Generic[Command]):
    """A command and the request it came with."""

    command: Command
    context: Context
    key: CommandKey | None
    # Of its body; empty without a key.
    fingerprint: str


class GroupCommit(Generic[Command]):
    """Carries out commands of one kind in groups that grow with the load, each under its own idempotency key.

    `work` answers those that can be done without waiting for anything else, in their order; for the rest it has None.
    What it publishes on behalf of the id of a command carries the context of that command's request.
    """

    def __init__(self, work: Callable[[UnitOfWork, Sequence[Command]], Sequence[Response | None]]) -> None:
        self._work = work
        self.queue = BatchQueue(self._carry_out, MOST)

    def answer(self, command: Command) -> Response | None:
        """The answer to the command of this request, committed; None when it is to be carried out alone."""
        key = command_key()
        return self.queue.do(Requested(command, request_context(), key, fingerprint() if key else ""))

    def _carry_out(self, group: Sequence[Requested[Command]]) -> Sequence[Response | None]:
        extension = current_app.extensions["mp"]
        with unit_of_work(extension.sessions, extension.name) as uow:
            fresh = _fresh(uow, group)
            uow.contexts = {one.command.id: one.context for one in fresh}
            answers = self._work(uow, [one.command for one in fresh])
            found = {one.command.id: answer for one, answer in zip(fresh, answers, strict=True)}
            for command_id, answer in found.items():
                if answer:
                    tell_events(answer, uow.causes.get(command_id, ()))
            keys = {one.key: found[one.command.id] for one in fresh if one.key}
            idempotency.store(uow.connection, {key: kept(answer) for key, answer in keys.items() if answer})
            idempotency.release(uow.connection, [key for key, answer in keys.items() if not answer])
        return [found.get(one.command.id) for one in group]


def _fresh(uow: UnitOfWork, group: Sequence[Requested[Command]]) -> list[Requested[Command]]:
    """Those that come without a key, and the first of each key that nobody had used before."""
    first: dict[CommandKey, Requested[Command]] = {}
    for one in group:
        if one.key:
            first.setdefault(one.key, one)
    claimed = idempotency.claim(uow.connection, {key: one.fingerprint for key, one in first.items()})
    return [one for one in group if not one.key or (one.key in claimed and first[one.key] is one)]
