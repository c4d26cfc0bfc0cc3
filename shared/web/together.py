"""Commands of several requests that come at the same time, carried out in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from flask import Response, current_app

from shared import idempotency
from shared.context import Context
from shared.db import UnitOfWork, unit_of_work
from shared.gathering import Gathering
from shared.idempotency import CommandKey
from shared.ids import new_id
from shared.web.transactions import command_key, fingerprint, kept, request_context, tell_events

MOST = 50

Command = TypeVar("Command")


@dataclass(frozen=True, slots=True)
class Asked(Generic[Command]):
    """A command and the request it came with."""

    command: Command
    context: Context
    key: CommandKey | None
    # Of its body; empty without a key.
    fingerprint: str
    id: UUID = field(default_factory=new_id)


class Together(Generic[Command]):
    """Carries out commands of one kind in groups that grow with the load, each under its own idempotency key.

    `work` answers those that can be done together without a look at anything else, in their order; for the rest it
    has None. It tells what it does under the `id` and the `context` of whoever asked.
    """

    def __init__(self, work: Callable[[UnitOfWork, Sequence[Asked[Command]]], Sequence[Response | None]]) -> None:
        self._work = work
        self._gathering = Gathering(self._carry_out, MOST)

    def answer(self, command: Command) -> Response | None:
        """The answer to the command of this request, committed; None when it is to be carried out alone."""
        key = command_key()
        return self._gathering.do(Asked(command, request_context(), key, fingerprint() if key else ""))

    def _carry_out(self, group: Sequence[Asked[Command]]) -> Sequence[Response | None]:
        extension = current_app.extensions["mp"]
        with unit_of_work(extension.sessions, extension.name) as uow:
            fresh = _fresh(uow, group)
            answers = dict(zip(fresh, self._work(uow, list(fresh.values())), strict=True))
            for asked_id, answer in answers.items():
                if answer:
                    tell_events(answer, uow.causes.get(asked_id, ()))
            keys = {asked.key: answers[asked.id] for asked in fresh.values() if asked.key}
            idempotency.store(uow.connection, {key: kept(answer) for key, answer in keys.items() if answer})
            idempotency.release(uow.connection, [key for key, answer in keys.items() if not answer])
        return [answers.get(asked.id) for asked in group]


def _fresh(uow: UnitOfWork, group: Sequence[Asked[Command]]) -> dict[UUID, Asked[Command]]:
    """Those that come without a key, and the first of each key that nobody had used before."""
    first: dict[CommandKey, Asked[Command]] = {}
    for asked in group:
        if asked.key:
            first.setdefault(asked.key, asked)
    claimed = idempotency.claim(uow.connection, {key: asked.fingerprint for key, asked in first.items()})
    return {asked.id: asked for asked in group if not asked.key or (asked.key in claimed and first[asked.key] is asked)}
