"""What answers about arrears and the portfolio look like, for the API document."""

from marshmallow import Schema

from services.payments.api.answers import AssignedOfficerAnswer, CustomerRefAnswer, MemberRefAnswer, UnionRefAnswer
from services.payments.domain.account import LoanStatus
from services.payments.domain.portfolio import Bucket
from shared.web import shapes


class LateLoanAnswer(Schema):
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    status = shapes.choice(LoanStatus)
    unionMember = shapes.shape(MemberRefAnswer)
    customer = shapes.shape(CustomerRefAnswer)
    union = shapes.shape(UnionRefAnswer)
    assignedOfficer = shapes.shape(AssignedOfficerAnswer)
    asOf = shapes.day()
    daysInArrears = shapes.count()
    bucket = shapes.choice(Bucket)
    arrears = shapes.money()
    outstanding = shapes.money()
    outstandingPrincipal = shapes.money()


class HoldingAnswer(Schema):
    loans = shapes.count()
    outstandingPrincipal = shapes.number()
    outstanding = shapes.number()
    arrears = shapes.number()


class BucketAnswer(HoldingAnswer):
    bucket = shapes.choice(Bucket)


class PortfolioAnswer(HoldingAnswer):
    asOf = shapes.day()
    par1 = shapes.number()
    par30 = shapes.number()
    par60 = shapes.number()
    par90 = shapes.number()
    buckets = shapes.shapes(BucketAnswer)
