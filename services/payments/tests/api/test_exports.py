"""Lists and statements as files."""

import csv
import io
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec import structs
from sqlalchemy import event

from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import AT, DISBURSED_ON, Loan, member_event, weekly
from shared.clock import business_date
from shared.ids import new_id
from shared.testing import SignedIn
from shared.tests.pdf_text import lines_of_answer, needs_pdftotext
from shared.web import exports

Make, Pay = Callable[..., Loan], Callable[..., Recorded]
TODAY = business_date("Africa/Lagos")


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.json
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_repayments_are_exported_as_they_are_listed(
    client: FlaskClient, officer: SignedIn, admin: SignedIn, other_officer: SignedIn, a_loan: Make, a_union: Any,
    pay: Pay, reverse: Any, hear: Any,
) -> None:  # fmt: skip
    loan = a_loan(lines=weekly(3, "100.00", "5.00"))
    other = a_loan(union_id=a_union(other_officer.id), loan_number="LN00000002")
    hear(member_event(loan.member_id, loan.union_id, version=2, first_name="=1+1", last_name="Ọbi"))
    pay(loan, "107.00", reference="REF 1")
    taken_back = pay(loan, "20.00", method="TRANSFER")
    reverse(taken_back.repayment.id)
    pay(other, "50.00")
    rows = table(client.get("/repayments/export", headers=officer.headers))
    listed = client.get("/repayments", headers=officer.headers).json["data"]
    assert [row["Amount (₦)"] for row in rows] == [row["amount"] for row in listed]
    [kept] = [row for row in rows if row["Reference"] == "REF 1"]
    assert (kept["Interest (₦)"], kept["Principal (₦)"]) == ("7.00", "100.00")
    assert (kept["Member"], kept["Union"], kept["Receipt"][:11]) == ("'=1+1 Ọbi", "Market Women", "LN00000001-")
    assert {row["Kind"]: row["Taken back on"] for row in rows if row["Reference"] != "REF 1"} == {
        "Repayment": "2026-03-11", "Reversal": "",
    }  # fmt: skip
    assert len(table(client.get("/repayments/export", headers=admin.headers))) == 4
    filtered = client.get(f"/repayments/export?loanId={loan.id}&method=TRANSFER", headers=admin.headers)
    assert len(table(filtered)) == 2


def test_instalments_are_exported_as_they_are_listed(
    client: FlaskClient, officer: SignedIn, other_officer: SignedIn, a_loan: Make, a_union: Any, pay: Pay
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "5.00", start=TODAY - timedelta(days=15)))
    a_loan(union_id=a_union(other_officer.id), loan_number="LN00000002")
    pay(loan, "110.00")
    rows = table(client.get("/schedules/export", headers=officer.headers))
    assert [(row["No."], row["Status"], row["Still owed (₦)"], row["Days overdue"]) for row in rows] == [
        ("2", "Partial", "100.00", "1"), ("3", "Pending", "105.00", "0"),
    ]  # fmt: skip
    rows = table(client.get("/schedules/export?status=PAID", headers=officer.headers))
    assert [(row["No."], row["Paid (₦)"]) for row in rows] == [("1", "105.00")]


@pytest.mark.parametrize("path", ["/repayments/export", "/schedules/export"])
def test_exports_come_in_three_formats_and_leave_an_entry(
    client: FlaskClient, admin: SignedIn, a_loan: Make, pay: Pay, path: str
) -> None:
    pay(a_loan(), "50.00")
    for file_format, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(f"{path}?format={file_format}", headers=admin.headers)
        assert answer.status_code == 200
        assert answer.data.startswith(start)
        assert f".{file_format}" in answer.headers["Content-Disposition"]
        assert "payments.audit.recorded.v1" in answer.headers["X-Events"]
    assert client.get(f"{path}?format=docx", headers=admin.headers).status_code == 400


def test_the_head_of_a_file_is_answered_without_the_file(
    client: FlaskClient, admin: SignedIn, a_loan: Make, pay: Pay, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = a_loan()
    pay(loan, "50.00")
    paths = ("/repayments/export?format=xlsx", "/schedules/export?format=csv", f"/loans/{loan.id}/statement")
    files = [client.get(path, headers=admin.headers) for path in paths]
    with monkeypatch.context() as patch:
        patch.delattr(exports, "write_table")
        heads = [client.head(path, headers=admin.headers) for path in paths]
    for file, head in zip(files, heads, strict=True):
        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Type", "Content-Disposition", "Cache-Control", "X-Content-Type-Options"):
            assert head.headers[name] == file.headers[name]
        assert not {"Content-Length", "X-Events"} & set(head.headers.keys())
    absent = client.head(f"/loans/{new_id()}/statement", headers=admin.headers)
    assert absent.status_code == 404


def test_an_export_too_long_to_wait_for_names_the_way_out(
    client: FlaskClient, admin: SignedIn, a_loan: Make, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_loan()
    extension = app.extensions["mp"]
    short = replace(extension.settings, export_rows=2)
    monkeypatch.setitem(app.extensions, "mp", replace(extension, settings=short))
    answer = client.get("/schedules/export?format=xlsx", headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (422, "too-many-rows")
    assert "have the file made by POST /reports/jobs/schedules" in answer.json["message"]
    assert client.get("/schedules/export?format=csv", headers=admin.headers).status_code == 422


@needs_pdftotext
def test_a_statement_says_everything_that_happened_to_a_loan(
    client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay, reverse: Any, charge: Any, waive: Any,
    hear: Any, settings_event: Any,
) -> None:  # fmt: skip
    loan = a_loan(lines=weekly(3, "1000.00", "50.00"))
    hear(
        member_event(loan.member_id, loan.union_id, version=2, first_name="Ṣẹ́gun", last_name="#import Ọláńrewájú"),
        settings_event(1, name="Ẹgbẹ́ Microfinance", theme={"light": {"primary": "#7a1f3d"}}, logo=None),
    )
    pay(loan, "1100.00", reference="REF 1")
    reverse(pay(loan, "400.00").repayment.id, reason="Wrong member")
    charge(loan, "30.00", kind="FEE", note="Stationery", due_on=DISBURSED_ON)
    penalty = charge(loan, "20.00", due_on=DISBURSED_ON + timedelta(days=3))
    waive(loan, penalty.id, reason="Illness")
    lines = lines_of_answer(client.get(f"/loans/{loan.id}/statement", headers=officer.headers))
    for line in (
        "Ẹgbẹ́ Microfinance", "Statement of loan LN00000001",
        "11 Mar 2026 Loan with its interest 3,150.00 150.00 3,000.00 3,150.00",
        "11 Mar 2026 Repayment: Cash, REF 1 1,100.00 30.00 70.00 1,000.00 2,050.00",
        "11 Mar 2026 Repayment: Cash 400.00 1,650.00",
        "11 Mar 2026 Repayment taken back: Wrong member 400.00 2,050.00",
        "11 Mar 2026 Fee: Stationery 30.00 30.00 2,080.00",
        "14 Mar 2026 Penalty 20.00 20.00 2,100.00",
        "14 Mar 2026 Charge given up: Illness 20.00 20.00 2,080.00",
        "Total 3,600.00 1,520.00 2,080.00",
    ):  # fmt: skip
        assert unicodedata.normalize("NFC", line) in lines
    assert any("Ṣẹ́gun #import Ọláńrewájú (MEM000001)" in unicodedata.normalize("NFC", line) for line in lines)
    account = client.get(f"/schedules/{loan.id}", headers=officer.headers).json["data"]
    owed = sum(Decimal(row["totalDue"]) - Decimal(row["paidAmount"]) for row in account["schedule"])
    assert owed == Decimal("2080.00")


def test_a_statement_of_a_past_day_knows_nothing_of_what_came_later(
    client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay
) -> None:
    loan = a_loan()
    pay(loan, "50.00")
    pay(loan, "60.00", paid_on=DISBURSED_ON + timedelta(days=9))
    path = f"/loans/{loan.id}/statement?format=csv&asOf="
    early, late, before = (
        client.get(f"{path}{DISBURSED_ON + timedelta(days=days)}", headers=officer.headers) for days in (8, 9, -1)
    )
    assert [row["Balance (₦)"] for row in table(early) if row["Entry"]] == ["300.00", "250.00"]
    assert [row["Balance (₦)"] for row in table(late) if row["Entry"]] == ["300.00", "250.00", "190.00"]
    assert (before.status_code, before.json["code"]) == (409, "no-statement-yet")
    future = client.get(f"{path}{TODAY + timedelta(days=1)}", headers=officer.headers)
    assert (future.status_code, future.json["code"]) == (400, "statement-in-future")


def test_all_that_a_statement_says_is_of_one_moment(
    app: Flask, client: FlaskClient, officer: SignedIn, a_loan: Make, pay: Pay, charge: Any
) -> None:
    loan, asked = a_loan(), list[str]()

    def pay_meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM repayments" in statement and not asked:
            asked.append(statement)
            pay(loan, "50.00")
            charge(loan, "30.00", kind="FEE", due_on=DISBURSED_ON)

    extension = app.extensions["mp"]
    engines = (extension.reading_engine, extension.searching_engine)
    for engine in engines:
        event.listen(engine, "after_cursor_execute", pay_meanwhile)
    path = f"/loans/{loan.id}/statement?format=csv"
    meanwhile = table(client.get(path, headers=officer.headers))
    for engine in engines:
        event.remove(engine, "after_cursor_execute", pay_meanwhile)
    assert asked
    assert [row["Balance (₦)"] for row in meanwhile if row["Entry"]] == ["300.00"]
    later = table(client.get(path, headers=officer.headers))
    assert [row["Balance (₦)"] for row in later if row["Entry"]] == ["300.00", "250.00", "280.00"]


def test_a_statement_says_from_when_there_were_other_terms(
    client: FlaskClient, officer: SignedIn, a_loan: Make, hear: Any
) -> None:
    loan, day = a_loan(lines=weekly(3, "100.00", "10.00")), DISBURSED_ON + timedelta(days=5)
    other_terms = loan.event("rescheduled", version=5, schedule_version=2, lines=weekly(4, "80.00", "5.00"))
    hear(structs.replace(other_terms, occurred_at=AT + timedelta(days=5)))

    def rows(path: str, **query: Any) -> list[dict[str, str]]:
        answer = client.get(path, query_string={"format": "csv"} | query, headers=officer.headers)
        return table(answer)

    stated = [rows(f"/loans/{loan.id}/statement", asOf=until) for until in (day - timedelta(days=1), day)]
    entries = [[(row["Entry"], row["Balance (₦)"]) for row in until if row["Entry"]] for until in stated]
    lent = ("Loan with its interest", "330.00")
    assert entries == [[lent], [lent, ("New terms", "350.00"), ("New terms", "340.00")]]
    turnover, *_ = rows(f"/unions/{loan.union_id}/statement", dateFrom=day, dateTo=day)
    figures = ("Owed before (₦)", "Charged (₦)", "Given up (₦)", "Owed after (₦)")
    assert [turnover[name] for name in figures] == ["330.00", "20.00", "10.00", "340.00"]


def test_the_statement_of_a_member_has_all_their_loans(
    client: FlaskClient, officer: SignedIn, other_officer: SignedIn, a_loan: Make, pay: Pay
) -> None:
    first = a_loan()
    second = a_loan(union_id=first.union_id, member_id=first.member_id, loan_number="LN00000002")
    pay(first, "50.00")
    path = f"/union-members/{first.member_id}/statement"
    rows = table(client.get(f"{path}?format=csv", headers=officer.headers))
    assert [(row["Loan"], row["Paid (₦)"], row["Still owed (₦)"]) for row in rows[:3]] == [
        ("LN00000001", "50.00", "250.00"), (second.loan_number, "0.00", "300.00"), ("Total", "50.00", "550.00"),
    ]  # fmt: skip
    assert client.get(path, headers=officer.headers).data.startswith(b"%PDF")
    for nobody in (
        client.get(path, headers=other_officer.headers),
        client.get(f"/union-members/{new_id()}/statement", headers=officer.headers),
    ):
        assert (nobody.status_code, nobody.json["code"]) == (404, "member-not-found")


def test_the_statement_of_a_union_adds_up(
    client: FlaskClient, officer: SignedIn, other_officer: SignedIn, a_loan: Make, pay: Pay, reverse: Any
) -> None:
    first = a_loan()
    a_loan(union_id=first.union_id, loan_number="LN00000002", facts={"disbursed_on": DISBURSED_ON + timedelta(days=10)})
    pay(first, "50.00")
    pay(first, "30.00", paid_on=DISBURSED_ON + timedelta(days=5))
    day = DISBURSED_ON + timedelta(days=5)
    path = f"/unions/{first.union_id}/statement?format=csv&dateFrom={day}&dateTo={day + timedelta(days=6)}"
    rows = table(client.get(path, headers=officer.headers))
    names = ("Owed before (₦)", "Charged (₦)", "Received (₦)", "Given up (₦)", "Owed after (₦)")
    assert [[row[name] for name in names] for row in rows[:3]] == [
        ["250.00", "0.00", "30.00", "0.00", "220.00"],
        ["0.00", "300.00", "0.00", "0.00", "300.00"],
        ["250.00", "300.00", "30.00", "0.00", "520.00"],
    ]
    assert client.get(path, headers=other_officer.headers).status_code == 404
    tomorrow = TODAY + timedelta(days=1)
    for query, field, code in (
        ("dateFrom=2026-03-12&dateTo=2026-03-11", "dateTo", "rule-violated"),
        (f"dateFrom={tomorrow}", "dateFrom", "statement-in-future"),
        (f"dateTo={tomorrow}", "dateTo", "statement-in-future"),
    ):
        refused = client.get(f"/unions/{first.union_id}/statement?{query}", headers=officer.headers)
        assert (refused.status_code, refused.json["code"]) == (400, code)
        assert [error["field"] for error in refused.json["errors"]] == [field]
