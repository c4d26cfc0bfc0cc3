"""The schedule command: other lenders' worked cases to the cent, through the function and through the command line."""

import io
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.lending.__main__ import SERVICE
from services.lending.commands.cases import Unreadable, read_case
from services.lending.commands.explain import explain
from services.lending.domain.conventions import Conventions, LevelBasis
from services.lending.domain.schedule import make_schedule
from services.lending.domain.terms import Amortization, DayCount, InterestMethod, InvalidTerms, TermUnit
from shared.cli import main

ROOT = Path(__file__).parents[4]
FILE = ROOT / "tests/data/schedules.json"
CASES = json.loads(FILE.read_text(encoding="utf-8"))["cases"]
LINE = ["n", "due_date", "principal", "interest", "fee", "penalty", "total", "balance_after"]
PLAIN = {"principal": "1200.00", "number_of_installments": 12, "period_unit": "MONTH", "disbursed_on": "2026-01-31"}


def agrees(expected: list[dict[str, Any]], schedule: list[dict[str, Any]]) -> bool:
    """Whether every line that was published, and every number in it, is there. What was not published is null."""
    by_number = {line["n"]: line for line in schedule}
    return all(
        by_number[line["n"]][name] == value for line in expected for name, value in line.items() if value is not None
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_schedule_is_the_one_that_was_published(case: dict[str, Any]) -> None:
    answer = explain(case)
    assert answer["id"] == case["id"]
    assert len(answer["schedule"]) == case["number_of_installments"]
    assert agrees(case["expected"], answer["schedule"])
    asked = read_case(case)
    lines = make_schedule(asked.terms, asked.base_day, asked.conventions)
    assert [str(line.principal) for line in lines] == [line["principal"] for line in answer["schedule"]]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, object]:
    """What the command writes, and its exit status: None for 0, or the line it ends with."""
    try:
        main(SERVICE, ["schedule", *arguments])
    except SystemExit as ended:
        return capsys.readouterr().out, ended.code
    return capsys.readouterr().out, None


def test_a_file_of_cases_is_answered_case_by_case(capsys: pytest.CaptureFixture[str]) -> None:
    out, status = run(capsys, str(FILE))
    answers = json.loads(out)["cases"]
    assert status is None
    assert [answer["id"] for answer in answers] == [case["id"] for case in CASES]
    assert all(agrees(case["expected"], answer["schedule"]) for case, answer in zip(CASES, answers, strict=True))
    assert all(list(line) == LINE for answer in answers for line in answer["schedule"])


def test_one_case_comes_by_standard_input_to_a_real_process() -> None:
    command = [sys.executable, "-m", "services.lending", "schedule", "-"]
    done = subprocess.run(command, input=json.dumps(CASES[0]), cwd=ROOT, capture_output=True, text=True, check=True)
    (answer,) = json.loads(done.stdout)["cases"]
    assert agrees(CASES[0]["expected"], answer["schedule"])


def test_a_case_that_cannot_be_computed_says_why_and_the_others_are_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [CASES[0], CASES[0] | {"id": "usury", "annual_rate_percent": "201"}, "no case", CASES[1]]
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"cases": cases})))
    out, status = run(capsys, "-")
    first, usury, no_case, last = json.loads(out)["cases"]
    assert status == 1
    assert usury == {"id": "usury", "error": "interestRate: The interest rate must be between 0 and 200 % a year."}
    assert no_case == {"id": None, "error": "a case is an object"}
    assert "schedule" in first
    assert "schedule" in last


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param('{"cases": [', "cannot be read: unexpected end of data", id="cut off"),
        pytest.param("", "cannot be read: Input is a zero-length", id="empty"),
        pytest.param('{"principal": NaN}', "cannot be read: unexpected character", id="not a number"),
        pytest.param("[" * 100_000, "cannot be read", id="too deep"),
        pytest.param("[]", "expected one case", id="a list"),
        pytest.param('{"cases": {}}', "expected one case", id="no list of cases"),
    ],
)
def test_what_is_no_document_ends_with_one_line(
    text: str, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    out, status = run(capsys, "-")
    assert out == ""
    assert line in str(status)
    assert "\n" not in str(status)


def test_a_file_that_is_not_there_ends_with_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "No such file" in str(run(capsys, str(tmp_path / "none.json"))[1])


def test_only_the_principal_the_term_and_the_day_are_needed() -> None:
    asked = read_case(PLAIN)
    assert (asked.terms.interest.annual_rate, asked.terms.term_unit, asked.terms.interest.repay_every) == (
        0,
        TermUnit.MONTH,
        1,
    )
    assert (asked.base_day, asked.conventions, asked.charges) == (date(2026, 1, 31), Conventions(), ())
    nothing = dict.fromkeys(("rule", "rounding", "grace", "charges", "first_due_on", "repay_every", "days_in_year"))
    assert read_case(PLAIN | nothing) == asked


@pytest.mark.parametrize(
    ("said", "method", "amortization", "basis"),
    [
        ({"interest_method": "flat"}, "FLAT", "EQUAL_INSTALMENTS", None),
        ({"interest_method": "FLAT", "amortization": "LEVEL_TOTAL"}, "FLAT", "LEVEL_TOTAL", None),
        ({"interest_method": "Declining balance"}, "DECLINING_BALANCE", "EQUAL_INSTALMENTS", None),
        (
            {"interest_method": "declining", "amortization": "equal_principal"},
            "DECLINING_BALANCE",
            "EQUAL_PRINCIPAL",
            None,
        ),
        ({"rule": {"id": "flat.level_total"}}, "FLAT", "LEVEL_TOTAL", None),
        ({"rule": {"id": "declining.level_total"}}, "DECLINING_BALANCE", "EQUAL_INSTALMENTS", LevelBasis.NOMINAL),
    ],
)
def test_a_rule_goes_before_method_and_amortization(
    said: dict[str, Any], method: str, amortization: str, basis: LevelBasis | None
) -> None:
    asked = read_case(PLAIN | said)
    assert asked.terms.interest.interest_method is InterestMethod(method)
    assert asked.terms.interest.amortization is Amortization(amortization)
    assert asked.conventions.level_basis is basis


@pytest.mark.parametrize(
    ("rule", "is_smoothed"),
    [
        ({"id": "declining.annuity_by_factors"}, True),
        ({"id": "declining.annuity_by_factors", "smoothing": None}, True),
        ({"id": "declining.annuity_by_factors", "smoothing": False}, False),
        ({"id": "declining.level_total"}, False),
    ],
)
def test_an_annuity_by_factors_is_smoothed_unless_it_says_not(rule: dict[str, Any], is_smoothed: bool) -> None:
    assert read_case(PLAIN | {"rule": rule}).conventions.is_smoothed is is_smoothed


@pytest.mark.parametrize(
    ("said", "day_count"),
    [
        ({"rule": {"period_factor": "PERIODS_PER_YEAR"}, "days_in_year": "360"}, DayCount.EQUAL_PERIODS),
        ({"rule": {"period_factor": "THIRTY_360"}}, DayCount.THIRTY_360),
        ({"rule": {"period_factor": "ACTUAL_DAYS"}, "days_in_year": 360}, DayCount.ACTUAL_360),
        ({"rule": {"period_factor": "ACTUAL_DAYS", "day_basis": "365"}, "days_in_year": "ACTUAL"}, DayCount.ACTUAL_365),
        ({"rule": {"period_factor": "ACTUAL_DAYS"}, "days_in_year": "ACTUAL"}, DayCount.ACTUAL_ACTUAL),
        ({"rule": {"period_factor": "ACTUAL_364"}}, DayCount.ACTUAL_364),
        ({"days_in_year": "12 periods"}, DayCount.EQUAL_PERIODS),
        ({"days_in_year": "360", "days_in_month": "30"}, DayCount.THIRTY_360),
        ({"days_in_year": "360", "days_in_month": "ACTUAL"}, DayCount.ACTUAL_360),
        ({"days_in_year": "365 fixed"}, DayCount.ACTUAL_365),
        ({"day_count": "ACTUAL_ACTUAL"}, DayCount.ACTUAL_ACTUAL),
    ],
)
def test_the_day_count_is_read_from_whatever_names_it(said: dict[str, Any], day_count: DayCount) -> None:
    assert read_case(PLAIN | said).terms.interest.day_count is day_count


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ({"mode": "half-up"}, Conventions(rounding="ROUND_HALF_UP")),
        ({"mode": "HalfEven"}, Conventions(rounding="ROUND_HALF_EVEN")),
        ({"mode": "ROUND_CEILING"}, Conventions(rounding="ROUND_CEILING")),
        ({"mode": None, "digits": None, "currency_multiple_of": None}, Conventions()),
        ({"digits": 0}, Conventions(unit=Decimal(1))),
        ({"digits": 0, "currency_multiple_of": 100}, Conventions(unit=Decimal(100))),
    ],
)
def test_rounding_is_read_in_whatever_spelling(rounding: dict[str, Any], expected: Conventions) -> None:
    assert read_case(PLAIN | {"rounding": rounding}).conventions == expected


def test_another_lenders_multiple_does_not_apply_to_equal_principal() -> None:
    multiple = {"rounding": {"installment_multiple_of": 50}}
    assert read_case(PLAIN | multiple).terms.interest.instalment_multiple == 50
    assert (
        read_case(PLAIN | multiple | {"rule": {"id": "declining.equal_principal"}}).terms.interest.instalment_multiple
        is None
    )


@pytest.mark.parametrize(("said", "day"), [("clamp", "2026-02-28"), ("roll", "2026-03-01"), (None, "2026-02-28")])
def test_a_missing_day_is_clamped_or_rolled(said: str | None, day: str) -> None:
    assert explain(PLAIN | {"missing_day": said})["schedule"][0]["due_date"] == day


def test_a_rate_quoted_for_a_month_is_taken_times_twelve() -> None:
    assert read_case(PLAIN | {"quoted_rate": {"value": "2", "per": "MONTH"}}).terms.interest.annual_rate == Decimal(
        "0.24"
    )


def test_charges_of_every_instalment_are_added_and_rounded() -> None:
    charges = [{"kind": "fee", "when": "each_installment", "amount": "2.50"}]
    charges += [{"kind": "penalty", "when": "each_overdue_installment", "percent": "1.005", "of": "principal"}]
    line = explain(PLAIN | {"charges": charges})["schedule"][0]
    assert (line["fee"], line["penalty"], line["total"]) == ("2.50", "1.01", "103.51")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"principal": "a lot"}, "principal is not a number: 'a lot'"),
        ({"principal": None}, "principal is not a number: None"),
        ({"principal": True}, "principal is not a number: True"),
        ({"annual_rate_percent": "Infinity"}, "annual_rate_percent is not a number"),
        ({"number_of_installments": "twelve"}, "number_of_installments is not a whole number"),
        ({"number_of_installments": 2.5}, "number_of_installments is not a whole number"),
        ({"disbursed_on": "yesterday"}, "disbursed_on is not a date: 'yesterday'"),
        ({"disbursed_on": None}, "disbursed_on is not a date: None"),
        ({"period_unit": "FORTNIGHT"}, "period_unit is not known: 'FORTNIGHT'"),
        ({"interest_method": "compound"}, "interest_method is not known"),
        ({"rule": {"id": "rule.of_78"}}, "there is no rule 'rule.of_78'"),
        ({"rule": "flat"}, "rule is not an object"),
        ({"rule": {"period_factor": "LUNAR"}}, "there is no day count 'LUNAR'"),
        ({"days_in_year": "365", "days_in_month": "30"}, "there is no day count of 365 days a year and 30 a month"),
        ({"rounding": {"digits": 3}}, "at most 2 digits"),
        ({"rounding": {"mode": "up or down"}}, "there is no rounding 'up or down'"),
        ({"rounding": {"currency_multiple_of": "0.001"}}, "currency_multiple_of is not an amount"),
        ({"grace": {"interest_free": 3}}, "there is no grace of 'interest_free'"),
        ({"missing_day": "skip"}, "missing_day is neither clamp nor roll"),
        ({"charges": ["fee"]}, "charges is not a list of objects"),
        ({"charges": [{"kind": "tip"}]}, "there is no charge of kind 'tip'"),
        ({"charges": [{"kind": "fee", "when": "disbursement"}]}, "there is no charge for 'disbursement'"),
        ({"charges": [{"kind": "fee", "when": "each_installment", "of": "tax"}]}, "there is no charge of 'tax'"),
    ],
)
def test_what_a_case_cannot_say_is_named(said: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason.replace("(", r"\(")):
        read_case(PLAIN | said)


def test_terms_that_make_no_loan_are_refused_here_as_in_the_service() -> None:
    with pytest.raises(InvalidTerms):
        read_case(PLAIN | {"grace": {"principal": 12}})
    assert explain(PLAIN | {"id": 1, "grace": {"principal": 12}}) == {
        "id": 1,
        "error": "principalGrace: The grace must leave at least the last instalment.",
    }


def test_the_proof_shows_every_step_for_pencil_and_paper() -> None:
    (case,) = (case for case in CASES if case["grace"].get("interest_payment"))
    answer = explain(case, with_proof=True)
    assert answer["rule"].startswith("declining.level_total: interest = round(balance x factor)")
    assert answer["rule"].endswith("HALF_EVEN to 0.01")
    proofs = {line["n"]: line["proof"] for line in answer["schedule"]}
    assert proofs[1] == [
        "interest = 5000.00 x 0.01 = 50 -> 50.00",
        "interest due = none in the grace: 50.00 is due after it",
        "principal = none in the grace: 0.00",
    ]
    assert proofs[4][1] == "interest due = 50.00 + 150.00 held back before = 200.00"
    assert proofs[8] == [
        "interest = 4606.00 x 0.01 = 46.06 -> 46.06",
        "principal = instalment 444.00 (from 444.243943391709 to a multiple of 1) - 46.06 = 397.94",
    ]
    assert proofs[18][-1] == "principal = what is left: 442.66"


def test_the_proof_of_split_interest_names_the_shares() -> None:
    answer = explain(PLAIN | {"annual_rate_percent": "10", "number_of_installments": 7}, with_proof=True)
    assert answer["schedule"][0]["proof"] == [
        "interest = even share of the whole term's: 10 -> 10.00",
        "principal = even share: 171.428571428571 -> 171.43",
    ]
    multiple = explain(PLAIN | {"rounding": {"installment_multiple_of": 50}}, with_proof=True)
    words = "100 with the interest rounded to a multiple of 50, less the interest"
    assert multiple["schedule"][0]["proof"][-1] == f"principal = {words} = 100.00"


def test_a_table_is_for_reading(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({"cases": [PLAIN | {"id": "mine"}, {"id": "none"}]}), encoding="utf-8")
    out, status = run(capsys, str(file), "--table")
    assert status == 1
    assert out.splitlines()[3].split() == ["1", "2026-02-28", "100.00", *["0.00"] * 3, "100.00", "1100.00"]
    assert "      principal = even share: 100 -> 100.00" in out
    assert "none: period_unit is not known: None" in out
