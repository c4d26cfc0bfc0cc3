"""The figures of a report: how loans stand, and what follows from it for an officer or a whole team."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.reporting.domain.members import PENDING, VERIFIED
from services.reporting.domain.portfolio import DISBURSED, LoanStatus
from shared.money import ZERO, round_money


@dataclass(frozen=True, slots=True)
class Standing:
    """The loans of one officer in one status; the officer is None while the union is not known."""

    officer_id: UUID | None
    status: LoanStatus
    loans: int
    principal: Decimal
    paid: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Membership:
    """The members of one officer who are verified, or who are pending."""

    officer_id: UUID | None
    state: str
    members: int


@dataclass(frozen=True, slots=True)
class Collected:
    """The money that came in on the loans of one officer in a period: repayments less what was taken back in it, and
    how many, counted alike, whenever their loans were made."""

    officer_id: UUID | None
    amount: Decimal
    payments: int


@dataclass(frozen=True, slots=True)
class Punctuality:
    """What first fell due in a period on loans in unions that one officer had on the day, and what was paid by it."""

    officer_id: UUID | None
    due: Decimal
    on_time: Decimal


def collection_rate(repaid: Decimal, disbursed: Decimal) -> Decimal:
    """Repaid in percent of disbursed, with two decimals; interest can take it above 100. 0 when nothing went out.

    5000.00 repaid of 50000.00 is 10.00.
    """
    return round_money(repaid / disbursed * 100) if disbursed else ZERO


@dataclass(frozen=True, slots=True)
class Performance:
    """What unions, members and loans add up to. The amounts are of loans whose money went out, the counts of all.

    `collected`, `payments`, `due` and `on_time` are of a period, whenever the loans were made.
    """

    unions: int
    verified_members: int
    pending_members: int
    loans: int
    active_loans: int
    completed_loans: int
    defaulted_loans: int
    disbursed: Decimal
    repaid: Decimal
    outstanding: Decimal
    collected: Decimal
    payments: int
    due: Decimal
    on_time: Decimal

    @property
    def collection_rate(self) -> Decimal:
        """See `collection_rate`."""
        return collection_rate(self.repaid, self.disbursed)

    @property
    def on_time_rate(self) -> Decimal | None:
        """Paid by the due day in percent of what first fell due, with two decimals; None when nothing did.

        550.00 paid of 1100.00 is 50.00. Source: CGAP Occasional Paper 3.
        """
        return round_money(self.on_time / self.due * 100) if self.due else None


def performance(
    unions: int,
    memberships: Iterable[Membership],
    standings: Iterable[Standing],
    collected: Iterable[Collected] = (),
    punctuality: Iterable[Punctuality] = (),
) -> Performance:
    """Add up. A written-off loan counts as a defaulted one."""
    members, loans, money, fell_due = list(memberships), list(standings), list(collected), list(punctuality)
    disbursed = [standing for standing in loans if standing.status in DISBURSED]

    def members_in(state: str) -> int:
        return sum(membership.members for membership in members if membership.state == state)

    def loans_in(*statuses: LoanStatus) -> int:
        return sum(standing.loans for standing in loans if standing.status in statuses)

    return Performance(
        unions=unions,
        verified_members=members_in(VERIFIED),
        pending_members=members_in(PENDING),
        loans=loans_in(*LoanStatus),
        active_loans=loans_in(LoanStatus.ACTIVE),
        completed_loans=loans_in(LoanStatus.COMPLETED),
        defaulted_loans=loans_in(LoanStatus.DEFAULTED, LoanStatus.WRITTEN_OFF),
        disbursed=sum((standing.principal for standing in disbursed), ZERO),
        repaid=sum((standing.paid for standing in disbursed), ZERO),
        outstanding=sum((standing.outstanding for standing in disbursed), ZERO),
        collected=sum((part.amount for part in money), ZERO),
        payments=sum(part.payments for part in money),
        due=sum((part.due for part in fell_due), ZERO),
        on_time=sum((part.on_time for part in fell_due), ZERO),
    )


def distribution(standings: Iterable[Standing]) -> dict[LoanStatus, tuple[int, Decimal]]:
    """Number and principal of the loans in each status that has any, in the order of a loan's life."""
    totals = {status: (0, ZERO) for status in LoanStatus}
    for standing in standings:
        loans, principal = totals[standing.status]
        totals[standing.status] = (loans + standing.loans, principal + standing.principal)
    return {status: total for status, total in totals.items() if total[0]}
