"""The receipt of a repayment as a slip of paper."""

from datetime import tzinfo
from decimal import Decimal
from typing import Any

from services.payments.domain.allocation import PART_ORDER
from services.payments.shapes.repayments import number_of_receipt
from shared.files.columns import Kind
from shared.files.shown import shown_alone
from shared.files.slip import Slip
from shared.files.table import Fact, Letterhead
from shared.words import full_name, in_words

_RECEIVED, _OWED = "Received", "Still owed"


def slip_of_receipt(receipt: Any, printed: Any, letterhead: Letterhead, zone: tzinfo) -> Slip:
    """A receipt by the row of its repayment and the figures of its first print. One printed again says so, and so does
    that of money which was taken back."""
    parts = [(part, Decimal(printed.parts[part])) for part in PART_ORDER]
    receiver = full_name(receipt.receiver_first_name, receipt.receiver_last_name) or receipt.receiver_email or ""
    recorded = shown_alone(Kind.MOMENT, receipt.recorded_at, zone)
    return Slip(
        title=title_of_receipt(receipt),
        letterhead=letterhead,
        mark=_mark(receipt, printed),
        groups=[
            [
                Fact("Paid on", receipt.paid_on, Kind.DAY),
                Fact("Member", full_name(receipt.member_first_name, receipt.member_last_name)),
                Fact("Code", receipt.member_code),
                Fact("Union", receipt.union_name),
                Fact("Loan", receipt.loan_number),
                Fact("Method", in_words(receipt.method)),
                Fact("Reference", receipt.reference),
            ],
            [
                *(Fact(in_words(part), amount, Kind.AMOUNT) for part, amount in parts if amount),
                Fact(_RECEIVED, receipt.amount, Kind.AMOUNT),
            ],
            [Fact(_OWED, printed.outstanding, Kind.AMOUNT)],
        ],
        strong=frozenset({_RECEIVED, _OWED}),
        notes=[f"Received by {receiver}, {recorded}" if receiver else f"Recorded {recorded}", "Thank you."],
    )


def title_of_receipt(receipt: Any) -> str:
    """What a receipt is called, by the row of its repayment."""
    return f"Receipt {number_of_receipt(receipt.loan_number, receipt.account_version)}"


def _mark(receipt: Any, printed: Any) -> str:
    marks = [f"Reprint no. {printed.prints - 1}"] if printed.prints > 1 else []
    if receipt.reversed_on:
        marks.append(f"Taken back on {receipt.reversed_on.day} {receipt.reversed_on:%b %Y}")
    return " · ".join(marks)
