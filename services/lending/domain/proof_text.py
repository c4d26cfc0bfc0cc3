"""The proof of a line in words and numbers: what one would write down to recompute it by hand."""

from decimal import Decimal

from services.lending.domain.proof import Proof, Rule
from services.lending.domain.schedule import Instalment


def rule_in_words(line: Instalment) -> str:
    """The rule that made a line, and so all lines of its schedule."""
    proof = line.proof
    return f"{proof.rule}: {proof.rule.text}; {proof.rounding.removeprefix('ROUND_')} to {proof.step:f}"


def in_words(line: Instalment) -> list[str]:
    """How a line was made, step by step; unrounded numbers are shown with twelve decimals.

    `interest = 12000.00 x 0.02 = 240 -> 240.00`, `principal = instalment 3151.49 (from 3151.485105...) - 240.00`.
    """
    proof = line.proof
    own = line.interest - proof.held_back
    steps = [f"interest = {_interest(proof, own)}"]
    if proof.held_back > 0:
        steps.append(f"interest due = {own} + {proof.held_back} held back before = {line.interest}")
    elif proof.held_back < 0:
        steps.append(f"interest due = none in the grace: {own} is due after it")
    return [*steps, f"principal = {_principal(line, proof, own)}"]


def _interest(proof: Proof, own: Decimal) -> str:
    if proof.rule is not Rule.FLAT_SPLIT:
        return f"{proof.charged_on} x {_number(proof.factor)} = {_number(proof.interest)} -> {own}"
    if proof.takes_the_rest:
        return f"what is left of the whole term's: {own}"
    return f"even share of the whole term's: {_number(proof.interest)} -> {own}"


def _principal(line: Instalment, proof: Proof, own: Decimal) -> str:
    if proof.takes_the_rest:
        return f"what is left: {line.principal}"
    multiple = f" to a multiple of {proof.multiple:f}" if proof.multiple != proof.step else ""
    if proof.level is not None:
        return f"instalment {line.principal + own} (from {_number(proof.level)}{multiple}) - {own} = {line.principal}"
    if proof.principal is None:
        return f"none in the grace: {line.principal}"
    if multiple:
        return f"{_number(proof.principal)} with the interest rounded{multiple}, less the interest = {line.principal}"
    return f"even share: {_number(proof.principal)} -> {line.principal}"


def _number(number: Decimal) -> str:
    digits = f"{number:.12f}"
    return digits.rstrip("0").rstrip(".")
