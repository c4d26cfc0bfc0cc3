"""What stands in the way of a deletion, as the web client asks before it deletes.

The service that owns what would be deleted answers, by the very rule that its deletion goes by.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared import shapes
from shared.errors import Conflict
from shared.wording import said


class Kind(StrEnum):
    """What can depend on something."""

    UNIONS = "unions"
    MEMBERS = "members"
    LOANS = "loans"
    SUPERVISED_USERS = "supervisedUsers"


@dataclass(frozen=True, slots=True)
class Dependency:
    """So many of a kind that stand in the way, in words, and what can be done about them."""

    kind: Kind
    count: int
    message: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something can be deleted: where it cannot, `message` is what the deletion itself would answer."""

    can_delete: bool
    message: str
    items: Sequence[Dependency] = field(default_factory=tuple)


def verdict(check: Callable[[], None], *dependencies: Dependency) -> Verdict:
    """What a deletion that goes by `check`, which raises a Conflict where it may not be, would come to. Of the
    dependencies those are left out of which there are none."""
    items = tuple(each for each in dependencies if each.count)
    try:
        check()
    except Conflict as refusal:
        return Verdict(can_delete=False, message=said(refusal.message), items=items)
    return Verdict(can_delete=True, message="Nothing depends on it; it can be deleted", items=items)


def _count_of(kind: Kind) -> Callable[[Sequence[Dependency]], int]:
    def count(items: Sequence[Dependency]) -> int:
        return sum(each.count for each in items if each.kind is kind)

    return count


class DependencyCounts(shapes.Shape):
    """How many of each kind stand in the way."""

    unions = shapes.count(of=_count_of(Kind.UNIONS), description="Unions that are managed.")
    members = shapes.count(of=_count_of(Kind.MEMBERS), description="Members who are in the union.")
    loans = shapes.count(of=_count_of(Kind.LOANS), description="Loans that keep it.")
    supervisedUsers = shapes.count(of=_count_of(Kind.SUPERVISED_USERS), description="Staff who are supervised.")


class DependencyItem(shapes.Shape):
    type = shapes.choice(Kind, of="kind", description="What is counted, by its name in `dependencies`.")
    count = shapes.count(description="How many there are: at least one.")
    message = shapes.text(description="In words.")


class Dependencies(shapes.Shape):
    """What depends on something, and whether it can be deleted."""

    canDelete = shapes.flag(description="Whether deleting it now would be accepted.")
    message = shapes.text(description="Why not, in the words of the refusal.")
    dependencies = shapes.nested(
        DependencyCounts, of=lambda row: row, description="How much of each kind stands in the way."
    )
    items = shapes.listed(DependencyItem, description="What stands in the way, one line for each kind.")
    suggestions = shapes.listed(
        shapes.text(), of=lambda items: [each.suggestion for each in items], description="What to do about each item."
    )
