"""What is shown of loan types."""

from services.lending.domain.terms import TermUnit
from services.lending.shapes.conditions import CONDITION_NAMES, Charges, Interest
from shared import shapes


class LoanTypeRef(shapes.Shape):
    id = shapes.identifier()
    name = shapes.text()
    minAmount = shapes.money()
    maxAmount = shapes.money()


class LoanTypeScalars(shapes.Shape):
    """The fields of a loan type itself, as the audit trail keeps them."""

    id = shapes.identifier()
    name = shapes.text()
    description = shapes.text(maybe=True)
    minAmount = shapes.money()
    maxAmount = shapes.money()
    termUnit = shapes.choice(TermUnit)
    minTerm = shapes.count()
    maxTerm = shapes.count()
    interest = shapes.included(Interest)
    charges = shapes.included(Charges)
    allowedOverrides = shapes.listed(shapes.choice(CONDITION_NAMES.values()))
    isActive = shapes.flag()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class LoanTypeCounts(shapes.Shape):
    loans = shapes.count(of=shapes.given("loans"))


class LoanType(LoanTypeScalars):
    """A loan type with the number of `loans` made from it, which is given."""

    _count = shapes.nested(LoanTypeCounts)
