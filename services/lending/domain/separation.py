"""What nobody does alone: four eyes on a loan, and nobody on the loans of an officer whom they made."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from services.lending.domain.loan import LoanAction
from shared.errors import Forbidden
from shared.money import ZERO


class OwnOfficer(Forbidden):
    """Who made the account of an officer, or knows its password, does not decide on the loans of this officer."""


class FourEyesNeeded(Forbidden):
    """Somebody else has to do this: the same person has done another part of it."""


@dataclass(frozen=True, slots=True)
class Separation:
    """The rules of the institution: for how many `days` nobody decides on loans of an officer whom they made (0 for
    none), and whether loans above `amount` need `four_eyes`."""

    days: int = 0
    four_eyes: bool = False
    amount: Decimal = ZERO

    def needs_four_eyes(self, principal: Decimal) -> bool:
        """Whether a loan over so much is made, approved and disbursed by different people."""
        return self.four_eyes and principal > self.amount


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the account of an officer comes from: who made it, and who last set its password, and when."""

    created_by: UUID | None
    created_at: datetime
    password_set_by: UUID | None
    password_set_at: datetime | None


def check_officers(separation: Separation, person: UUID, origins: Iterable[Origin], *, at: datetime) -> None:
    """Refuse a person who made the account of one of the officers, or set its password, in the last `separation.days`
    days. Raises OwnOfficer."""
    if not separation.days:
        return
    since = at - timedelta(days=separation.days)
    for origin in origins:
        if origin.created_by == person and origin.created_at > since:
            raise OwnOfficer(_refusal("made the account of the officer of this loan", origin.created_at, separation))
        if origin.password_set_by == person and origin.password_set_at and origin.password_set_at > since:
            raise OwnOfficer(
                _refusal("set the password of the officer of this loan", origin.password_set_at, separation)
            )


def check_four_eyes(
    separation: Separation,
    action: LoanAction,
    person: UUID,
    *,
    principal: Decimal,
    makers: Collection[UUID],
    approver: UUID | None,
) -> None:
    """Refuse a person who approves what they made, or disburses what they made or approved, where the amount needs four
    eyes. Raises FourEyesNeeded."""
    if not separation.needs_four_eyes(principal):
        return
    if action in (LoanAction.APPROVE, LoanAction.APPROVE_DRAFT) and person in makers:
        raise FourEyesNeeded("You made or changed this loan: somebody else has to approve it")
    if action is LoanAction.DISBURSE and person in makers:
        raise FourEyesNeeded("You made or changed this loan: somebody else has to disburse it")
    if action is LoanAction.DISBURSE and person == approver:
        raise FourEyesNeeded("You approved this loan: somebody else has to disburse it")


def check_raise(separation: Separation, *, former: Decimal, principal: Decimal) -> None:
    """Refuse to raise a loan that is decided on to so much that it needs four eyes. Raises FourEyesNeeded."""
    if principal > former and separation.needs_four_eyes(principal):
        raise FourEyesNeeded(
            "A loan that is approved is not raised by one person: undo the approval, and submit it again"
        )


def _refusal(what: str, when: datetime, separation: Separation) -> str:
    until = when + timedelta(days=separation.days)
    return f"You {what} on {when:%Y-%m-%d}: until {until:%Y-%m-%d} somebody else has to decide"
