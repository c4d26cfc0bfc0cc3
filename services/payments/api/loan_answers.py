"""What answers about the charges and the settlement of a loan look like, for the API document."""

from marshmallow import Schema

from services.payments.domain.facts import ChargeKind
from shared.web import shapes


class ChargeAnswer(Schema):
    id = shapes.identifier()
    loanId = shapes.identifier()
    kind = shapes.choice(ChargeKind)
    amount = shapes.money()
    dueOn = shapes.day()
    note = shapes.text(maybe=True)
    status = shapes.text()
    isAccrued = shapes.flag()
    repaymentId = shapes.identifier(maybe=True)
    createdByUserId = shapes.identifier(maybe=True)
    createdAt = shapes.moment()
    waivedAt = shapes.moment(maybe=True)
    waivedByUserId = shapes.identifier(maybe=True)
    waiverReason = shapes.text(maybe=True)


class SettlementAnswer(Schema):
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    on = shapes.day()
    amount = shapes.money()
    principal = shapes.money()
    interest = shapes.money()
    fee = shapes.money()
    penalty = shapes.money()
    rebate = shapes.money()
    outstanding = shapes.money()
