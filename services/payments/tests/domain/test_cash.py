"""Counting notes and coins."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.cash import NOTES_AND_COINS, CashCountDiffers, DenominationTwice, Pieces, check_count

piles = st.lists(
    st.builds(Pieces, st.sampled_from(NOTES_AND_COINS), st.integers(0, 10_000)),
    unique_by=lambda pieces: pieces.denomination,
)


@given(piles, st.integers(-1_000_000, 1_000_000).map(lambda kobo: Decimal(kobo) / 100))
def test_a_count_is_right_for_its_sum_and_for_no_other_amount(pile: list[Pieces], off_by: Decimal) -> None:
    total = sum((pieces.denomination * pieces.count for pieces in pile), Decimal(0))
    check_count(pile, total)
    if off_by:
        with pytest.raises(CashCountDiffers):
            check_count(pile, total + off_by)


def test_a_note_counted_on_two_lines_is_refused() -> None:
    with pytest.raises(DenominationTwice):
        check_count([Pieces(Decimal(500), 1), Pieces(Decimal(500), 1)], Decimal(1000))
