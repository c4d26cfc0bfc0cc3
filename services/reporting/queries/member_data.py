"""What reporting keeps about a member: their place in the figures, and what the audit trail has on them."""

from sqlalchemy import Text, cast, select, union_all

from services.reporting.models.portfolio import portfolio_loans, portfolio_members, repayments
from services.reporting.models.trail import audit_entries
from shared.backup.contents import Section
from shared.member_data import MEMBER, records

_THEIRS = select(portfolio_loans.c.id).where(portfolio_loans.c.member_id == MEMBER)
# What an entry is about is found by index; an entry about something else may name them and is not looked for.
_ABOUT = union_all(
    select(cast(MEMBER, Text)),
    select(cast(portfolio_loans.c.id, Text)).where(portfolio_loans.c.member_id == MEMBER),
    select(cast(repayments.c.id, Text)).where(repayments.c.loan_id.in_(_THEIRS)),
)

SECTIONS = (
    Section("member", records(portfolio_members).where(portfolio_members.c.id == MEMBER)),
    Section("loans", records(portfolio_loans).where(portfolio_loans.c.member_id == MEMBER)),
    Section("repayments", records(repayments).where(repayments.c.loan_id.in_(_THEIRS))),
    Section(
        "auditLogs",
        records(audit_entries, "hash", "key_id", "batch", "sequence").where(audit_entries.c.entity_id.in_(_ABOUT)),
    ),
)
