"""What people do with loan types: offer a new one, take one off the shelf or put it back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.lending.domain.loan_type import Limits
from services.lending.events import LoanTypeCreated, LoanTypeUpdated
from services.lending.models import LoanType
from services.lending.queries import locks
from services.lending.wire import loan_type_scalars
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.ids import new_id


class LoanTypeNotFound(NotFound):
    """No such loan type."""


class LoanTypeNameTaken(Conflict):
    """Another loan type has this name."""


def create_loan_type(
    uow: UnitOfWork, *, name: str, limits: Limits, description: str | None = None, at: datetime
) -> LoanType:
    """Offer a new, active loan type. Raises LoanTypeNameTaken."""
    loan_type = LoanType(
        id=new_id(),
        name=name,
        description=description,
        min_amount=limits.min_amount,
        max_amount=limits.max_amount,
        term_unit=limits.term_unit,
        min_term=limits.min_term,
        max_term=limits.max_term,
        is_active=True,
        created_at=at,
        updated_at=at,
        version=1,
    )
    uow.session.add(loan_type)
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise LoanTypeNameTaken("Loan type with this name already exists", field="name") from error
    uow.publish(LoanTypeCreated.of(loan_type))
    after = loan_type_scalars(loan_type)
    uow.audit(action="LOAN_TYPE_CREATED", entity_name="LoanType", entity_id=loan_type.id, after=after)
    return loan_type


def toggle_loan_type(uow: UnitOfWork, *, loan_type_id: UUID, at: datetime) -> LoanType:
    """Stop offering a loan type, or offer it again; loans already made from it go on. Raises LoanTypeNotFound."""
    loan_type = locks.loan_type_for_update(uow.session, loan_type_id)
    if loan_type is None:
        raise LoanTypeNotFound("Loan type not found")
    before = loan_type_scalars(loan_type)
    loan_type.is_active = not loan_type.is_active
    loan_type.updated_at, loan_type.version = at, loan_type.version + 1
    uow.publish(LoanTypeUpdated.of(loan_type))
    uow.audit(
        action="LOAN_TYPE_STATUS_TOGGLED",
        entity_name="LoanType",
        entity_id=loan_type.id,
        before=before,
        after=loan_type_scalars(loan_type),
    )
    return loan_type
