"""Receipts on paper."""

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from services.payments.api import receipts
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import Loan, member_event, weekly
from shared.db import Sessions
from shared.files.slip import slip_as_pdf
from shared.ids import new_id
from shared.testing import SignedIn
from shared.tests.pdf_text import lines_of_answer, needs_pdftotext

Make, Pay = Callable[..., Loan], Callable[..., Recorded]


@needs_pdftotext
@pytest.mark.parametrize("size", ["a6", "58mm"])
def test_a_receipt_says_what_was_received_and_what_is_still_owed(
    client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay, hear: Any, settings_event: Any, size: str
) -> None:
    loan = a_loan(lines=weekly(3, "1000.00", "50.00"))
    hear(
        member_event(loan.member_id, loan.union_id, version=2, first_name="Ṣẹ́gun", last_name="<b>Ọlá</b>"),
        settings_event(1, name="Ẹgbẹ́", phone="+234 803", address="12 Marina\nLagos"),
    )
    paid = pay(loan, "1100.00", reference="REF 1").repayment
    lines = lines_of_answer(client.get(f"/repayments/{paid.id}/receipt?size={size}", headers=officer.headers))
    assert lines[:4] == [unicodedata.normalize("NFC", line) for line in ("Ẹgbẹ́", "12 Marina", "Lagos", "+234 803")]
    assert lines[4].startswith("Receipt LN00000001-")
    for line in (
        "Paid on 11 Mar 2026", "Member Ṣẹ́gun <b>Ọlá</b>", "Union Market Women", "Method Cash", "Reference REF 1",
        "Interest ₦100.00", "Principal ₦1,000.00", "Received ₦1,100.00", "Still owed ₦2,050.00",
    ):  # fmt: skip
        assert unicodedata.normalize("NFC", line) in lines
    assert not any("Reprint" in line for line in lines)


@needs_pdftotext
def test_what_is_printed_again_says_so_and_says_the_same(
    client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay, reverse: Any
) -> None:
    loan = a_loan()
    paid = pay(loan, "150.00").repayment
    path = f"/repayments/{paid.id}/receipt"
    first = client.get(path, headers=officer.headers)
    assert "X-Events" not in first.headers
    pay(loan, "50.00")
    second = client.get(path, headers=officer.headers)
    assert "payments.audit.recorded.v1" in second.headers["X-Events"]
    assert set(lines_of_answer(second)) - set(lines_of_answer(first)) == {"Reprint no. 1"}
    assert "Still owed ₦150.00" in lines_of_answer(second)
    reverse(paid.id)
    third = lines_of_answer(client.get(path, headers=officer.headers))
    assert "Reprint no. 2 · Taken back on 11 Mar 2026" in third
    assert "Received ₦150.00" in third


def test_who_asks_only_for_the_head_of_a_receipt_has_printed_none(
    client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay, sessions: Sessions
) -> None:
    paid = pay(a_loan(), "50.00").repayment
    path = f"/repayments/{paid.id}/receipt"
    for prints in (1, 2):
        head = client.head(path, headers=officer.headers)
        assert (head.status_code, head.data, head.headers.get("X-Events")) == (200, b"", None)
        with sessions() as session:
            assert (
                session.execute(text("SELECT coalesce(max(prints), 0) FROM receipt_prints")).scalar_one() == prints - 1
            )
        answer = client.get(path, headers=officer.headers)
        names = ("Content-Type", "Content-Disposition", "Cache-Control")
        assert [head.headers[name] for name in names] == [answer.headers[name] for name in names]
        assert ("X-Events" in answer.headers) == (prints > 1)
        assert "Content-Length" not in head.headers
    assert client.head(f"/repayments/{new_id()}/receipt", headers=officer.headers).status_code == 404


def test_a_receipt_is_typeset_when_its_print_is_counted_for_good(
    client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction is open, and no row locked, while pages are made."""
    counted = []

    def typeset(*arguments: Any) -> bytes:
        with sessions() as session:
            counted.append(session.execute(text("SELECT prints FROM receipt_prints FOR UPDATE NOWAIT")).scalar_one())
        return slip_as_pdf(*arguments)

    monkeypatch.setattr(receipts, "slip_as_pdf", typeset)
    paid = pay(a_loan(), "50.00").repayment
    for _ in range(2):
        assert client.get(f"/repayments/{paid.id}/receipt", headers=officer.headers).data.startswith(b"%PDF")
    assert counted == [1, 2]


def test_of_receipts_printed_at_once_each_is_counted(
    client: FlaskClient, app: Any, officer: SignedIn, a_loan: Make, pay: Pay, sessions: Sessions
) -> None:
    paid = pay(a_loan(), "50.00").repayment
    path = f"/repayments/{paid.id}/receipt"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.test_client().get(path, headers=officer.headers), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    with sessions() as session:
        assert session.execute(text("SELECT prints FROM receipt_prints")).scalar_one() == 8


def test_who_may_not_see_a_repayment_gets_no_receipt_and_a_reversal_has_none(
    client: FlaskClient, officer: SignedIn, other_officer: SignedIn, a_loan: Make, pay: Pay, reverse: Any
) -> None:
    paid = pay(a_loan(), "50.00").repayment
    for who, repayment_id in ((other_officer, paid.id), (officer, new_id())):
        answer = client.get(f"/repayments/{repayment_id}/receipt", headers=who.headers)
        assert (answer.status_code, answer.json["code"]) == (404, "receipt-not-found")
    reversal = reverse(paid.id)
    answer = client.get(f"/repayments/{reversal.id}/receipt", headers=officer.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "no-receipt-of-reversal")
    answer = client.get(f"/repayments/{paid.id}/receipt?size=a0", headers=officer.headers)
    assert answer.status_code == 400
