"""How amounts and days are written to people, and what a step in the life of a loan is called."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_TOKEN = re.compile(r"YYYY|YY|MMMM|MMM|MM|DD|M|D")

# The mail a step causes to the loan's officer, or to who supervises them; and what it is called to the member.
STAFF_MAILS: Mapping[str, str] = {
    "lending.loan.submitted.v1": "loan_submitted",
    "lending.loan.approved.v1": "loan_approved",
    "lending.loan.rejected.v1": "loan_rejected",
    "lending.loan.disbursed.v1": "loan_disbursed",
}
# Writing a loan off is a matter of our books: the member owes it still.
MEMBER_WORDS: Mapping[str, str] = {
    "lending.loan.approved.v1": "approved",
    "lending.loan.rejected.v1": "turned down",
    "lending.loan.canceled.v1": "canceled",
    "lending.loan.disbursed.v1": "paid out",
    "lending.loan.completed.v1": "repaid completely",
    "lending.loan.defaulted.v1": "in default",
    "lending.loan.reactivated.v1": "active again",
}


def written_amount(amount: Decimal) -> str:
    """`50,000.00`."""
    return f"{amount:,.2f}"


def written_day(day: date, pattern: str) -> str:
    """A day as the institution writes it: `DD/MM/YYYY` gives `11/03/2026`."""
    parts = {
        "YYYY": f"{day.year:04}",
        "YY": f"{day.year % 100:02}",
        "MMMM": _MONTHS[day.month - 1],
        "MMM": _MONTHS[day.month - 1][:3],
        "MM": f"{day.month:02}",
        "M": str(day.month),
        "DD": f"{day.day:02}",
        "D": str(day.day),
    }
    return _TOKEN.sub(lambda token: parts[token[0]], pattern)
