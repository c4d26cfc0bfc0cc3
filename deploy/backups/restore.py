"""`make restore`: the database of a platform as it was at a moment, in its own place or in another one."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.backups import carried
from deploy.backups.aftermath import Aftermath, carry_over, folder_in, leave, waiting
from deploy.backups.archive import Archive, Return
from deploy.backups.cluster import Cluster, Ended
from deploy.backups.errors import CannotBackUp, CannotRestore
from deploy.backups.names import restored
from deploy.backups.place import Place
from deploy.backups.plan import Plan, make_plan
from deploy.backups.recover import Recovered, check_log, check_room, recover, unpack
from deploy.backups.server import archiving, claim
from deploy.backups.tools import ARCHIVE_SCRIPT, Tools
from deploy.backups.wal import Segment
from deploy.local.postgres import SUPERUSER
from shared.clock import now

# So many numbers are left out when the database that gave them cannot be asked how far it got.
MARGIN = 10_000
_ARCHIVED_SECONDS, _LOOK_SECONDS = 60.0, 0.2
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """Restore to the moment `to` (None: all there is); `password` is the superuser's from then on."""

    to: datetime | None
    password: str


def plan_for(archive: Archive, to: datetime | None) -> Plan:
    """How to get there, as far as the archive alone tells. Raises CannotRestore."""
    if to and to > now():
        raise CannotRestore(f"{to.isoformat()} is yet to come.")
    if to and (before := next((one for one in archive.earlier() if to <= one.until), None)):
        raise CannotRestore(
            f"Until {before.until.isoformat(timespec='seconds')} the database was of PostgreSQL {before.version}, and "
            f"only programs of that version go back to a moment before. What they need is in {before.folder}; "
            "docs/upgrade-of-postgresql.md says how."
        )
    return make_plan(archive.backups(), archive.returns(), archive.histories(), to)


def restore_here(place: Place, wish: Wish, say: Say) -> Recovered:
    """Let the database of `place`, which must not run, go back. Nothing that is there counts less before the last
    step, after which all that is new does; interrupted anywhere, it can be repeated. Raises CannotRestore."""
    with _locked(place.archive):
        place.begin()
        with ExitStack() as stack:
            old = _start_replaced(stack, place, say)
            log = place.data / "pg_wal" if (place.data / "pg_wal").exists() else None
            new = stack.enter_context(Cluster(place.restored, place.tools, place.log))
            at = _recover(place.archive, place.tools, place.restored, new, wish, log, say)
            aftermath = Aftermath(wish.to, now(), margin=MARGIN)
            if old:
                carried.lay_trail_by(old.url, new.url, folder_in(place.restored, place.tools.account))
                before = waiting(place.data)
                numbers, epoch = carried.numbers_of(old.url), carried.epoch_of(old.url)
                epoch = max(epoch, before.epoch if before else 0)
                aftermath = Aftermath(wish.to, now(), numbers, epoch=epoch)
            leave(place.restored, place.tools.account, aftermath)
        place.archive.note_return(Return(at.timeline, wish.to, now()))
        place.swap()
        claim(place.archive, place.data, anew=True)
    return at


def restore_beside(archive: Archive, tools: Tools, data: Path, wish: Wish, say: Say) -> Recovered:
    """Make a database of its own in the new folder `data`, of what is archived. Raises CannotRestore."""
    partial = restored(data)
    with _locked(archive):
        with Cluster(partial, tools, data.with_name("restore.log")) as cluster:
            at = _recover(archive, tools, partial, cluster, wish, None, say)
            leave(partial, tools.account, Aftermath(wish.to, now()))
        partial.rename(data)
    return at


def _recover(
    archive: Archive, tools: Tools, data: Path, cluster: Cluster, wish: Wish, log: Path | None, say: Say
) -> Recovered:
    plan = plan_for(archive, wish.to)
    check_log(archive, plan, log)
    check_room(archive, plan, data.parent)
    say(f"Unpacking {plan.base.name} ...")
    unpack(archive, tools, plan, data)
    say("Applying the log ...")
    recovered = recover(archive, tools, plan, cluster, data, log)
    with psycopg.connect(cluster.url, autocommit=True) as database:
        # Hashed here, so that no log of the server can hold the password itself.
        hashed = database.pgconn.encrypt_password(wish.password.encode(), SUPERUSER.encode(), b"scram-sha-256")
        change = sql.SQL("ALTER ROLE {} PASSWORD {}")
        database.execute(change.format(sql.Identifier(SUPERUSER), sql.Literal(hashed.decode())))
    return recovered


def _start_replaced(stack: ExitStack, place: Place, say: Say) -> Cluster | None:
    """The database that is to be replaced, run for us alone, with the end of its log archived; None when it cannot
    run."""
    if not place.data.exists():
        say(f"The database that is replaced is not there: each number goes on {MARGIN} later.")
        return None
    old = stack.enter_context(Cluster(place.data, place.tools, place.log))
    script = place.tools.script(place.data.parent, ARCHIVE_SCRIPT)
    try:
        old.start(archiving(place.archive.folder, script))
        # One that was restored itself, and never started since, has yet to be given the numbers and the trail.
        carry_over(place.data, old.url)
        archive_end(old.url, place.archive)
        return old
    except Ended as error:
        say(f"The database that is replaced cannot run ({error}): each number goes on {MARGIN} later.")
    except CannotBackUp as error:
        say(f"{error} What is missing there is taken from the database's own folder.")
        return old
    return None


def archive_end(url: str, archive: Archive, *, seconds: float = _ARCHIVED_SECONDS) -> None:
    """Have all that the database at `url` has committed in its archive, and something later behind it.

    Raises CannotBackUp when that takes longer.
    """
    with psycopg.connect(url, autocommit=True) as database:
        # A commit behind every moment that somebody may want to go back to, so that the end of the log is not before.
        database.execute("SELECT pg_logical_emit_message(true, 'backups', '')")
        row = database.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    last, deadline = Segment.from_name(str(row[0])) if row else None, time.monotonic() + seconds
    while last and last not in archive.segments():
        if time.monotonic() > deadline:
            raise CannotBackUp(f"{last.name} was not archived within {seconds:.0f} s.")
        # PostgreSQL tells nobody when it has archived a file.
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _locked(archive: Archive) -> Iterator[None]:
    try:
        with archive.lock():
            yield
    except CannotBackUp as error:
        raise CannotRestore(str(error)) from error
