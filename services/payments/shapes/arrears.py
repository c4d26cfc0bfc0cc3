"""What is shown of arrears and of the portfolio."""

from typing import NamedTuple

from services.payments.domain import portfolio
from services.payments.domain.account import LoanStatus
from services.payments.shapes.people import AssignedOfficer, CustomerRef, MemberRef, UnionRef
from shared import shapes


class LateLoan(shapes.Shape):
    """A loan in arrears; its position at the end of the day `as_of` is given."""

    loanNumber = shapes.text()
    status = shapes.choice(LoanStatus)
    unionMember = shapes.nested(MemberRef, "member_")
    customer = shapes.nested(CustomerRef, "member_")
    union = shapes.nested(UnionRef, "union_")
    assignedOfficer = shapes.nested(AssignedOfficer, "officer_")
    loanId = shapes.identifier()
    asOf = shapes.calendar_day(of=shapes.given("as_of"))
    daysInArrears = shapes.count(of=lambda *, position: position.days_in_arrears)
    bucket = shapes.choice(portfolio.Bucket, of=lambda *, position: portfolio.bucket(position.days_in_arrears))
    arrears = shapes.money(of=lambda *, position: position.arrears)
    outstanding = shapes.money(of=lambda *, position: position.outstanding)
    outstandingPrincipal = shapes.money(of=lambda *, position: position.outstanding_principal)


class Holding(shapes.Shape):
    """Loans of a portfolio together."""

    loans = shapes.count()
    outstandingPrincipal = shapes.number()
    outstanding = shapes.number()
    arrears = shapes.number()


class _HeldInBucket(NamedTuple):
    bucket: portfolio.Bucket
    holding: portfolio.Holding


class Bucket(shapes.Shape):
    bucket = shapes.choice(portfolio.Bucket)
    holding = shapes.included(Holding, "holding.")


def _at_risk(days: int) -> shapes.Field:
    """The fraction of the portfolio that is at risk by so many days, with four decimals."""

    def source(row: portfolio.Portfolio) -> float:
        return float(row.at_risk(days))

    return shapes.anything(shapes.number().schema, of=source)


class Portfolio(shapes.Shape):
    """The portfolio at the end of the day `as_of`. A loan is at risk by so many days when it is more than that in
    arrears, as in the reports; by 0 days it is everything late."""

    asOf = shapes.calendar_day(of=shapes.given("as_of"))
    whole = shapes.included(Holding, "whole.")
    par0 = _at_risk(0)
    par30 = _at_risk(30)
    par60 = _at_risk(60)
    par90 = _at_risk(90)
    buckets = shapes.listed(Bucket, of=lambda holdings: [_HeldInBucket(*holding) for holding in holdings.items()])
