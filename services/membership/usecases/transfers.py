"""What admins do with transfers of unions: ask for one, carry it out, call it off."""

from datetime import date, datetime
from uuid import UUID

from services.membership.domain.officer import check_union_officer
from services.membership.domain.transfer import SameUnion, TransferStatus, ended
from services.membership.models import UnionTransfer
from services.membership.queries.staff import officer_to_choose
from services.membership.queries.transfers import transfer_for_update
from services.membership.queries.unions import union_for_update, union_to_join
from services.membership.shapes import TransferSnapshot
from services.membership.steps.handover import hand_over
from shared.context import Actor
from shared.db import UnitOfWork
from shared.ids import new_id

DEFAULT_REASON = "Branch transfer"
ENTITY = "UnionTransfer"


def create_transfer(
    uow: UnitOfWork,
    *,
    union_id: UUID,
    officer_id: UUID,
    by: Actor,
    at: datetime,
    effective_on: date,
    from_union_id: UUID | None = None,
    reason: str | None = None,
    notes: str | None = None,
) -> UnionTransfer:
    """Note that a union is to go to an active credit officer; nothing moves yet. `effective_on` is the day it is meant
    for, which whoever carries it out keeps to.

    Raises UnionNotFound, SameUnion, CreditOfficerNotFound, NotACreditOfficer, OfficerInactive.
    """
    if union_id == from_union_id:
        raise SameUnion("An officer cannot be transferred to the branch they come from.", field="toBranchId")
    for union in filter(None, (union_id, from_union_id)):
        union_to_join(uow.session, union, seen_by=by)
    check_union_officer(officer_to_choose(uow.session, officer_id, by=by))
    transfer = UnionTransfer(
        id=new_id(),
        union_id=union_id,
        from_union_id=from_union_id,
        officer_id=officer_id,
        reason=reason,
        notes=notes,
        effective_on=effective_on,
        status=TransferStatus.PENDING,
        members_moved=0,
        loans_moved=0,
        created_by=by.id,
        created_at=at,
    )
    uow.session.add(transfer)
    uow.session.flush()
    uow.audit(
        action="UNION_TRANSFER_CREATED",
        entity_name=ENTITY,
        entity_id=transfer.id,
        after=TransferSnapshot.of(transfer),
    )
    return transfer


def execute_transfer(uow: UnitOfWork, *, transfer_id: UUID, by: Actor, at: datetime) -> None:
    """Give the union to the officer, with everything that assigning it does.

    Raises TransferNotFound, TransferEnded, UnionNotFound, CreditOfficerNotFound, NotACreditOfficer, OfficerInactive.
    """
    transfer = transfer_for_update(uow.session, transfer_id)
    before, end = TransferSnapshot.of(transfer), ended(transfer.status, TransferStatus.COMPLETED)
    union = union_for_update(uow.session, transfer.union_id, seen_by=by)
    moved = hand_over(uow, union, transfer.officer_id, reason=transfer.reason or DEFAULT_REASON, by=by, at=at)
    transfer.members_moved, transfer.loans_moved = moved.members, moved.loans
    _end(uow, transfer, end, before, "UNION_TRANSFER_EXECUTED", by=by, at=at)


def cancel_transfer(uow: UnitOfWork, *, transfer_id: UUID, by: Actor, at: datetime) -> None:
    """Call a transfer off that waits. Raises TransferNotFound, TransferEnded."""
    transfer = transfer_for_update(uow.session, transfer_id)
    before, end = TransferSnapshot.of(transfer), ended(transfer.status, TransferStatus.CANCELLED)
    _end(uow, transfer, end, before, "UNION_TRANSFER_CANCELLED", by=by, at=at)


def _end(
    uow: UnitOfWork,
    transfer: UnionTransfer,
    end: TransferStatus,
    before: dict[str, object],
    action: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    transfer.status, transfer.ended_by, transfer.ended_at = end, by.id, at
    uow.session.flush()
    after = TransferSnapshot.of(transfer)
    uow.audit(action=action, entity_name=ENTITY, entity_id=transfer.id, before=before, after=after)
