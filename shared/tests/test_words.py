"""What people read in the place of parts of a name and of words of the wire."""

from decimal import Decimal

import pytest

from shared.money import in_naira
from shared.words import full_name, in_words


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [("Ada", "Obi", "Ada Obi"), ("Ada", None, "Ada"), ("", "Obi", "Obi"), (None, None, "")],
)
def test_a_name_is_what_is_known_of_it(first: str | None, last: str | None, whole: str) -> None:
    assert full_name(first, last) == whole


@pytest.mark.parametrize(
    ("value", "words"), [("WRITTEN_OFF", "Written off"), ("CASH", "Cash"), ("POS", "POS"), ("USSD", "USSD")]
)
def test_words_of_the_wire_become_words_of_people(value: str, words: str) -> None:
    assert in_words(value) == words


def test_an_amount_has_its_currency_and_two_places() -> None:
    assert [in_naira(Decimal(amount)) for amount in ("1234567.5", "0", "-12")] == ["₦1,234,567.50", "₦0.00", "-₦12.00"]
