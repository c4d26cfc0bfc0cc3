"""What erasing the personal data of a member takes, and what is left of them."""

from typing import Any

from shared.errors import Conflict, RuleViolated

# What stands instead of a name; the code, which is on receipts and in ledgers, stays.
ERASED = "Erased"
BLANK: dict[str, Any] = {
    "first_name": ERASED,
    "last_name": ERASED,
    "email": None,
    "phone": None,
    "address": None,
    "date_of_birth": None,
    "gender": None,
    "marital_status": None,
    "profession": None,
    "company": None,
    "city": None,
    "state": None,
    "country": None,
    "zip_code": None,
    "note": None,
    "profile_image": None,
}
"""The columns of a member that say something of the person, as they are afterwards."""


class MemberOwes(Conflict):
    """The member has a loan that is still to be decided on or repaid, or that was written off and is owed."""


class AlreadyErased(Conflict):
    """The personal data of the member was erased before."""


class ErasureNotConfirmed(RuleViolated):
    """What was typed is not the code of the member, who might be another one than was meant."""


def check_may_erase(*, code: str, confirmation: str, owed_loans: int, is_erased: bool) -> None:
    """`owed_loans` counts those that are to be decided on, to be repaid, or written off. Raises AlreadyErased,
    ErasureNotConfirmed, MemberOwes."""
    if is_erased:
        raise AlreadyErased("The personal data of this member was erased before.")
    if confirmation != code:
        raise ErasureNotConfirmed("Please type the code of the member.", field="confirmation")
    if owed_loans:
        raise MemberOwes(f"The member has {owed_loans} loan(s) that are open or owed: their data is needed for them.")
