"""What answers about collection sheets look like, for the API document. They are read on phones, so they are short."""

from marshmallow import Schema

from services.payments.api.answers import UnionRefAnswer
from services.payments.domain.collection_sheet import Verdict
from shared.web import shapes


class FiguresAnswer(Schema):
    dueToday = shapes.money()
    arrears = shapes.money()
    settlement = shapes.money()
    outstanding = shapes.money()


class SheetLineAnswer(FiguresAnswer):
    memberId = shapes.identifier()
    memberCode = shapes.text(maybe=True)
    memberName = shapes.text()
    phone = shapes.text(maybe=True)
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    version = shapes.text()


class SheetTotalsAnswer(FiguresAnswer):
    lines = shapes.count()


class SheetAnswer(Schema):
    union = shapes.shape(UnionRefAnswer)
    on = shapes.day()
    version = shapes.text()
    lines = shapes.shapes(SheetLineAnswer)
    totals = shapes.shape(SheetTotalsAnswer)


class LineOutcomeAnswer(Schema):
    line = shapes.count()
    loanId = shapes.identifier(maybe=True)
    idempotencyKey = shapes.text(maybe=True)
    verdict = shapes.choice(Verdict)
    amount = shapes.money(maybe=True)
    repaymentId = shapes.identifier(maybe=True)
    receiptNumber = shapes.text(maybe=True)
    outstanding = shapes.money(maybe=True)
    code = shapes.text(maybe=True)
    reason = shapes.text(maybe=True)
    payable = shapes.money(maybe=True)


class ChangedLineAnswer(Schema):
    line = shapes.count()
    loanId = shapes.identifier()
    was = shapes.shape(FiguresAnswer)
    now = shapes.shape(FiguresAnswer)


class VerdictSumAnswer(Schema):
    verdict = shapes.choice(Verdict)
    lines = shapes.count()
    amount = shapes.money()


class CashAnswer(Schema):
    handedOver = shapes.money()
    recorded = shapes.money()
    difference = shapes.money()


class SheetRecordedAnswer(Schema):
    unionId = shapes.identifier()
    on = shapes.day()
    lines = shapes.shapes(LineOutcomeAnswer)
    changed = shapes.shapes(ChangedLineAnswer)
    totals = shapes.shapes(VerdictSumAnswer)
    cash = shapes.shape(CashAnswer)
