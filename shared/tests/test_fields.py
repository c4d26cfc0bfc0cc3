import sys
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from marshmallow import ValidationError

from shared import exact_json
from shared.fields import BodySchema, Day, Flag, Instant, Money, MultilineText, StrictInteger, Text


class Form(BodySchema):
    prose = MultilineText(max=40)
    amount = Money(positive=True)
    fee = Money()
    count = StrictInteger()
    name = Text(max=5)
    note = Text(blank_is_none=True)
    day = Day()
    at = Instant()
    is_active = Flag()


def load(text: str):
    return Form().load(exact_json.loads(text))


@pytest.mark.parametrize(
    "sent", ["50000", "50000.0", "50000.00", '"50000"', '"50000.00"', "50000.000"],
)  # fmt: skip
def test_an_amount_may_be_a_number_or_a_string(sent):
    assert load(f'{{"amount": {sent}}}') == {"amount": Decimal("50000.00")}


@pytest.mark.parametrize(
    "sent",
    [
        "1.005", '"1.005"', '"1e5"', '"1E5"', "1e5", "1E5", "5e4", "5.0e1", "1e+2", "10e-1", "0e0",
        '"1_000"', '"-0"', "-1", "0", '"NaN"', '"Infinity"', '"１２"', "true", "null",
        "[]", "1e13", "1e300", "1e-999999999", '""', '" 5"', "0.1e-5", "99.999999999999999999",
        "10.10000000000000001", "0.0100000000000000000001", "-0.0",
    ],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused(sent):
    with pytest.raises(ValidationError):
        load(f'{{"amount": {sent}}}')


def test_a_fee_may_be_nothing():
    assert load('{"fee": 0}') == {"fee": Decimal("0.00")}


@pytest.mark.parametrize("sent", ["1.9", '"1_0"', "true", "1e30", '"１"', '"x"'])
def test_what_is_not_a_whole_number_is_refused(sent):
    with pytest.raises(ValidationError):
        load(f'{{"count": {sent}}}')


DECEIVING = ["\u200e", "\u200f", "\u061c", "\u202a", "\u202e", "\u2066", "\u2069", "\x85", "\x9b", "\x00", "\x07"]
INVISIBLE = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\xad", "\u3164", "\n", "\r", "\t", "\u2028", "\u2029"]


@pytest.mark.parametrize("sign", DECEIVING + INVISIBLE, ids=ascii)
def test_a_line_has_no_sign_that_deceives_or_is_not_seen(sign):
    with pytest.raises(ValidationError, match=f"U\\+{ord(sign):04X}"):
        Form().load({"name": f"a{sign}b"})


def test_a_line_has_no_control_no_format_and_no_separator_of_lines():
    refused = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    every = (chr(code) for code in range(sys.maxunicode + 1))
    missed = [ascii(sign) for sign in every if unicodedata.category(sign) in refused and not Text.refused.search(sign)]
    assert missed == []


@pytest.mark.parametrize("sign", DECEIVING, ids=ascii)
def test_prose_has_no_sign_that_deceives(sign):
    with pytest.raises(ValidationError):
        Form().load({"prose": f"a{sign}b"})


def test_prose_has_lines_and_what_belongs_to_words():
    prose = "First.\r\n\tSecond \U0001f469\u200d\U0001f33e co\xadoperative"
    assert Form().load({"prose": f" {prose}\n"}) == {"prose": prose}


@pytest.mark.parametrize("name", ["Ọlá", "O'Nil", "José", "Ńgọ", "Ẹ̀bùn", "a\xa0b", "李"])
def test_a_name_is_kept_as_it_is_written(name):
    assert Form().load({"name": f" {name}\n"}) == {"name": unicodedata.normalize("NFC", name)}


@pytest.mark.parametrize("sent", ["a\\u0000b", "\\u202eabc", "a\\u0007", "toolong", "  "])
def test_text_that_cannot_be_kept_is_refused(sent):
    with pytest.raises(ValidationError):
        load(f'{{"name": "{sent}"}}')


def test_text_is_trimmed_and_composed():
    assert load('{"name": " Ada\\u0301 "}') == {"name": "Adá"}
    assert load('{"note": ""}') == {"note": None}


def test_a_day_is_the_one_it_is_in_lagos():
    assert load('{"day": "2026-03-11"}') == {"day": date(2026, 3, 11)}
    assert load('{"day": "2026-03-11T23:30:00.000Z"}') == {"day": date(2026, 3, 12)}


def test_a_bare_date_is_midnight_utc_of_that_day():
    assert load('{"at": "2026-03-11"}') == {"at": datetime(2026, 3, 11, tzinfo=UTC)}
    assert load('{"at": "2026-03-11T10:00:00+01:00"}') == {"at": datetime(2026, 3, 11, 9, tzinfo=UTC)}


@pytest.mark.parametrize("sent", ["2026-02-30", "2026-13-01", "yesterday", "0001-01-01", "9999-12-31", "20260311", ""])
def test_days_that_do_not_exist_are_refused(sent):
    for field in ("day", "at"):
        with pytest.raises(ValidationError):
            Form().load({field: sent})


def test_unknown_fields_are_ignored():
    assert load('{"count": 3, "isAdmin": true}') == {"count": 3}


@pytest.mark.parametrize(("sent", "meant"), [("true", True), ("false", False), ('"true"', True), ('"false"', False)])
def test_a_flag_is_a_boolean_or_its_word(sent, meant):
    assert load(f'{{"is_active": {sent}}}') == {"is_active": meant}


@pytest.mark.parametrize("sent", ["0", "1", '"no"', '"yes"', '"1"', '"True"', '""', "null", "[]", "0.0"])
def test_what_is_no_flag_is_refused(sent):
    with pytest.raises(ValidationError):
        load(f'{{"is_active": {sent}}}')
