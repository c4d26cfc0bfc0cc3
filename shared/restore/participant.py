"""A service's share of a restore: a worker checks its part, keeps people out, and takes the part in one transaction.

A step belongs to the worker that has its lease. One that is killed has changed nothing, or all of it: what a step does
and the note that it is done are one transaction. Whoever takes the step over begins it anew.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError

from shared import epochs, error_reports
from shared.backup.contents import Contents
from shared.backup.part import PartDamaged, PartReader
from shared.backup.places import PlaceMissing, Places
from shared.backup.sealing import BadKey, WrongKey, unsealed
from shared.clock import now
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.messaging.events import Envelope, Event, of_service
from shared.messaging.handlers import Handlers
from shared.restatement import Kind, begin, restatement
from shared.restore import events, tasks
from shared.restore.events import Step
from shared.restore.files import put_back
from shared.restore.load import PartForeign, be_patient, check, replace_rows
from shared.restore.tasks import EndEvent, Task
from shared.seals import Seal
from shared.storage.errors import FileMissing, StorageUnavailable
from shared.storage.settings import StorageSettings
from shared.takeover.leftovers import Leftovers
from shared.takeover.part import Takeover, taken_over
from shared.takeover.records import Unreadable
from shared.telemetry import log
from shared.work import LOOK_SECONDS
from shared.worker import Timer

BEAT_SECONDS = 5.0
# A step before the taking, which changes nothing, is given up; the taking is tried until it is done.
MOST_TRIES = 3
SEALED_FOR = b"keys of restores"
_UNPUBLISHED = select(exists().where(restatement.c.done_at.is_(None)))
OVER = "is_over"
_REFUSALS = (PartDamaged, PartForeign, BadKey, WrongKey, PlaceMissing, FileMissing, Unreadable, Leftovers)


class TaskLost(Exception):
    """Another worker has the step."""


class Rehearsed(Exception):
    """The part can be taken; what was taken is undone by this."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a service does beside: `close` keeps people out, and `open` lets them in again; `before` and `after` are in
    the transaction that takes the part, `after` with what `before` returned. All get the task or its memory."""

    close: Callable[[UnitOfWork, Task], Mapping[str, Any]] | None = None
    before: Callable[[UnitOfWork, Task], Mapping[str, Any]] | None = None
    after: Callable[[UnitOfWork, Task, Mapping[str, Any]], Mapping[str, Any]] | None = None
    open: Callable[[UnitOfWork, Mapping[str, Any]], None] | None = None


def follow_restores(handlers: Handlers, hooks: Hooks | None = None) -> None:
    """Let a service take part in restores: it hears what is asked of it, and when one is over."""
    hooks = hooks or Hooks()
    tasks.follow_requests(handlers)

    @handlers.on("reporting.restore.ended.v1", payload=EndEvent, is_awaited=False)
    def end(uow: UnitOfWork, ended: EndEvent, envelope: Envelope) -> None:
        if hooks.open:
            step = Step.LOAD if ended.is_restored else Step.CLOSE
            if memory := tasks.memory_of(uow.connection, ended.restore_id, step):
                hooks.open(uow, memory)
        if ended.is_restored:
            # The worker goes on with it: an epoch begins under a lock that no handler may wait for.
            tasks.mark(uow.connection, ended.restore_id, OVER)
        else:
            tasks.forget(uow.connection, ended.restore_id)


class Restorer:
    """What a worker needs to take part in restores."""

    def __init__(
        self,
        contents: Contents,
        settings: StorageSettings,
        kinds: Sequence[Kind],
        hooks: Hooks | None = None,
        takeover: Takeover | None = None,
    ) -> None:
        """`takeover` makes the service's rows of a file of the replaced system; None where it has none of that."""
        self._contents, self._settings, self._kinds, self._hooks = contents, settings, kinds, hooks or Hooks()
        self._takeover = takeover
        self._places = Places(settings, contents.service)
        self._seal = Seal([settings.internal_secret], SEALED_FOR)

    def timers(self) -> list[Timer]:
        """The thread that takes steps."""
        return [Timer(LOOK_SECONDS, self.take_steps, apart=True, of=tasks.STEPS)]

    def take_steps(self, sessions: Sessions) -> int:
        """Take the steps that are asked for; returns how many were done with."""
        run_transaction(sessions, self._service, self._publish_loaded)
        done = 0
        while task := _take(sessions):
            self._try(sessions, task)
            done += 1
        return done

    def _try(self, sessions: Sessions, task: Task) -> None:
        if task.step is not Step.LOAD and task.tries > MOST_TRIES:
            self._fail(sessions, task, "Whoever worked on it was stopped each time.")
            return
        try:
            with _lease_kept(sessions, task):
                {Step.CHECK: self._check, Step.CLOSE: self._close, Step.LOAD: self._load}[task.step](sessions, task)
        except TaskLost:
            log.info("restore_step_left", service=self._service, step=task.step)
        except _REFUSALS as error:
            if task.step is not Step.LOAD:
                self._fail(sessions, task, str(error))
            else:
                log.error("restore_step_refused", service=self._service, step=task.step, error=str(error))
        except (StorageUnavailable, SQLAlchemyError, OSError) as error:
            log.error("restore_step_interrupted", service=self._service, step=task.step, error=repr(error))
            error_reports.report(error)

    def _check(self, sessions: Sessions, task: Task) -> None:
        rows = 0
        if part := task.part_of(self._service):
            with self._reader(task) as reader, sessions() as session:
                rows = check(session.connection(), self._contents, reader)
            self._check_hash(part)
            if task.request["is_rehearsed"]:
                self._rehearse(sessions, task)
        self._done(sessions, task, rows)

    def _check_hash(self, part: Mapping[str, Any]) -> None:
        with closing(self._places.open(part["place"], part["keys"])) as file:
            digest = hashlib.sha256()
            for piece in file.pieces():
                digest.update(piece)
        if digest.hexdigest() != part["sha256"]:
            raise PartDamaged("The file of the part is not what was written.")

    def _rehearse(self, sessions: Sessions, task: Task) -> None:
        """Take the part and undo it, which shows that nothing in it refers to what is not in it."""

        def work(uow: UnitOfWork) -> None:
            be_patient(uow.connection)
            with self._reader(task) as reader:
                replace_rows(uow.connection, self._contents, reader)
            raise Rehearsed

        try:
            with suppress(Rehearsed):
                run_transaction(sessions, self._service, work)
        except SQLAlchemyError as error:
            state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
            if state[:2] in {"22", "23"}:
                raise PartForeign(f"Its rows contradict each other: {error}") from error
            raise

    def _close(self, sessions: Sessions, task: Task) -> None:
        def work(uow: UnitOfWork) -> None:
            memory = self._hooks.close(uow, task) if self._hooks.close else None
            self._finish(uow, task, 0, memory)

        run_transaction(sessions, self._service, work)

    def _load(self, sessions: Sessions, task: Task) -> None:
        """Everything at once: the rows, the new epoch, and the note that it is done."""
        if task.part_of(self._service):
            with self._reader(task) as reader:
                put_back(self._places, reader, self._private_keys(task))

        def work(uow: UnitOfWork) -> None:
            be_patient(uow.connection)
            # First, so that no handler is in the middle, and none begins.
            epochs.lock(uow.connection)
            memory = self._hooks.before(uow, task) if self._hooks.before else {}
            rows = self._replace(uow, task)
            begin(
                uow,
                # What was loaded is published when all have loaded (see `_publish_loaded`).
                (),
                reason=task.request["reason"],
                at=now(),
                whole=tuple(self._settings.keys_of(self._service).checking),
                number=task.epoch,
                sends_again=False,
            )
            if self._hooks.after:
                memory = self._hooks.after(uow, task, memory)
            self._finish(uow, task, rows, memory)

        run_transaction(sessions, self._service, work)
        log.info("part_restored", service=self._service, restore_id=task.restore_id)

    def _replace(self, uow: UnitOfWork, task: Task) -> int:
        if not task.part_of(self._service):
            return replace_rows(uow.connection, self._contents, None)
        with self._reader(task) as reader:
            return replace_rows(uow.connection, self._contents, reader)

    def _publish_loaded(self, uow: UnitOfWork) -> None:
        """When all services have loaded, publish everything. Not before: who loads last would empty what they have
        heard by then, and take what they loaded themselves as gone when they hear that this was all. Nor while anything
        is published for an epoch before, which would be taken for what this one publishes."""
        if not uow.connection.execute(_UNPUBLISHED).scalar_one() and tasks.forget_marked(uow.connection, OVER):
            begin(uow, self._kinds, reason="what was restored is published to all", at=now())

    @contextmanager
    def _reader(self, task: Task) -> Iterator[PartReader]:
        part = task.part_of(self._service) or {}
        with closing(self._places.open(part["place"], part["keys"])) as file:
            reader = PartReader(unsealed(file, self._private_keys(task)))
            is_ours = not reader.header.origin
            yield reader if is_ours else taken_over(reader, self._contents, self._takeover)

    def _private_keys(self, task: Task) -> list[str]:
        return self._seal.open(task.request["sealed_keys"]).split()

    def _done(self, sessions: Sessions, task: Task, rows: int) -> None:
        run_transaction(sessions, self._service, lambda uow: self._finish(uow, task, rows, None))

    def _finish(self, uow: UnitOfWork, task: Task, rows: int, memory: Mapping[str, Any] | None) -> None:
        if not tasks.finish(uow.connection, task, memory):
            raise TaskLost
        uow.publish(self._about(events.StepTaken, task, rows=rows))

    def _fail(self, sessions: Sessions, task: Task, reason: str) -> None:
        log.error("restore_step_failed", service=self._service, step=task.step, reason=reason)

        def work(uow: UnitOfWork) -> None:
            if tasks.finish(uow.connection, task):
                uow.publish(self._about(events.StepFailed, task, reason=reason))

        run_transaction(sessions, self._service, work)

    def _about(self, kind: type[Event], task: Task, **fields: Any) -> Event:
        declared: Any = of_service(kind, self._service)
        event: Event = declared(task.restore_id, _NUMBERS[task.step], task.restore_id, task.step.value, **fields)
        return event

    @property
    def _service(self) -> str:
        return self._contents.service


_NUMBERS = {step: number for number, step in enumerate(Step, start=1)}


@contextmanager
def _lease_kept(sessions: Sessions, task: Task) -> Iterator[None]:
    """Within the block the lease is kept, by a thread of its own: a statement of minutes does not lose it."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(BEAT_SECONDS):
            with suppress(SQLAlchemyError), sessions.begin() as session:
                tasks.keep(session.connection(), task)

    thread = threading.Thread(target=keep, name=f"lease of {task.restore_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _take(sessions: Sessions) -> Task | None:
    with sessions.begin() as session:
        return tasks.take(session.connection())


def version_of(step: Step) -> int:
    """Which of the steps of a restore it is, from 1."""
    return _NUMBERS[step]
