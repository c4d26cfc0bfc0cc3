"""A rehearsal: the newest backup restored beside the database that runs, and looked at."""

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from deploy.backups.archive import Archive
from deploy.backups.cluster import Cluster
from deploy.backups.recover import check_log, check_room, recover, unpack
from deploy.backups.restore import plan_for
from deploy.backups.tools import Tools
from deploy.database.provision import DATABASE
from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import ChainBroken, Keys
from services.reporting.queries import anchor_file
from services.reporting.usecases.trail import verify_trail
from shared.clock import now

_NOTED = "rehearsal.json"

# Of each loan that a follower has the newest of: what it says of it must be what the owner says. Those of which an
# event is still on its way say nothing, nor do those that have no account yet.
_DISAGREEING = {
    "reporting and payments disagree about {} loans": """
        SELECT count(*) FROM payments.loan_accounts AS owner
          JOIN reporting.portfolio_loans AS copy ON copy.id = owner.loan_id AND copy.account_version = owner.version
         WHERE owner.version > 0 AND (copy.paid, copy.outstanding) IS DISTINCT FROM (owner.paid, owner.outstanding)
    """,
    "lending and payments disagree about {} loans": """
        SELECT count(*) FROM payments.loan_accounts AS owner
          JOIN lending.loans AS copy ON copy.id = owner.loan_id AND copy.account_version = owner.version
         WHERE owner.version > 0 AND (copy.paid, copy.outstanding) IS DISTINCT FROM (owner.paid, owner.outstanding)
    """,
    "{} accounts are not the sum of their repayments": """
        SELECT count(*) FROM payments.loan_accounts AS account
         WHERE account.paid
            <> (SELECT coalesce(sum(amount), 0) FROM payments.repayments WHERE loan_id = account.loan_id)
    """,
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a rehearsal found: faults, or none; how far the restored database got, and how long it took."""

    at: datetime
    backup: str
    last_transaction: str | None
    audit_entries: int | None
    seconds: float
    faults: Sequence[str] = field(default_factory=list)


def rehearse(archive: Archive, tools: Tools, folder: Path, keys: Keys | None, anchors: Path | None) -> Findings:
    """Restore the newest backup in a folder of its own in `folder`, to the end of the log, and verify what is in it;
    under the lock of the archive. Keeps what it found. Raises CannotRestore, after which the last findings stay."""
    began = time.monotonic()
    plan = plan_for(archive, None)
    check_log(archive, plan, None)
    check_room(archive, plan, folder)
    beside = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=folder))
    tools.account.owns(beside)
    try:
        data = beside / "data"
        unpack(archive, tools, plan, data)
        with Cluster(data, tools, beside / "postgres.log") as cluster:
            recovered = recover(archive, tools, plan, cluster, data, None)
            faults, entries = _faults(cluster.url, keys, anchors)
    finally:
        shutil.rmtree(beside)
    seconds = round(time.monotonic() - began, 1)
    findings = Findings(now(), plan.base.name, recovered.last_transaction, entries, seconds, faults)
    archive.note(_NOTED, json.dumps(asdict(findings), default=datetime.isoformat, indent=2) + "\n")
    return findings


def last_findings(archive: Archive) -> Findings | None:
    """What the last rehearsal found."""
    if not (text := archive.noted(_NOTED)):
        return None
    values = json.loads(text)
    return Findings(**{**values, "at": datetime.fromisoformat(values["at"])})


def _faults(url: str, keys: Keys | None, anchors: Path | None) -> tuple[list[str], int | None]:
    with psycopg.connect(url, dbname=DATABASE) as database:
        counts = {words: database.execute(query).fetchone() for words, query in _DISAGREEING.items()}
    faults = [words.format(count[0]) for words, count in counts.items() if count and count[0]]
    if keys is None:
        return faults, None
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{DATABASE}?"))
    try:
        # Those that were written since are of entries that were not archived yet.
        with engine.connect() as connection:
            connection.exec_driver_sql("SET search_path = reporting, public")
            end = connection.exec_driver_sql("SELECT sequence FROM audit_chain").scalar_one()
            anchored = [
                anchor for anchor in (anchor_file.read(anchors)[0] if anchors else []) if anchor.sequence <= end
            ]
            verified = verify_trail(connection, keys, Anchors(anchored, keys))
    except ChainBroken as error:
        return [*faults, error.message], None
    finally:
        engine.dispose()
    return faults, verified.end.sequence + verified.unlinked
