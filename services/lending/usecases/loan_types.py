"""What people do with loan types: offer a new one, change it, take it off the shelf or put it back, and drop it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.lending.domain.conditions import OVERRIDABLE, Conditions
from services.lending.domain.loan_type import Limits, check_loan_type_may_go, check_product
from services.lending.events import LoanTypeCreated, LoanTypeDeleted, LoanTypeEvent, LoanTypeUpdated
from services.lending.models import LoanType
from services.lending.queries import locks
from services.lending.queries.loan_types import unfinished_loans
from services.lending.shapes.conditions import USUAL_OVERRIDES
from services.lending.shapes.loan_types import LoanTypeScalars
from shared import epochs
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.postgres.errors import violated_key


class LoanTypeNotFound(NotFound):
    """No such loan type."""


class LoanTypeNameTaken(Conflict):
    """Another loan type has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a loan type says: its name, its limits and its conditions, and which of these a loan may say for itself."""

    name: str
    limits: Limits
    description: str | None = None
    conditions: Conditions = field(default_factory=Conditions)
    allowed_overrides: Sequence[str] = USUAL_OVERRIDES


def create_loan_type(uow: UnitOfWork, product: Product, *, at: datetime) -> LoanType:
    """Offer a new, active loan type. Raises LoanTypeNameTaken, InvalidTerms."""
    loan_type = LoanType(id=new_id(), is_active=True, created_at=at, updated_at=at)
    loan_type.version = epochs.first_version(uow.connection, uow.source)
    _write(loan_type, product)
    uow.session.add(loan_type)
    _flush(uow)
    uow.publish(LoanTypeCreated.of(loan_type))
    after = LoanTypeScalars.of(loan_type)
    uow.audit(action="LOAN_TYPE_CREATED", entity_name="LoanType", entity_id=loan_type.id, after=after)
    return loan_type


def edit_loan_type(uow: UnitOfWork, *, loan_type_id: UUID, changes: Mapping[str, Any], at: datetime) -> LoanType:
    """Change a loan type by the names of its columns; loans already made from it stay as they were agreed on.

    Raises LoanTypeNotFound, LoanTypeNameTaken, InvalidLimits, InvalidTerms.
    """
    loan_type = _locked(uow, loan_type_id)
    with _changing(uow, loan_type, LoanTypeUpdated, "LOAN_TYPE_UPDATED", at=at):
        for name in changes.keys() - set(OVERRIDABLE):
            setattr(loan_type, name, changes[name])
        product = Product(
            name=loan_type.name,
            description=loan_type.description,
            limits=loan_type.limits,
            conditions=loan_type.conditions.changed(changes),
            allowed_overrides=loan_type.allowed_overrides,
        )
        _write(loan_type, product)
        _flush(uow)
    return loan_type


def toggle_loan_type(uow: UnitOfWork, *, loan_type_id: UUID, at: datetime) -> LoanType:
    """Stop offering a loan type, or offer it again; loans already made from it go on. Raises LoanTypeNotFound."""
    loan_type = _locked(uow, loan_type_id)
    with _changing(uow, loan_type, LoanTypeUpdated, "LOAN_TYPE_STATUS_TOGGLED", at=at):
        loan_type.is_active = not loan_type.is_active
    return loan_type


def delete_loan_type(uow: UnitOfWork, *, loan_type_id: UUID, at: datetime) -> None:
    """Drop a loan type of which every loan has ended. Raises LoanTypeNotFound, LoanTypeInUse."""
    loan_type = _locked(uow, loan_type_id)
    check_loan_type_may_go(unfinished_loans(uow.connection, loan_type.id))
    with _changing(uow, loan_type, LoanTypeDeleted, "LOAN_TYPE_DELETED", at=at):
        loan_type.is_active, loan_type.deleted_at = False, at


def _locked(uow: UnitOfWork, loan_type_id: UUID) -> LoanType:
    loan_type = locks.loan_type_for_update(uow.session, loan_type_id)
    if loan_type is None:
        raise LoanTypeNotFound("Loan type not found")
    return loan_type


@contextmanager
def _changing(
    uow: UnitOfWork, loan_type: LoanType, event: type[LoanTypeEvent], audit_action: str, *, at: datetime
) -> Iterator[None]:
    before = LoanTypeScalars.of(loan_type)
    yield
    loan_type.updated_at, loan_type.version = at, loan_type.version + 1
    uow.publish(event.of(loan_type))
    after = LoanTypeScalars.of(loan_type)
    uow.audit(action=audit_action, entity_name="LoanType", entity_id=loan_type.id, before=before, after=after)


def _write(loan_type: LoanType, product: Product) -> None:
    """Write what the product says into the columns of the loan type. Raises InvalidTerms."""
    check_product(product.limits, product.conditions)
    loan_type.name, loan_type.description = product.name, product.description
    loan_type.allowed_overrides, loan_type.limits = list(product.allowed_overrides), product.limits
    loan_type.interest, loan_type.charges = product.conditions.interest, product.conditions.charges


def _flush(uow: UnitOfWork) -> None:
    try:
        uow.session.flush()
    except IntegrityError as error:
        if violated_key(error) != "loan_types_live_name_key":
            raise
        raise LoanTypeNameTaken("Loan type with this name already exists", field="name") from error
