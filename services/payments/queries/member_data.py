"""What payments keeps about a member: accounts of their loans with every fact, receipts, attendance at meetings."""

from sqlalchemy import select

from services.payments.models.collection import attendance, collection_lines
from services.payments.models.ledger import allocations, charges, instalments, loan_accounts, repayments, waivers
from services.payments.models.receipts import receipt_prints
from shared.backup.contents import Section
from shared.member_data import MEMBER, records

_THEIRS = select(loan_accounts.c.loan_id).where(loan_accounts.c.member_id == MEMBER)
_RECEIVED = select(repayments.c.id).where(repayments.c.loan_id.in_(_THEIRS))
_CHARGED = select(charges.c.id).where(charges.c.loan_id.in_(_THEIRS))

SECTIONS = (
    Section("accounts", records(loan_accounts).where(loan_accounts.c.member_id == MEMBER)),
    Section("instalments", records(instalments).where(instalments.c.loan_id.in_(_THEIRS))),
    Section("repayments", records(repayments).where(repayments.c.loan_id.in_(_THEIRS))),
    Section("allocations", records(allocations).where(allocations.c.repayment_id.in_(_RECEIVED))),
    Section("charges", records(charges).where(charges.c.loan_id.in_(_THEIRS))),
    Section("waivers", records(waivers).where(waivers.c.charge_id.in_(_CHARGED))),
    Section("receipts", records(receipt_prints).where(receipt_prints.c.repayment_id.in_(_RECEIVED))),
    Section("sheetLines", records(collection_lines).where(collection_lines.c.loan_id.in_(_THEIRS))),
    Section("attendance", records(attendance).where(attendance.c.member_id == MEMBER)),
)
