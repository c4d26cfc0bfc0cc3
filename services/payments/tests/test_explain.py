"""Worked cases of other lenders, through the functions and through the command line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.payments.commands.explain import explain

ROOT = Path(__file__).parents[3]
CASES = json.loads((ROOT / "tests/data/allocations.json").read_text(encoding="utf-8"))["cases"]
NOT_OURS = {"as_of", "source_line", "loan_status", "derived_components"}
Json = dict[str, Any]


def run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.payments", "replay", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT, check=False)


def assert_reached(expected: Json, reached: Json) -> None:
    """Everything the case says of this state is so, to the cent."""
    for name in expected.keys() - NOT_OURS - {"installments", "repayments"}:
        assert reached[name] == expected[name], name
    for name in expected.keys() & {"installments", "repayments"}:
        lines = zip(expected[name], reached[name], strict=True)
        assert [{key: line[key] for key in asked} for asked, line in lines] == expected[name]
    lines = {line["n"]: line for line in reached["installments"]}
    for line_expected in expected.get("derived_components", ()):
        for part in ("penalty", "fee", "interest", "principal"):
            assert lines[line_expected["n"]][f"{part}_paid"] == line_expected[part]


def assert_answered(case: Json, answer: Json) -> None:
    reached = {checkpoint["after_events"]: checkpoint for checkpoint in answer["checkpoints"]}
    assert list(reached) == list(range(1, len(case["events"]) + 1))
    for expected in case["checkpoints"]:
        if expected["after_events"]:
            assert_reached(expected, reached[expected["after_events"]])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_case_comes_out_to_the_cent(case: Json) -> None:
    assert_answered(case, explain(case))


def test_the_command_line_answers_all_cases_of_a_file() -> None:
    done = run("tests/data/allocations.json")
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)["cases"]
    assert [answer["id"] for answer in answers] == [case["id"] for case in CASES]
    for case, answer in zip(CASES, answers, strict=True):
        assert_answered(case, answer)


def test_one_case_from_the_standard_input_may_be_read_as_a_table() -> None:
    case = CASES[0]
    done = run("-", given=json.dumps(case))
    assert_answered(case, json.loads(done.stdout)["cases"][0])
    table = run("-", "--table", given=json.dumps(case))
    assert table.returncode == 0
    assert "after event 2: outstanding 150.00" in table.stdout


LINE = {"n": 1, "due_date": "2026-03-18", "principal": "100.00", "interest": 5}


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"events": []}, "schedule is not a list"),
        ({"schedule": []}, "the schedule has no lines"),
        ({"schedule": [LINE, LINE]}, "two lines of the schedule have the same number"),
        ({"schedule": [LINE | {"principal": "1.005"}]}, "principal is not an amount of whole cents: '1.005'"),
        ({"schedule": [LINE | {"due_date": "soon"}]}, "due_date is not a date: 'soon'"),
        ({"schedule": [LINE], "events": [{"type": "gift"}]}, "there is no event of type 'gift'"),
        ({"schedule": [LINE], "events": [{"type": "reversal", "of": 1}]}, "there is no repayment 1 to reverse"),
        (
            {"schedule": [LINE], "events": [{"type": "repayment", "date": "2026-03-18"}]},
            "amount is not an amount: None",
        ),
        ({"schedule": [LINE], "events": ["repayment"]}, "an event is an object"),
        ("case", "a case is an object"),
    ],
)
def test_a_case_that_says_something_impossible_is_answered_with_the_reason(case: Any, reason: str) -> None:
    assert explain(case)["error"] == reason


def test_one_bad_case_does_not_keep_the_others_from_their_answer() -> None:
    done = run("-", given=json.dumps({"cases": [{"id": "bad"}, CASES[0]]}))
    bad, good = json.loads(done.stdout)["cases"]
    assert done.returncode == 1
    assert bad == {"id": "bad", "error": "schedule is not a list"}
    assert_answered(CASES[0], good)


@pytest.mark.parametrize("given", ["{", "[]", "3", ""])
def test_what_is_no_case_at_all_is_refused_in_one_line(given: str) -> None:
    done = run("-", given=given)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_a_waived_charge_is_no_longer_asked_for() -> None:
    events = [
        {"type": "charge", "kind": "penalty", "due_on": "2026-03-20", "amount": "7.00"},
        {"type": "waiver", "of": 1},
    ]
    before, after = explain({"schedule": [LINE], "events": events})["checkpoints"]
    assert (before["outstanding"], after["outstanding"]) == ("112.00", "105.00")
