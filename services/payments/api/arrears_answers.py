"""What answers about arrears and the portfolio look like, for the API document."""

from marshmallow import Schema

from services.payments.api import shapes
from services.payments.api.answers import AssignedOfficerAnswer, CustomerRefAnswer, MemberRefAnswer, UnionRefAnswer


class LateLoanAnswer(Schema):
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    status = shapes.text()
    unionMember = shapes.nested(MemberRefAnswer)
    customer = shapes.nested(CustomerRefAnswer)
    union = shapes.nested(UnionRefAnswer)
    assignedOfficer = shapes.nested(AssignedOfficerAnswer)
    asOf = shapes.instant()
    daysInArrears = shapes.count()
    bucket = shapes.text()
    arrears = shapes.amount()
    outstanding = shapes.amount()
    outstandingPrincipal = shapes.amount()


class HoldingAnswer(Schema):
    loans = shapes.count()
    outstandingPrincipal = shapes.number()
    outstanding = shapes.number()
    arrears = shapes.number()


class BucketAnswer(HoldingAnswer):
    bucket = shapes.text()


class PortfolioAnswer(HoldingAnswer):
    asOf = shapes.instant()
    par1 = shapes.number()
    par30 = shapes.number()
    par60 = shapes.number()
    par90 = shapes.number()
    buckets = shapes.many(BucketAnswer)
