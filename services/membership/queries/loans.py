"""What membership keeps of the loans of its members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.orm import Session

from services.membership.models import LoanDocument, Member, MemberLoan
from shared.postgres.recordset import json_rows, recordset_statement

# The status of a deleted loan. The row is kept, so that an older event does not count the loan again.
DELETED = "DELETED"
OPEN = ("DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE", "DEFAULTED")

_COLUMNS = "loan_id uuid, member_id uuid, status text, version integer"


@dataclass(frozen=True, slots=True)
class KeptLoan:
    """A loan as an event of some version tells of it."""

    loan_id: UUID
    member_id: UUID
    status: str
    version: int


# Rows are locked in the order of their keys, so that two who keep the same loans do not wait for each other.
_ADD = recordset_statement(
    """
    WITH given AS MATERIALIZED (SELECT * FROM {loans}),
        borrowers AS MATERIALIZED (
            SELECT id, union_id FROM members WHERE id IN (SELECT member_id FROM given) ORDER BY id FOR KEY SHARE
        ),
        added AS (
            INSERT INTO member_loans (loan_id, member_id, status, version)
            SELECT loan_id, member_id, status, version FROM given JOIN borrowers ON borrowers.id = member_id
             ORDER BY loan_id
            ON CONFLICT DO NOTHING RETURNING loan_id
        )
    SELECT given.loan_id, union_id, added.loan_id IS NOT NULL
      FROM given LEFT JOIN borrowers ON borrowers.id = member_id LEFT JOIN added ON added.loan_id = given.loan_id
    """,
    loans=_COLUMNS,
)
# A statement of its own, for only one that begins afterwards sees the loan that a rival was just adding.
_WRITE_STATUSES = recordset_statement(
    """
    WITH newer AS MATERIALIZED (
        SELECT loan_id, member_loans.status AS former, loans.status, loans.version
          FROM member_loans JOIN {loans} USING (loan_id) WHERE member_loans.version < loans.version
         ORDER BY loan_id FOR UPDATE OF member_loans
    )
    UPDATE member_loans SET status = newer.status, version = newer.version FROM newer
     WHERE member_loans.loan_id = newer.loan_id
    RETURNING newer.loan_id, newer.former
    """,
    loans=_COLUMNS,
)


def loan_count(session: Session, member_id: UUID) -> int:
    """How many loans a member has."""
    theirs = select(func.count()).where(MemberLoan.member_id == member_id, MemberLoan.status != DELETED)
    return session.scalars(theirs).one()


def open_loan_count(connection: Connection, member_id: UUID) -> int:
    """How many loans a member has that are still to be decided or repaid."""
    theirs = select(func.count()).where(MemberLoan.member_id == member_id, MemberLoan.status.in_(OPEN))
    return connection.execute(theirs).scalar_one()


def add_loans(connection: Connection, loans: Sequence[KeptLoan]) -> Sequence[Row[tuple[UUID, UUID | None, bool]]]:
    """Insert those loans that are not there yet. Returns (loan_id, union_id, is_new) of each, without a union where the
    member is unknown; nobody moves the members until the end of this transaction."""
    return connection.execute(_ADD, {"loans": json_rows(loans)}).all()


def write_statuses(connection: Connection, loans: Sequence[KeptLoan]) -> Mapping[UUID, str]:
    """Write the newer statuses of loans that are there; returns the former ones, of those whose version is newer."""
    rows = connection.execute(_WRITE_STATUSES, {"loans": json_rows(loans)})
    return {loan_id: former for loan_id, former in rows}


def delete_below(session: Session, version: int) -> Sequence[Row[tuple[UUID, int]]]:
    """Take the loans of a lower version as deleted; returns how many were not, by union."""
    stale = MemberLoan.version < version
    gone = update(MemberLoan).where(stale, MemberLoan.status != DELETED).values(status=DELETED, version=version)
    rows = gone.returning(MemberLoan.member_id).cte("gone")
    query = select(Member.union_id, func.count()).join(rows, rows.c.member_id == Member.id).group_by(Member.union_id)
    return session.execute(query).all()


def delete_documents_below(session: Session, version: int) -> None:
    """Take the documents of loans of a lower version as deleted: their types are not in use because of them."""
    stale = LoanDocument.version < version
    session.execute(update(LoanDocument).where(stale).values(is_deleted=True, version=version))
