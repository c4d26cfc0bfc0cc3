from datetime import date

import pytest

from services.membership.domain.member import GENDERS, MemberTooYoung, age_on, check_age, lower_case_choice, member_code

TODAY = date(2026, 3, 11)


@pytest.mark.parametrize(
    ("born_on", "age"),
    [
        pytest.param(date(2010, 3, 11), 16, id="on the birthday"),
        pytest.param(date(2010, 3, 12), 15, id="the day before the birthday"),
        pytest.param(date(2027, 1, 1), -1, id="not born yet"),
    ],
)
def test_an_age_counts_completed_years(born_on, age):
    assert age_on(born_on, TODAY) == age


def test_who_was_born_on_a_leap_day_has_the_birthday_on_the_first_of_march():
    born_on = date(2008, 2, 29)
    assert (age_on(born_on, date(2026, 2, 28)), age_on(born_on, date(2026, 3, 1))) == (17, 18)


@pytest.mark.parametrize("born_on", [None, date(2010, 3, 11), date(1940, 1, 1)])
def test_a_member_is_sixteen_or_of_unknown_age(born_on):
    check_age(born_on, TODAY)


def test_a_member_below_sixteen_is_refused():
    with pytest.raises(MemberTooYoung, match="at least 16"):
        check_age(date(2010, 3, 12), TODAY)


@pytest.mark.parametrize(
    ("text", "stored"), [("FEMALE", "female"), ("male", "male"), ("Non-binary", "Non-binary"), (None, None)]
)
def test_a_known_choice_is_stored_in_lower_case_and_any_other_text_as_given(text, stored):
    assert lower_case_choice(text, GENDERS) == stored


@pytest.mark.parametrize(("number", "code"), [(1, "MEM000001"), (999_999, "MEM999999"), (1_000_000, "MEM1000000")])
def test_a_code_has_at_least_six_digits(number, code):
    assert member_code(number) == code
