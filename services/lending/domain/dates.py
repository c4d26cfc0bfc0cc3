"""The days a loan is due. Months count from the anchor, so the 31st never drifts."""

from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo

from services.lending.domain.conventions import MissingDay
from services.lending.domain.terms import InvalidTerms, Terms, TermUnit


def due_dates(terms: Terms, base_day: date, missing_day: MissingDay = MissingDay.CLAMP) -> tuple[date, ...]:
    """The days the instalments are due, each counted from the anchor and never from the one before.

    The anchor is `base_day`, or the agreed first due date, which is then the first of them. A month step lands on the
    same day of the month, or on the last one of a shorter month: 31 January, 28 February, 31 March. Raises InvalidTerms
    when the first one is not after the base day, or the last one lies beyond the calendar.
    """
    anchor, first = (base_day, 1) if terms.first_due_on is None else (terms.first_due_on, 0)
    if not first and anchor <= base_day:
        raise InvalidTerms(f"The first instalment must be due after {base_day}.", field="first_due_on")
    every, unit = terms.interest.repay_every, terms.term_unit
    try:
        return tuple(later(anchor, step * every, unit, missing_day) for step in range(first, first + terms.term_count))
    except OverflowError:
        message = f"The last instalment would be due after the year {MAXYEAR}."
        raise InvalidTerms(message, field="start_on" if first else "first_due_on") from None


def regular_first_day(terms: Terms, base_day: date, missing_day: MissingDay) -> date:
    """The day instalment 1 would be due had nobody agreed on another. Raises InvalidTerms beyond the calendar."""
    try:
        return later(base_day, terms.interest.repay_every, terms.term_unit, missing_day)
    except OverflowError:
        raise InvalidTerms(f"A whole period would end after the year {MAXYEAR}.", field="start_on") from None


def later(day: date, count: int, unit: TermUnit, missing_day: MissingDay = MissingDay.CLAMP) -> date:
    """The day `count` units after this one. Raises OverflowError beyond the calendar."""
    match unit:
        case TermUnit.DAY:
            return day + timedelta(days=count)
        case TermUnit.WEEK:
            return day + timedelta(weeks=count)
        case TermUnit.MONTH:
            return _months_later(day, count, missing_day)


def _months_later(day: date, count: int, missing_day: MissingDay) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    if year > MAXYEAR:
        raise OverflowError("date value out of range")
    last = monthrange(year, month)[1]
    if day.day > last and missing_day is MissingDay.ROLL:
        return date(year, month, last) + timedelta(days=1)
    return date(year, month, min(day.day, last))


def base_day(instant: datetime, zone: tzinfo) -> date:
    """The calendar day of an instant in the company's zone.

    Midnight UTC is how a bare day travels, and means that very day, also where it is still the day before.
    """
    instant = instant.astimezone(UTC)
    return instant.date() if instant.time() == time() else instant.astimezone(zone).date()
