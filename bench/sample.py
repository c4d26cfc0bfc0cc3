"""The things in the seeded book that are asked for, and the people who ask."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from deploy.client import Client
from deploy.local.platform import Platform
from deploy.seed.staff import email_of
from shared.context import Role

LOANS = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """Loans chosen by chance from all over the book, and everybody's way in."""

    loan_ids: Sequence[str]
    payable_loan_ids: Sequence[str]
    officer_emails: Sequence[str]
    password: str
    admin_token: str
    supervisor_token: str
    officer_token: str

    def login(self, email: str) -> dict[str, str]:
        """What somebody signs in with."""
        return {"email": email, "password": self.password}


def take_sample(platform: Platform, password: str) -> Sample:
    """Choose loans and sign in an admin, a supervisor and an officer; the same book gives the same choice."""
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        scheduled = _ids(database, "SELECT DISTINCT loan_id FROM lending.instalments ORDER BY loan_id")
        payable = _ids(
            database,
            # Nothing is paid on them yet, so that the same small repayment fits again and again.
            "SELECT loan_id FROM payments.loan_accounts WHERE status = 'ACTIVE' AND paid = 0 AND outstanding > 100000"
            " ORDER BY loan_id",
        )
        officers = _ids(database, "SELECT email FROM identity.user_account WHERE email LIKE 'officer-%' ORDER BY email")
    chance, everybody = random.Random(1), Client(platform.url)
    return Sample(
        loan_ids=chance.sample(scheduled, min(LOANS, len(scheduled))),
        payable_loan_ids=chance.sample(payable, min(10 * LOANS, len(payable))),
        # Not the first: signing in again and again ends the oldest sessions, and their officer is one of those who ask.
        officer_emails=officers[1:],
        password=password,
        admin_token=everybody.sign_in(platform.credentials.email, platform.credentials.password).token,
        supervisor_token=everybody.sign_in(email_of(Role.SUPERVISOR, 1), password).token,
        officer_token=everybody.sign_in(officers[0], password).token,
    )


def _ids(database: psycopg.Connection, query: str) -> list[str]:
    return [str(row[0]) for row in database.execute(query)]
