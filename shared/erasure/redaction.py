"""What is taken out of a JSON value of the past about a person who is to be forgotten; ids, amounts and days stay."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

ERASED = "Erased"
# The entry that says why somebody was erased, and is what stays of it.
ERASURE = "UNION_MEMBER_ERASED"
_SNAKE = re.compile(r"(?<!^)(?=[A-Z])")


def _in_both_spellings(blanks: dict[str, Any]) -> dict[str, Any]:
    """By the names on the wire, and by those in events."""
    return blanks | {_SNAKE.sub("_", name).lower(): blank for name, blank in blanks.items()}


# What an object that is a member says of the person.
_OF_A_MEMBER = _in_both_spellings(
    {"firstName": ERASED, "lastName": ERASED}
    | dict.fromkeys(
        (
            "email", "phone", "address", "dateOfBirth", "gender", "maritalStatus", "profession", "company", "city",
            "state", "country", "zipCode", "note", "profileImage",
        )
    )
)  # fmt: skip
# What stands beside the code or id of a member in an object about something else, such as a receipt.
_NAMES_A_MEMBER = ("memberCode", "memberId", "unionMemberId")
_BESIDE = {"memberName": ERASED, "memberPhone": None}
# What people wrote, or looked for, wherever it stands in what is about the member.
_WRITTEN = _in_both_spellings(
    dict.fromkeys(
        (
            "notes", "note", "description", "decisionNotes", "verificationNotes", "waiverReason", "issuingAuthority",
            "guarantorId", "guarantorName", "search",
        )
    )
    | {"reason": ERASED, "fileName": ERASED}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A member who is to be forgotten. `things` are ids of what is theirs, such as loans; `words` what they were called
    and reached by, as far as it is known still."""

    member_id: UUID
    code: str
    things: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids by which something is about them."""
        return (str(self.member_id), *sorted(self.things))

    @property
    def patterns(self) -> list[str]:
        """For LIKE: what names them in JSON, with letters beyond ASCII written out or not."""
        escaped = (json.dumps(word, ensure_ascii=ascii_)[1:-1] for word in self.words for ascii_ in (True, False))
        return [f"%{_literal(name)}%" for name in dict.fromkeys((*self.ids, *escaped))]


def words_of(first_name: str, last_name: str, email: str | None, phone: str | None) -> list[str]:
    """What a person is called and reached by, where it says enough to be looked for in any text."""
    if (first_name, last_name) == (ERASED, ERASED):
        return []
    words = (f"{first_name} {last_name}", f"{last_name} {first_name}", email, phone)
    return [word for word in words if word and word.strip()]


def redacted(value: Any, person: Person, *, is_about: bool) -> Any:
    """The value without what says who the person is. `is_about` says that it is about something of theirs: then what
    people wrote goes as well."""
    if isinstance(value, list):
        return [redacted(one, person, is_about=is_about) for one in value]
    if isinstance(value, str):
        return without_words(value, person.words)
    if not isinstance(value, dict):
        return value
    gone: dict[str, Any] = dict(_WRITTEN) if is_about else {}
    if _is_member(value, person):
        gone |= _OF_A_MEMBER
        value = value | {name: _blanked(value[name]) for name in ("details",) if isinstance(value.get(name), dict)}
    if any(value.get(name) in (person.code, str(person.member_id)) for name in _NAMES_A_MEMBER):
        gone |= _BESIDE
    return {
        name: gone[name] if one is not None and name in gone else redacted(one, person, is_about=is_about)
        for name, one in value.items()
    }


def _is_member(value: dict[str, Any], person: Person) -> bool:
    member_id = str(person.member_id)
    return value.get("id") in (member_id, person.code) or (
        value.get("member_id") == member_id and "first_name" in value
    )


def _blanked(details: dict[str, Any]) -> dict[str, Any]:
    return {name: _OF_A_MEMBER.get(name, one) for name, one in details.items()}


def without_words(text: str, words: Iterable[str]) -> str:
    """The text without these words, however they are capitalised."""
    for word in words:
        text = re.sub(re.escape(word), ERASED, text, flags=re.IGNORECASE)
    return text


def is_named(text: str, names: Iterable[str]) -> bool:
    """Whether any of these stands in a text."""
    return any(name in text for name in names)


def _literal(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
