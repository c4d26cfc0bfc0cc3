"""The records of a file of the replaced system, read field by field; nothing is guessed, and no amount is rounded."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from shared.money import ZERO

_CENT, _LARGEST = Decimal("0.01"), Decimal("999999999999.99")
# Ids of the replaced system are no UUIDs; every service makes the same one of the same id, without asking another.
_IDS: Final = UUID("6f1d7a52-4f0e-5c0b-9a43-0d6f6c1f5a10")


class Unreadable(Exception):
    """A field of the file is not what it should be; the message names it."""


def id_of(value: str) -> UUID:
    """The id under which something goes on: its own if it is a UUID, else one that follows from it."""
    try:
        return UUID(value)
    except ValueError:
        return uuid5(_IDS, value)


def id_beside(existing: UUID, name: str) -> UUID:
    """The id of what goes on beside something, such as the fee of an instalment."""
    return uuid5(existing, name)


class Record:
    """A record of a section. Every reader raises Unreadable where the field is not of its kind."""

    def __init__(self, section: str, values: Mapping[str, Any], zone: str) -> None:
        self._section, self._values, self._zone = section, values, ZoneInfo(zone)
        self.id = self.ref("id")

    @property
    def is_deleted(self) -> bool:
        return self._values.get("deletedAt") is not None

    def text(self, name: str, otherwise: str | None = None) -> str:
        """The text of a field; `otherwise` where it is missing or empty."""
        found = self.maybe_text(name) or otherwise
        if found is None:
            raise self._unreadable(name, "is missing")
        return found

    def maybe_text(self, name: str) -> str | None:
        found = self._values.get(name)
        if found is None or found == "":
            return None
        if not isinstance(found, str) or "\0" in found:
            raise self._unreadable(name, "is no text")
        return found

    def ref(self, name: str) -> UUID:
        """The id in a field, as it goes on (see `id_of`)."""
        return id_of(self.text(name))

    def maybe_ref(self, name: str) -> UUID | None:
        found = self.maybe_text(name)
        return id_of(found) if found else None

    def money(self, name: str, *, is_negative_fine: bool = False) -> Decimal:
        """An amount in naira, to the kobo, written as a text or a number; zero where it is missing."""
        found = self._values.get(name)
        if found is None:
            return ZERO
        try:
            amount = Decimal(found) if isinstance(found, str | int | Decimal) else None
        except InvalidOperation:
            amount = None
        if amount is None or isinstance(found, bool) or not amount.is_finite() or abs(amount) > _LARGEST:
            raise self._unreadable(name, "is no amount")
        exact = amount.quantize(_CENT)
        if exact != amount or (exact < 0 and not is_negative_fine):
            raise self._unreadable(name, "is no amount of whole kobo")
        return exact

    def count(self, name: str, otherwise: int | None = None) -> int:
        """A whole number that is not negative."""
        found = self._values.get(name, otherwise)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise self._unreadable(name, "is no whole number")
        return found

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        found = self._values.get(name)
        if found is not None and not isinstance(found, bool):
            raise self._unreadable(name, "is neither true nor false")
        return otherwise if found is None else found

    def moment(self, name: str) -> datetime:
        found = self.maybe_moment(name)
        if found is None:
            raise self._unreadable(name, "is missing")
        return found

    def maybe_moment(self, name: str) -> datetime | None:
        found = self.maybe_text(name)
        try:
            moment = datetime.fromisoformat(found) if found else None
        except ValueError as error:
            raise self._unreadable(name, "is no moment") from error
        if moment is not None and moment.tzinfo is None:
            raise self._unreadable(name, "is no moment in UTC")
        return moment

    def day(self, name: str) -> date:
        """The calendar day of a moment in the institution's time zone."""
        return self.day_of(self.moment(name))

    def maybe_day(self, name: str) -> date | None:
        found = self.maybe_moment(name)
        return self.day_of(found) if found else None

    def day_of(self, moment: datetime) -> date:
        """The day of a moment there; midnight UTC sharp is how a bare day was written, and means that day anywhere."""
        in_utc = moment.astimezone(UTC)
        return in_utc.date() if in_utc.time() == time() else moment.astimezone(self._zone).date()

    def choice(self, name: str, choices: Mapping[str, str]) -> str:
        """One of these words, as this platform says it."""
        found = self.text(name)
        if found not in choices:
            raise self._unreadable(name, f"is none of {', '.join(sorted(choices))}")
        return choices[found]

    def _unreadable(self, name: str, what: str) -> Unreadable:
        return Unreadable(f"{self._section} {self._values.get('id')!r}: {name} {what}.")
