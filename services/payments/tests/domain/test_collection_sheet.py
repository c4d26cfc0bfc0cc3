from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.collection_sheet import (
    Figures,
    LineVersion,
    UnreadableVersion,
    Verdict,
    sheet_version,
    verdict_without_money,
)

AMOUNTS = st.integers(0, 10**14 - 1).map(lambda kobo: Decimal(kobo) / 100)
VERSIONS = st.builds(
    LineVersion,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.builds(Figures, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS),
)


@given(VERSIONS)
def test_a_version_tells_the_line_it_was_given_for(version: LineVersion) -> None:
    assert LineVersion.read(str(version)) == version
    assert not version.is_older_than(version.schedule_version, version.account_version)
    assert version.is_older_than(version.schedule_version, version.account_version + 1)
    assert version.is_older_than(version.schedule_version + 1, version.account_version)


@pytest.mark.parametrize(
    "text", ["", "7", "1.2.3.4.5", "1.2.3.4.5.6.7", "1.2.3.4.5.-6", "1.2.3.4.5.6\n", "1.2.3.4.5.٦"]
)
def test_what_no_sheet_was_given_is_no_version(text: str) -> None:
    with pytest.raises(UnreadableVersion):
        LineVersion.read(text)


@given(st.lists(VERSIONS), st.lists(VERSIONS))
def test_two_sheets_have_the_same_version_when_their_lines_have(
    one: list[LineVersion], other: list[LineVersion]
) -> None:
    assert (sheet_version(one) == sheet_version(other)) == (one == other)


def test_absent_zero_and_blank_are_different_things() -> None:
    assert verdict_without_money(None, is_absent=True) is Verdict.ABSENT
    assert verdict_without_money(Decimal(0), is_absent=False) is Verdict.ZERO
    assert verdict_without_money(None, is_absent=False) is Verdict.BLANK
