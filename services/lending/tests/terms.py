"""Terms and conditions as the tests write them: all numbers of a loan side by side."""

from typing import Any

from services.lending.domain.conditions import INTEREST, Conditions
from services.lending.domain.terms import Interest, Terms


def terms_of(**numbers: Any) -> Terms:
    """Terms of these numbers, those of the interest among them."""
    interest = {name: numbers.pop(name) for name in INTEREST if name in numbers}
    return Terms(interest=Interest(**interest), **numbers)


def conditions_of(**numbers: Any) -> Conditions:
    """Conditions of these numbers, interest and charges among them."""
    return Conditions().changed(numbers)
