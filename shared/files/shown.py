"""Values as people read them on a page."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from shared.files.columns import Kind
from shared.money import in_naira


def shown(kind: Kind, zone: tzinfo) -> Callable[[Any], str]:
    """What writes a value of this kind under a heading with its unit: `50,000.00`, `11 Mar 2026`, `11 Mar 2026, 09:30`
    in the zone; nothing for None."""
    write = _writer(kind, zone)
    return lambda value: "" if value is None else write(value)


def shown_alone(kind: Kind, value: Any, zone: tzinfo) -> str:
    """A value with its unit: `₦50,000.00`, `12.50 %`."""
    text = shown(kind, zone)(value)
    if not text:
        return text
    match kind:
        case Kind.AMOUNT:
            return in_naira(value)
        case Kind.PERCENT:
            return f"{text} %"
        case _:
            return text


def _writer(kind: Kind, zone: tzinfo) -> Callable[[Any], str]:
    match kind:
        case Kind.AMOUNT | Kind.PERCENT:
            return "{:,.2f}".format
        case Kind.COUNT:
            return "{:,}".format
        case Kind.DAY:
            return lambda day: f"{day.day} {day:%b %Y}"
        case Kind.MOMENT:
            return lambda moment: _moment(moment.astimezone(zone))
        case Kind.TEXT:
            return str


def _moment(local: Any) -> str:
    return f"{local.day} {local:%b %Y, %H:%M}"
