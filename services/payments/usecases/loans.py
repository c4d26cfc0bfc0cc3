"""Loans of lending: an account keeps the newest facts that were published of its loan, in whatever order they come."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from services.payments.domain.account import CLOSED, LISTED, LoanFacts, LoanStatus, account_status
from services.payments.queries import account_updates, counts, officer_changes
from services.payments.queries.account_updates import Place
from shared.db import UnitOfWork
from shared.messaging.handlers import CauseMissing


def keep_loan(uow: UnitOfWork, *, loan_id: UUID, facts: LoanFacts, version: int) -> bool:
    """Open the loan's account, or bring it up to the facts of a newer `version`; older facts change nothing.
    Whether they were newer.

    Union and officer are always those of the member now, not those of the time of the event. The status of the facts is
    moved on by the money that was recorded, and a loan that has money is not deleted: lending, which follows the money,
    will publish that it is back. Raises CauseMissing while the member or their union is not known.
    """
    place = _place_of(uow, facts.member_id)
    columns = {**asdict(facts), "union_id": place.union_id, "officer_id": place.officer_id}
    # On an account that is opened now there is neither money nor a schedule, which could have a say.
    closed_at = facts.closed_at if facts.lending_status in CLOSED else None
    opened = {"loan_id": loan_id, "status": facts.lending_status, "closed_at": closed_at, "facts_version": version}
    if account_updates.open_account(uow.connection, columns | opened):
        return True
    account = account_updates.locked_account(uow.connection, loan_id)
    if account.facts_version >= version:
        return False
    status = account_status(LoanStatus(facts.lending_status), paid=account.paid, outstanding=account.outstanding)
    is_deleted = facts.is_deleted and not account.paid
    moved_on = {
        "status": status.value,
        "disbursed_at": facts.disbursed_at or account.disbursed_at,
        "closed_at": (facts.closed_at or account.closed_at) if status in CLOSED else None,
        "is_deleted": is_deleted,
    }
    account_updates.update_account(uow.connection, loan_id, {**columns, **moved_on, "facts_version": version})
    if status not in LISTED or is_deleted:
        removed = account_updates.unlist_instalments(uow.connection, loan_id)
        counts.remove_instalments(uow.connection, place.officer_id, removed)
    elif account.is_deleted:
        added = account_updates.list_instalments(uow.connection, loan_id)
        counts.add_instalments(uow.connection, place.officer_id, added)
    return True


def move_to_officer(uow: UnitOfWork, union_id: UUID, officer_id: UUID) -> None:
    """Give everything of a union's loans to its new officer, from the next request on."""
    _move_rows(uow, officer_changes.accounts_to_officer(uow.connection, union_id, officer_id), officer_id)


def follow_members(uow: UnitOfWork, member_ids: Sequence[UUID]) -> None:
    """Take the loans of those members along who moved to another union. Raises CauseMissing while it is not known."""
    for member_id in officer_changes.moved_members(uow.connection, member_ids):
        place = _place_of(uow, member_id)
        moved = officer_changes.accounts_to_union(uow.connection, member_id, place.union_id, place.officer_id)
        _move_rows(uow, moved, place.officer_id)


def _place_of(uow: UnitOfWork, member_id: UUID) -> Place:
    place = account_updates.place_of_member(uow.connection, member_id)
    if place is None:
        raise CauseMissing(f"member {member_id} or their union is not known yet")
    return place


def _move_rows(uow: UnitOfWork, loan_ids: Sequence[UUID], officer_id: UUID) -> None:
    if loan_ids:
        instalments = officer_changes.move_instalments(uow.connection, loan_ids, officer_id)
        counts.move(uow.connection, counts.INSTALMENTS, instalments, officer_id)
        repayments = officer_changes.move_repayments(uow.connection, loan_ids, officer_id)
        counts.move(uow.connection, counts.REPAYMENTS, repayments, officer_id)
