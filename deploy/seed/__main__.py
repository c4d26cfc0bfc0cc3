"""`python -m deploy.seed --size 10000`: fills a running platform with a realistic book."""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from pathlib import Path

import psycopg

from deploy.database.provision import SERVICES, owner_of
from deploy.local.credentials import strong_password
from deploy.local.folder import root_folder
from deploy.local.lock import why_nobody_answers
from deploy.local.parts import AUDIT_KEYS
from deploy.seed.pages import Size
from deploy.seed.staff import email_of
from deploy.seed.writer import NotEmpty, write_book
from services.identity.credentials.common_passwords import password_rules
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain.password import MIN_CHARACTERS, WeakPassword, check_password
from services.reporting.domain.chain import Key
from shared.clock import business_date
from shared.context import Role

LOCAL = root_folder()
AUDITED_UP_TO = 20_000
BCRYPT_COST = 12


class NotRunning(Exception):
    """There is no database to write to."""


def main() -> None:
    """Write the book; exits with 1 and one line when it cannot."""
    options = _parser().parse_args()
    size, password = Size(options.size), options.password or strong_password()
    zone = os.environ.get("COMPANY_TIME_ZONE", "Africa/Lagos")
    started = time.monotonic()
    print(f"Writing a book of {size.loans:,} loans ...", flush=True)
    is_audited = size.loans <= AUDITED_UP_TO if options.audit is None else options.audit
    try:
        check_password(password, password_rules(MIN_CHARACTERS))
        write_book(
            owner_database_urls(os.environ),
            size,
            password_hash=PasswordHashes(cost=BCRYPT_COST, at_once=1, places=1).make(password),
            number=options.seed,
            last_day=business_date(zone) - timedelta(days=1),
            zone=zone,
            audit_key=audit_key(os.environ) if is_audited else None,
            report=lambda line: print(f"  {line}", flush=True),
        )
    except (BrokenProcessPool, NotEmpty, NotRunning, WeakPassword, psycopg.Error) as error:
        sys.exit(f"seed: {str(error).splitlines()[0]}")
    print(f"{size.loans:,} loans of {size.members:,} members in {time.monotonic() - started:.0f} s.")
    print(f"Officers are {email_of(Role.CREDIT_OFFICER, 1)} and so on, supervisors {email_of(Role.SUPERVISOR, 1)}.")
    if not options.password:
        print(f"The password of all of them: {password}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.seed", description=__doc__)
    parser.add_argument("--size", type=_positive, default=10_000, help="how many loans; default: %(default)s")
    parser.add_argument("--password", help="of all seeded staff; default: a random one, which is printed")
    parser.add_argument("--seed", type=int, default=1, help="the same number on the same day gives the same book")
    parser.add_argument(
        "--audit",
        action=argparse.BooleanOptionalAction,
        help=f"with an audit trail; default: up to {AUDITED_UP_TO:,} loans",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def owner_database_urls(environ: Mapping[str, str], local: Path = LOCAL) -> dict[str, str]:
    """The database URL of each schema's owner, from the environment or as `make up` left it. Raises NotRunning."""
    names = {service: f"{service.upper()}_OWNER_DATABASE_URL" for service in SERVICES}
    if all(name in environ for name in names.values()):
        return {service: environ[name] for service, name in names.items()}
    try:
        # The fourth line of this file of PostgreSQL is the port it listens on.
        port = (local / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[3]
        passwords = {service: (local / "secrets" / owner_of(service)).read_text() for service in SERVICES}
    except (FileNotFoundError, IndexError) as error:
        raise NotRunning(why_nobody_answers(local)) from error
    return {
        service: f"postgresql://{owner_of(service)}:{password}@127.0.0.1:{port}/mp"
        for service, password in passwords.items()
    }


def audit_key(environ: Mapping[str, str], local: Path = LOCAL) -> Key:
    """The key for new entries of the audit trail, from the environment or as `make up` left it. Raises NotRunning."""
    file = Path(environ.get("REPORTING_AUDIT_KEYS_FILE", local / AUDIT_KEYS))
    try:
        keys = environ.get("REPORTING_AUDIT_KEYS") or file.read_text()
    except FileNotFoundError as error:
        raise NotRunning(f"there is no key for the audit trail in {file}; `make up` makes one") from error
    return Key.of(keys.split(",")[0].strip())


if __name__ == "__main__":
    main()
