"""What answers about collection sheets look like, for the API document. They are read on phones, so they are short."""

from marshmallow import Schema

from services.payments.api import shapes
from services.payments.api.answers import UnionRefAnswer


class FiguresAnswer(Schema):
    dueToday = shapes.amount()
    arrears = shapes.amount()
    settlement = shapes.amount()
    outstanding = shapes.amount()


class SheetLineAnswer(FiguresAnswer):
    memberId = shapes.identifier()
    memberCode = shapes.maybe()
    memberName = shapes.text()
    phone = shapes.maybe()
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    version = shapes.text()


class SheetTotalsAnswer(FiguresAnswer):
    lines = shapes.count()


class SheetAnswer(Schema):
    union = shapes.nested(UnionRefAnswer)
    on = shapes.instant()
    version = shapes.text()
    lines = shapes.many(SheetLineAnswer)
    totals = shapes.nested(SheetTotalsAnswer)


class LineOutcomeAnswer(Schema):
    line = shapes.count()
    loanId = shapes.maybe_identifier()
    idempotencyKey = shapes.maybe()
    verdict = shapes.text()
    amount = shapes.maybe()
    repaymentId = shapes.maybe_identifier()
    receiptNumber = shapes.maybe()
    outstanding = shapes.maybe()
    code = shapes.maybe()
    reason = shapes.maybe()
    payable = shapes.maybe()


class ChangedLineAnswer(Schema):
    line = shapes.count()
    loanId = shapes.identifier()
    was = shapes.nested(FiguresAnswer)
    now = shapes.nested(FiguresAnswer)


class VerdictSumAnswer(Schema):
    verdict = shapes.text()
    lines = shapes.count()
    amount = shapes.amount()


class CashAnswer(Schema):
    handedOver = shapes.amount()
    recorded = shapes.amount()
    difference = shapes.amount()


class SheetRecordedAnswer(Schema):
    unionId = shapes.identifier()
    on = shapes.instant()
    lines = shapes.many(LineOutcomeAnswer)
    changed = shapes.many(ChangedLineAnswer)
    totals = shapes.many(VerdictSumAnswer)
    cash = shapes.nested(CashAnswer)
