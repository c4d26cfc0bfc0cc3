"""Schedules: worked numbers, and what holds for all of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.lending.domain.conditions import INTEREST, changed
from services.lending.domain.conventions import Conventions, LevelBasis
from services.lending.domain.proof import Rule
from services.lending.domain.rounding import EXACT, Grain
from services.lending.domain.schedule import Instalment, interest_total, make_schedule
from services.lending.domain.terms import (
    Amortization,
    DayCount,
    InterestMethod,
    InvalidTerms,
    Rounding,
    Terms,
    TermUnit,
)
from services.lending.tests.terms import terms_of

DECLINING = InterestMethod.DECLINING_BALANCE
MONTH, WEEK, DAY = TermUnit.MONTH, TermUnit.WEEK, TermUnit.DAY
START = date(2026, 3, 11)
FIELDS = {"principal", "term_count", "first_due_on", "start_on", "instalment_multiple"}


def a_loan(principal: str, count: int, rate: str = "0", unit: TermUnit = MONTH, **more: Any) -> tuple[Instalment, ...]:
    terms = terms_of(principal=Decimal(principal), annual_rate=Decimal(rate), term_count=count, term_unit=unit, **more)
    return make_schedule(terms, START)


def columns(lines: tuple[Instalment, ...]) -> list[tuple[str, str]]:
    return [(str(line.principal), str(line.interest)) for line in lines]


@pytest.mark.parametrize(
    ("principal", "count", "each", "last"),
    [
        pytest.param("50000", 12, "4166.67", "4166.63", id="rounded up, less at the end"),
        pytest.param("10000", 30, "333.33", "333.43", id="rounded down, more at the end"),
        pytest.param("100", 4, "25.00", "25.00", id="even"),
        pytest.param("0.06", 4, "0.01", "0.03", id="rounded down because nothing would be left for the last"),
        pytest.param("7", 1, None, "7.00", id="one instalment"),
    ],
)
def test_the_last_instalment_takes_the_remainder(principal: str, count: int, each: str | None, last: str) -> None:
    assert columns(a_loan(principal, count)) == [(each, "0.00")] * (count - 1) + [(last, "0.00")]


@pytest.mark.parametrize(
    ("unit", "count", "interest"),
    [
        pytest.param(MONTH, 12, "2400.00", id="a month is a twelfth of a year"),
        pytest.param(WEEK, 1, "46.15", id="a week is a 52nd"),
        pytest.param(DAY, 7, "46.03", id="a day is a 365th"),
    ],
)
def test_flat_interest_is_of_the_whole_principal_for_the_whole_term(unit: TermUnit, count: int, interest: str) -> None:
    assert interest_total(a_loan("10000", count, "0.24", unit)) == Decimal(interest)


def test_flat_interest_is_rounded_once_and_spread_like_the_principal() -> None:
    lines = a_loan("1000", 3, "0.10")
    assert columns(lines) == [("333.33", "8.33"), ("333.33", "8.33"), ("333.34", "8.34")]
    assert [line.balance_after for line in lines] == [Decimal("666.67"), Decimal("333.34"), Decimal("0.00")]


def test_a_level_flat_instalment_carries_the_interest_of_its_own_period() -> None:
    lines = a_loan("700", 3, "0.12", amortization=Amortization.LEVEL_TOTAL, day_count=DayCount.ACTUAL_365)
    assert columns(lines) == [("233.26", "7.13"), ("233.49", "6.90"), ("233.25", "7.13")]


def test_a_declining_level_instalment_pays_more_principal_each_time() -> None:
    assert columns(a_loan("1000", 3, "0.12", interest_method=DECLINING)) == [
        ("330.02", "10.00"),
        ("333.32", "6.70"),
        ("336.66", "3.37"),
    ]


def test_equal_principal_pays_less_interest_each_time() -> None:
    terms = {"interest_method": DECLINING, "amortization": Amortization.EQUAL_PRINCIPAL}
    assert columns(a_loan("1000", 3, "0.12", **terms)) == [("333.33", "10.00"), ("333.33", "6.67"), ("333.34", "3.33")]


@pytest.mark.parametrize("method", list(InterestMethod))
def test_held_back_interest_is_due_with_the_first_instalment_after_the_grace(method: InterestMethod) -> None:
    lines = a_loan("1200", 5, "0.12", interest_method=method, principal_grace=3, interest_grace=2)
    assert columns(lines)[:3] == [("0.00", "0.00"), ("0.00", "0.00"), ("0.00", "36.00")]
    assert all(line.principal > 0 and line.interest > 0 for line in lines[3:])


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        pytest.param({}, [("340.00", "10.00"), ("340.00", "10.00"), ("320.00", "10.00")], id="flat"),
        pytest.param(
            {"amortization": Amortization.LEVEL_TOTAL},
            [("340.00", "10.00"), ("340.00", "10.00"), ("320.00", "10.00")],
            id="flat and level",
        ),
        pytest.param(
            {"interest_method": DECLINING},
            [("340.00", "10.00"), ("343.40", "6.60"), ("316.60", "3.17")],
            id="declining",
        ),
        pytest.param(
            {"interest_method": DECLINING, "amortization": Amortization.EQUAL_PRINCIPAL},
            [("340.00", "10.00"), ("343.40", "6.60"), ("316.60", "3.17")],
            id="equal principal",
        ),
    ],
)
def test_instalments_are_multiples_and_interest_stays_exact(
    terms: dict[str, Any], lines: list[tuple[str, str]]
) -> None:
    assert columns(a_loan("1000", 3, "0.12", instalment_multiple=Decimal(50), **terms)) == lines


def test_a_flat_multiple_rounds_principal_and_interest_each_by_itself() -> None:
    lines = a_loan("501", 5, "0.249102", instalment_multiple=Decimal(1))
    assert columns(lines)[0] == ("99.60", "10.40"), "100.20 and 10.40 are 100 and 10, not 111"


@pytest.mark.parametrize("method", list(InterestMethod))
@pytest.mark.parametrize(
    ("principal", "count", "multiple", "each", "last"),
    [
        pytest.param("1500", 20, 50, "50.00", "550.00", id="less than nothing"),
        pytest.param("6", 4, 1, "1.00", "3.00", id="nothing"),
    ],
)
def test_multiples_are_rounded_down_where_the_last_would_have_nothing_left(
    method: InterestMethod, principal: str, count: int, multiple: int, each: str, last: str
) -> None:
    lines = a_loan(principal, count, interest_method=method, instalment_multiple=Decimal(multiple))
    assert columns(lines) == [(each, "0.00")] * (count - 1) + [(last, "0.00")]


@pytest.mark.parametrize(("rounding", "interest"), [(Rounding.HALF_UP, "0.13"), (Rounding.HALF_EVEN, "0.12")])
@pytest.mark.parametrize("terms", [{}, {"interest_method": DECLINING}, {"amortization": Amortization.LEVEL_TOTAL}])
def test_half_a_cent_goes_where_the_terms_say(terms: dict[str, Any], rounding: Rounding, interest: str) -> None:
    (line,) = a_loan("12.50", 1, "0.12", rounding=rounding, **terms)
    assert str(line.interest) == interest


def test_half_a_cent_is_seen_through_a_factor_without_end() -> None:
    (line,) = a_loan("6", 1, "0.13", interest_method=DECLINING)
    assert line.interest == Decimal("0.07"), "6.00 x 0.13 / 12 is 0.065"


def test_a_long_first_period_charges_more_and_leaves_the_level_instalment() -> None:
    terms = {"interest_method": DECLINING, "first_due_on": date(2026, 4, 26)}
    lines = a_loan("1000", 3, "0.12", **terms)
    assert columns(lines)[0] == ("325.18", "14.84"), "10.00 x 46 / 31 days of the 340.02"
    assert [line.due_on for line in lines] == [date(2026, 4, 26), date(2026, 5, 26), date(2026, 6, 26)]


def test_no_instalment_below_its_interest_is_made_up() -> None:
    with pytest.raises(InvalidTerms, match="covers the interest") as refused:
        a_loan("1000", 12, "2", interest_method=DECLINING, first_due_on=date(2027, 3, 11))
    assert refused.value.field == "first_due_on"


def test_multiples_that_cannot_repay_the_loan_are_refused() -> None:
    terms = {"interest_method": DECLINING, "instalment_multiple": Decimal(20)}
    with pytest.raises(InvalidTerms, match="multiples of 20") as refused:
        a_loan("1200", 60, "1.05", **terms)
    assert refused.value.field == "instalment_multiple"


def test_more_interest_than_can_be_recorded_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="largest amount"):
        a_loan("999999999999", 3650, "1")


@pytest.mark.parametrize(
    ("rate", "is_smoothed", "totals"),
    [
        pytest.param("0.094822", False, ["16.89"] * 5 + ["16.93"], id="not asked for"),
        pytest.param("0.094822", True, ["16.90"] * 5 + ["16.88"], id="4 cents in 6 instalments become 2"),
        pytest.param("0.0944", True, ["16.89"] * 5 + ["16.92"], id="3 cents are let be"),
    ],
)
def test_another_lenders_smoothing_shifts_the_level_instalment_once(
    rate: str, is_smoothed: bool, totals: list[str]
) -> None:
    terms = terms_of(
        principal=Decimal(100),
        annual_rate=Decimal(rate),
        term_count=6,
        term_unit=DAY,
        repay_every=15,
        interest_method=DECLINING,
        day_count=DayCount.ACTUAL_365,
    )
    lines = make_schedule(terms, date(2024, 1, 1), Conventions(is_smoothed=is_smoothed))
    assert [str(line.total) for line in lines] == totals


def test_another_lenders_smoothing_is_dropped_where_it_does_not_help() -> None:
    terms = terms_of(
        principal=Decimal(100),
        annual_rate=Decimal("0.15678"),
        term_count=6,
        term_unit=MONTH,
        interest_method=DECLINING,
        day_count=DayCount.ACTUAL_365,
    )
    lines = make_schedule(terms, date(2024, 1, 1), Conventions(is_smoothed=True))
    assert [str(line.total) for line in lines] == ["17.43"] * 5 + ["17.47"]


def test_another_lender_may_level_real_days_by_equal_periods() -> None:
    terms = terms_of(
        principal=Decimal(5000),
        annual_rate=Decimal("0.12"),
        term_count=18,
        term_unit=MONTH,
        interest_method=DECLINING,
        day_count=DayCount.ACTUAL_365,
    )
    nominal = make_schedule(terms, date(2022, 11, 1), Conventions(level_basis=LevelBasis.NOMINAL))
    assert nominal[0].total == Decimal("304.91"), "what 1 % a month asks for"
    assert nominal[0].total != make_schedule(terms, date(2022, 11, 1))[0].total


def weighted(usual: Any, others: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    """Mostly what most loans have, so that not every second term contradicts another."""
    return some.one_of(some.just(usual), some.just(usual), others)


@some.composite
def random_terms(draw: some.DrawFn) -> Terms:
    count = draw(some.one_of(some.integers(1, 6), some.integers(1, 60)))
    grace = some.integers(0, count - 1)
    method, amortization = draw(
        some.sampled_from(
            [
                (InterestMethod.FLAT, Amortization.EQUAL_INSTALMENTS),
                (InterestMethod.FLAT, Amortization.LEVEL_TOTAL),
                (DECLINING, Amortization.EQUAL_INSTALMENTS),
                (DECLINING, Amortization.EQUAL_PRINCIPAL),
            ]
        )
    )
    multiple = draw(weighted(None, some.sampled_from([Decimal(1), Decimal(7), Decimal(50), Decimal(1000)])))
    least = count * (multiple or Decimal("0.01"))
    return terms_of(
        principal=draw(some.one_of(some.decimals(least, least * 9, places=2), some.decimals(least, 10**9, places=2))),
        annual_rate=draw(weighted(Decimal("0.24"), some.decimals(0, 2, places=6))),
        term_count=count,
        term_unit=draw(some.sampled_from(TermUnit)),
        repay_every=draw(weighted(1, some.integers(1, 40))),
        interest_method=method,
        amortization=amortization,
        day_count=draw(some.sampled_from(DayCount)),
        first_due_on=draw(weighted(None, some.dates(date(1989, 12, 1), date(2101, 1, 1)))),
        principal_grace=draw(weighted(0, grace)),
        interest_grace=draw(weighted(0, grace)),
        instalment_multiple=multiple,
        rounding=draw(some.sampled_from(Rounding)),
    )


def attempt(terms: Terms, start: date) -> tuple[Instalment, ...] | str | None:
    """The schedule of these terms, or the field that is named as the reason why there is none."""
    try:
        return make_schedule(terms, start)
    except InvalidTerms as refused:
        return refused.field


@some.composite
def random_schedules(draw: some.DrawFn) -> tuple[Terms, date, tuple[Instalment, ...]]:
    """Terms with their schedule; those that cannot make a loan say so, and are left out."""
    terms = draw(random_terms())
    start = draw(some.dates(date(1988, 1, 1), terms.first_due_on or date(2100, 1, 1)))
    made = attempt(terms, start)
    if isinstance(made, tuple):
        return terms, start, made
    assert made in FIELDS, "the reason names what to change"
    return draw(random_schedules())


SCHEDULES = random_schedules()


NUMBERS = some.one_of(some.decimals(), some.decimals(-1, 10**13, places=3), some.decimals(0, 2))
COUNTS = some.one_of(some.integers(), some.integers(-1, 400))
WILD: dict[str, some.SearchStrategy[Any]] = {
    "principal": NUMBERS,
    "annual_rate": NUMBERS,
    "instalment_multiple": NUMBERS,
    "term_count": COUNTS,
    "repay_every": COUNTS,
    "principal_grace": COUNTS,
    "interest_grace": COUNTS,
    "interest_method": some.sampled_from(InterestMethod),
    "amortization": some.sampled_from(Amortization),
    "first_due_on": some.dates(),
}


@given(
    terms=random_terms(),
    changes=some.lists(some.sampled_from(sorted(WILD)), max_size=2, unique=True).flatmap(
        lambda names: some.fixed_dictionaries({name: WILD[name] for name in names})
    ),
    start=some.dates(),
)
def test_whatever_is_tried_makes_a_schedule_or_is_refused(terms: Terms, changes: dict[str, Any], start: date) -> None:
    try:
        others = {name: change for name, change in changes.items() if name not in INTEREST}
        wild = replace(terms, interest=changed(terms.interest, changes), **others)
    except InvalidTerms:
        return
    made = attempt(wild, start)
    assert made in FIELDS if isinstance(made, str) else made[-1].balance_after == 0


@given(made=SCHEDULES)
def test_the_parts_sum_to_the_whole_and_none_is_negative(made: tuple[Terms, date, tuple[Instalment, ...]]) -> None:
    terms, _, lines = made
    assert sum(line.principal for line in lines) == terms.principal
    assert all(line.principal >= 0 and line.interest >= 0 for line in lines)
    assert all(amount.as_tuple().exponent == -2 for line in lines for amount in (line.principal, line.interest))


@given(made=SCHEDULES)
def test_the_balance_falls_by_each_principal_to_nothing(made: tuple[Terms, date, tuple[Instalment, ...]]) -> None:
    terms, _, lines = made
    owed = terms.principal
    for line in lines:
        owed -= line.principal
        assert line.balance_after == owed
    assert str(lines[-1].balance_after) == "0.00"


@given(made=SCHEDULES)
def test_dates_increase_and_sequences_count_up(made: tuple[Terms, date, tuple[Instalment, ...]]) -> None:
    terms, start, lines = made
    assert all(earlier < later for earlier, later in pairwise([start, *(line.due_on for line in lines)]))
    assert [line.sequence for line in lines] == list(range(1, terms.term_count + 1))


@given(made=SCHEDULES)
def test_the_same_terms_always_give_the_same_schedule(made: tuple[Terms, date, tuple[Instalment, ...]]) -> None:
    terms, start, lines = made
    with localcontext(prec=9):
        assert make_schedule(terms, start) == lines, "whatever the precision of who asks"


@given(made=SCHEDULES)
def test_grace_is_kept_and_no_interest_gets_lost_in_it(made: tuple[Terms, date, tuple[Instalment, ...]]) -> None:
    terms, _, lines = made
    assert all(line.principal == 0 for line in lines[: terms.interest.principal_grace])
    assert all(line.interest == 0 for line in lines[: terms.interest.interest_grace])
    assert sum(line.proof.held_back for line in lines) == 0


@given(made=SCHEDULES)
def test_every_instalment_but_the_last_is_the_multiple_that_was_agreed(
    made: tuple[Terms, date, tuple[Instalment, ...]],
) -> None:
    terms, _, lines = made
    for line in lines[terms.interest.principal_grace : -1]:
        is_split = line.proof.rule is Rule.FLAT_SPLIT
        asked = line.total if is_split else line.total - line.proof.held_back
        assert asked % (terms.interest.instalment_multiple or Decimal("0.01")) == 0


@given(made=SCHEDULES)
def test_a_line_can_be_recomputed_from_its_proof(made: tuple[Terms, date, tuple[Instalment, ...]]) -> None:
    terms, _, lines = made
    balance = terms.principal
    for line in lines:
        proof, own = line.proof, line.interest - line.proof.held_back
        money, multiple = Grain(proof.step, proof.rounding), Grain(proof.multiple, proof.rounding)
        assert proof.charged_on == (balance if proof.rule.startswith("declining") else terms.principal)
        balance = line.balance_after
        if proof.takes_the_rest:
            assert line.principal == lines[-1].principal
            continue
        with localcontext(EXACT):
            if proof.rule is not Rule.FLAT_SPLIT:
                assert abs(proof.charged_on * proof.factor - proof.interest) < Decimal("1E-30")
            assert own in {money.nearest(proof.interest), money.below(proof.interest)}
            if proof.level is not None:
                assert line.principal + own in {multiple.nearest(proof.level), multiple.below(proof.level)}
            elif proof.principal is not None and terms.interest.instalment_multiple is None:
                assert line.principal in {money.nearest(proof.principal), money.below(proof.principal)}
