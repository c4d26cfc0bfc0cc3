"""The things in the seeded book that are asked for, and the people who ask."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from deploy.client import Client
from deploy.local.platform import Platform

LOANS = 500
OFFICERS = 4
LINES_OF_A_SHEET = 60
# A union of the seeded book has too few running loans for a whole sheet, so those of several are put together: in
# payments, and in reporting, where what is paid in one union is added up once.
_GATHER = """
WITH numbered AS (
    SELECT loan_id, union_id, officer_id, (row_number() OVER (ORDER BY loan_id) - 1) / %(lines)s AS sheet
      FROM payments.loan_accounts WHERE status = 'ACTIVE' AND paid = 0 AND outstanding > 100000
), first AS (
    SELECT DISTINCT ON (sheet) sheet, union_id, officer_id FROM numbered ORDER BY sheet, loan_id
), gathered AS (
    UPDATE payments.loan_accounts SET union_id = first.union_id, officer_id = first.officer_id
      FROM numbered JOIN first USING (sheet) WHERE loan_accounts.loan_id = numbered.loan_id
), followed AS (
    UPDATE reporting.portfolio_loans SET union_id = first.union_id
      FROM numbered JOIN first USING (sheet) WHERE portfolio_loans.id = numbered.loan_id
)
SELECT first.union_id::text, array_agg(loan_id::text) FROM numbered JOIN first USING (sheet)
 GROUP BY sheet, first.union_id HAVING count(*) = %(lines)s
"""
_STAFF = "SELECT email FROM identity.user_account WHERE email LIKE %s ORDER BY email"
_UNIONS = """
SELECT user_account.email, unions.id::text FROM membership.unions
  JOIN identity.user_account ON user_account.id = unions.officer_id
 WHERE user_account.email = ANY(%s) ORDER BY unions.id
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Loans chosen by chance from all over the book, collection sheets as a union and its loans, unions with the token
    of their officer, and everybody's way in."""

    loan_ids: Sequence[str]
    payable_loan_ids: Sequence[str]
    sheets: Sequence[tuple[str, Sequence[str]]]
    unions: Sequence[tuple[str, str]]
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
        sheets = database.execute(_GATHER, {"lines": LINES_OF_A_SHEET}).fetchall()
        officers, supervisors = _ids(database, _STAFF, "officer-%"), _ids(database, _STAFF, "supervisor-%")
        # Signing in again and again ends the oldest sessions, so those who ask are not those who sign in.
        asking, signing_in = officers[:OFFICERS], officers[OFFICERS:]
        unions = database.execute(_UNIONS, [asking]).fetchall()
    chance, everybody = random.Random(1), Client(platform.url)
    tokens = {email: everybody.sign_in(email, password).token for email in asking}
    return Sample(
        loan_ids=chance.sample(scheduled, min(LOANS, len(scheduled))),
        payable_loan_ids=chance.sample(payable, min(10 * LOANS, len(payable))),
        sheets=sheets,
        unions=[(tokens[email], union_id) for email, union_id in unions],
        officer_emails=signing_in,
        password=password,
        admin_token=everybody.sign_in(platform.credentials.email, platform.credentials.password).token,
        supervisor_token=everybody.sign_in(supervisors[0], password).token,
        officer_token=tokens[officers[0]],
    )


def _ids(database: psycopg.Connection, query: str, *parameters: str) -> list[str]:
    return [str(row[0]) for row in database.execute(query, parameters or None)]
