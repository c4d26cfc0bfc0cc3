"""What answers about the charges and the settlement of a loan look like, for the API document."""

from marshmallow import Schema

from services.payments.api import shapes


class ChargeAnswer(Schema):
    id = shapes.identifier()
    loanId = shapes.identifier()
    kind = shapes.text()
    amount = shapes.amount()
    dueOn = shapes.instant()
    note = shapes.maybe()
    status = shapes.text()
    isAccrued = shapes.flag()
    repaymentId = shapes.maybe_identifier()
    createdByUserId = shapes.maybe_identifier()
    createdAt = shapes.instant()
    waivedAt = shapes.maybe_instant()
    waivedByUserId = shapes.maybe_identifier()
    waiverReason = shapes.maybe()


class SettlementAnswer(Schema):
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    on = shapes.instant()
    amount = shapes.amount()
    principal = shapes.amount()
    interest = shapes.amount()
    fee = shapes.amount()
    penalty = shapes.amount()
    rebate = shapes.amount()
    outstanding = shapes.amount()
