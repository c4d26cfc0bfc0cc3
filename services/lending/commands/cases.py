"""Worked cases of this and other lenders, read into terms and the conventions their numbers follow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from services.lending.domain.conventions import Conventions, LevelBasis, MissingDay
from services.lending.domain.proof import Rule
from services.lending.domain.terms import Amortization, DayCount, Interest, InterestMethod, Terms, TermUnit
from shared.money import CENT, ZERO

Json = Mapping[str, Any]

_METHODS = {
    "FLAT": InterestMethod.FLAT,
    "DECLINING": InterestMethod.DECLINING_BALANCE,
    "DECLININGBALANCE": InterestMethod.DECLINING_BALANCE,
}
_AMORTIZATIONS = {
    "EQUALINSTALMENTS": Amortization.EQUAL_INSTALMENTS,
    "EQUALINSTALLMENTS": Amortization.EQUAL_INSTALMENTS,
    "EQUALPRINCIPAL": Amortization.EQUAL_PRINCIPAL,
    "LEVELTOTAL": Amortization.LEVEL_TOTAL,
}
_RULES = {
    Rule.FLAT_SPLIT: (InterestMethod.FLAT, Amortization.EQUAL_INSTALMENTS),
    Rule.FLAT_LEVEL: (InterestMethod.FLAT, Amortization.LEVEL_TOTAL),
    Rule.DECLINING_LEVEL: (InterestMethod.DECLINING_BALANCE, Amortization.EQUAL_INSTALMENTS),
    Rule.DECLINING_FACTORS: (InterestMethod.DECLINING_BALANCE, Amortization.EQUAL_INSTALMENTS),
    Rule.DECLINING_PRINCIPAL: (InterestMethod.DECLINING_BALANCE, Amortization.EQUAL_PRINCIPAL),
}
_LEVEL_BASES = {Rule.DECLINING_LEVEL: LevelBasis.NOMINAL, Rule.DECLINING_FACTORS: LevelBasis.FACTORS}
_UNITS = {
    "DAY": (TermUnit.DAY, 1),
    "WEEK": (TermUnit.WEEK, 1),
    "MONTH": (TermUnit.MONTH, 1),
    "YEAR": (TermUnit.MONTH, 12),
}
_PER_YEAR = {"DAY": 365, "WEEK": 52, "MONTH": 12, "YEAR": 1}
_ROUNDINGS = {
    name.replace("_", ""): f"ROUND_{name}"
    for name in ("HALF_UP", "HALF_EVEN", "HALF_DOWN", "UP", "DOWN", "CEILING", "FLOOR")
}
_GRACES = {"principal": "principal", "interest_payment": "interest", "interest": "interest"}
_DIGITS = 2
_LONGEST_NUMBER = 20

T = TypeVar("T")


class Unreadable(Exception):
    """The case does not say what it must, or says something impossible; the message says what."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or penalty on every instalment: an amount, or a share of some of its parts."""

    kind: str
    amount: Decimal
    share: Decimal
    of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Case:
    """What one case asks for."""

    terms: Terms
    base_day: date
    conventions: Conventions
    charges: tuple[Charge, ...]


def read_case(case: Json) -> Case:
    """The terms of a case and the conventions its numbers follow. Raises Unreadable, InvalidTerms."""
    rule = _rule(case)
    method, amortization = _method(case, rule)
    unit, units = _choice(_UNITS, case, "period_unit")
    rounding = _object(case, "rounding")
    grace = _grace(case)
    terms = Terms(
        principal=_number(case, "principal"),
        term_count=_integer(case, "number_of_installments"),
        term_unit=unit,
        interest=Interest(
            annual_rate=_annual_rate(case),
            interest_method=method,
            amortization=amortization,
            day_count=_day_count(case, _object(case, "rule")),
            repay_every=_integer(case, "repay_every", 1) * units,
            principal_grace=grace["principal"],
            interest_grace=grace["interest"],
            instalment_multiple=_multiple(rounding, rule),
        ),
        first_due_on=_day(case, "first_due_on") if case.get("first_due_on") else None,
    )
    return Case(terms, _day(case, "disbursed_on"), _conventions(case, rule, rounding, units), _charges(case))


def _conventions(case: Json, rule: Rule | None, rounding: Json, units: int) -> Conventions:
    rules = _object(case, "rule")
    periods = _integer(rules, "periods_per_year", 0) or None
    return Conventions(
        unit=_unit(rounding),
        rounding=_rounding(rounding),
        periods_per_year=periods * units if periods else None,
        level_basis=_LEVEL_BASES.get(rule) if rule else None,
        is_smoothed=rule is Rule.DECLINING_FACTORS and rules.get("smoothing") is not False,
        missing_day=_missing_day(case.get("missing_day") or rules.get("missing_day")),
    )


def _rule(case: Json) -> Rule | None:
    """The rule a case names; none where it is about something else, as `dates.only`."""
    name = _object(case, "rule").get("id")
    if name is None or name == "dates.only":
        return None
    try:
        return Rule(name)
    except ValueError:
        raise Unreadable(f"there is no rule {name!r}") from None


def _method(case: Json, rule: Rule | None) -> tuple[InterestMethod, Amortization]:
    if rule:
        return _RULES[rule]
    method = _choice(_METHODS, case, "interest_method", InterestMethod.FLAT)
    return method, _choice(_AMORTIZATIONS, case, "amortization", Amortization.EQUAL_INSTALMENTS)


def _day_count(case: Json, rule: Json) -> DayCount:
    """The day count a case names; where it only gives the days in month and year, the one they mean."""
    named = _word(rule.get("period_factor") or case.get("day_count"))
    if named in {"PERIODSPERYEAR", "EQUALPERIODS"}:
        return DayCount.EQUAL_PERIODS
    for day_count in DayCount:
        if named == _word(day_count):
            return day_count
    if named not in {"", "ACTUALDAYS"}:
        raise Unreadable(f"there is no day count {rule.get('period_factor') or case.get('day_count')!r}")
    in_year = str(rule.get("day_basis") or case.get("days_in_year") or "").upper()
    in_month = _word(case.get("days_in_month"))
    if not named and (not in_year or "PERIOD" in in_year):
        return DayCount.EQUAL_PERIODS
    if not named and in_year.startswith("360") and in_month != "ACTUAL":
        return DayCount.THIRTY_360
    basis = re.match(r"360|364|365|ACTUAL", in_year)
    if basis is None or (not named and in_month == "30"):
        raise Unreadable(f"there is no day count of {in_year or None} days a year and {in_month or None} a month")
    return DayCount(f"ACTUAL_{basis[0]}")


def _annual_rate(case: Json) -> Decimal:
    """The rate of a year, as a fraction. A rate quoted for another time is taken times so many as make a year."""
    quoted = _object(case, "quoted_rate")
    if case.get("annual_rate_percent") is None and quoted:
        return _number(quoted, "value") * _choice(_PER_YEAR, quoted, "per") / 100
    return _number(case, "annual_rate_percent", ZERO) / 100


def _grace(case: Json) -> dict[str, int]:
    grace = {"principal": 0, "interest": 0}
    for name in _object(case, "grace"):
        count = _integer(_object(case, "grace"), name, 0)
        if count and name not in _GRACES:
            raise Unreadable(f"there is no grace of {name!r}, only of {', '.join(_GRACES)}")
        if count:
            grace[_GRACES[name]] = count
    return grace


def _multiple(rounding: Json, rule: Rule | None) -> Decimal | None:
    """The agreed multiple. Another lender's does not apply to its rule of equal principal; ours does."""
    multiple = _number(rounding, "installment_multiple_of", ZERO)
    return None if rule is Rule.DECLINING_PRINCIPAL else multiple or None


def _unit(rounding: Json) -> Decimal:
    digits = _integer(rounding, "digits", _DIGITS)
    if digits > _DIGITS:
        raise Unreadable(f"amounts have at most {_DIGITS} digits, not {digits}")
    multiple = _number(rounding, "currency_multiple_of", ZERO)
    if multiple < 0 or multiple % CENT:
        raise Unreadable(f"currency_multiple_of is not an amount: {rounding['currency_multiple_of']!r}")
    return multiple or Decimal(1).scaleb(-digits)


def _rounding(rounding: Json) -> str | None:
    """The rounding a case names; None for that of the terms."""
    name = _word(rounding.get("mode")).removeprefix("ROUND")
    if name and name not in _ROUNDINGS:
        raise Unreadable(f"there is no rounding {rounding.get('mode')!r}")
    return _ROUNDINGS[name] if name else None


def _missing_day(value: Any) -> MissingDay:
    name = _word(value)
    if not name or "CLAMP" in name or "LAST" in name:
        return MissingDay.CLAMP
    if "ROLL" in name or "NEXT" in name or "FIRST" in name:
        return MissingDay.ROLL
    raise Unreadable(f"missing_day is neither clamp nor roll: {value!r}")


def _charges(case: Json) -> tuple[Charge, ...]:
    """The charges on every instalment: the peers publish an overdue charge on all lines, as if all were overdue."""
    charges = case.get("charges") or []
    if not isinstance(charges, Sequence) or not all(isinstance(charge, Mapping) for charge in charges):
        raise Unreadable("charges is not a list of objects")
    return tuple(_charge(charge) for charge in charges)


def _charge(charge: Json) -> Charge:
    kind = str(charge.get("kind")).lower()
    parts = frozenset(re.split(r"\W+", str(charge.get("of") or "principal+interest")))
    if kind not in {"fee", "penalty"}:
        raise Unreadable(f"there is no charge of kind {charge.get('kind')!r}")
    if charge.get("when") not in {"each_installment", "each_overdue_installment"}:
        raise Unreadable(f"there is no charge for {charge.get('when')!r}")
    if not parts <= {"principal", "interest"}:
        raise Unreadable(f"there is no charge of {charge.get('of')!r}")
    return Charge(kind, _number(charge, "amount", ZERO), _number(charge, "percent", ZERO) / 100, parts)


def _word(value: Any) -> str:
    """A name without what people write differently: case, spaces, hyphens, underscores."""
    return re.sub(r"[\W_]", "", str(value or "")).upper()


def _choice(choices: Mapping[str, T], source: Json, name: str, default: T | None = None) -> T:
    """The choice a field names, in whatever spelling, also in the plural."""
    word = _word(source.get(name))
    if not word and default is not None:
        return default
    for candidate in (word, word.removesuffix("S")):
        if candidate in choices:
            return choices[candidate]
    raise Unreadable(f"{name} is not known: {source.get(name)!r}")


def _object(source: Json, name: str) -> Json:
    value = source.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} is not an object: {value!r}")
    return value


def _integer(source: Json, name: str, default: int | None = None) -> int:
    value = default if source.get(name) is None else source[name]
    if isinstance(value, str) and value.isdecimal() and len(value) < _LONGEST_NUMBER:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"{name} is not a whole number: {source.get(name)!r}")
    return value


def _number(source: Json, name: str, default: Decimal | None = None) -> Decimal:
    value = default if source.get(name) is None else source[name]
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or isinstance(value, bool):
        raise Unreadable(f"{name} is not a number: {source.get(name)!r}")
    return number


def _day(source: Json, name: str) -> date:
    try:
        return date.fromisoformat(source[name])
    except (KeyError, TypeError, ValueError):
        raise Unreadable(f"{name} is not a date: {source.get(name)!r}") from None
