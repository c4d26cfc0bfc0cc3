"""What changed, as clients hear of it, and who of them is concerned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.context import Role
from shared.messaging import changes as named

# By the beginning of an event's type, what its aggregate is to clients. What is not listed is none of their business:
# sessions, recoveries, mails.
_KINDS = {
    "lending.loan": "loan",
    "lending.reschedule": "loan",
    "lending.loan_type": "loanType",
    "payments.account": "loan",
    "payments.charge": "loan",
    "payments.repayment": "loan",
    "payments.sheet": "sheet",
    "membership.union": "union",
    "membership.member": "member",
    "membership.document_type": "documentType",
    "identity.user": "user",
    "identity.settings": "settings",
}
# Of which everybody may read what is no secret.
_FOR_EVERYBODY = frozenset({"loanType", "documentType", "settings"})
# With these somebody's scope may become another one.
_MOVES_SCOPE = ("membership.union.", "identity.user.")


class Change(NamedTuple):
    """Something changed: what kind of thing, which one, how, and in whose scope it is."""

    kind: str
    id: str
    how: str
    union_id: str | None
    people: frozenset[str]

    def dump(self) -> dict[str, str | None]:
        """Its name, as clients get it."""
        return {"kind": self.kind, "id": self.id, "how": self.how, "unionId": self.union_id}


def change_of(change: named.Change) -> Change | None:
    """A change as clients hear of it; None where they do not."""
    service, aggregate, rest = change.event_type.split(".", 2)
    kind = _KINDS.get(f"{service}.{aggregate}")
    if kind is None:
        return None
    how = f"{aggregate}.{rest.rpartition('.')[0]}"
    return Change(kind, change.aggregate_id, how, change.union_id, frozenset(change.people))


def moves_scope(change: named.Change) -> bool:
    """Whether after this somebody may see other unions than before."""
    return change.event_type.startswith(_MOVES_SCOPE)


@dataclass(slots=True)
class Scope:
    """What a person may hear of; `ask` gives the ids of their unions as they are now. An admin hears of everything.

    While it `is_stale` nobody can say, until it is asked for again.
    """

    role: Role
    user_id: str
    ask: Callable[[], Sequence[str]]
    is_stale: bool = True
    _unions: frozenset[str] = field(default_factory=frozenset)

    def refresh(self) -> bool:
        """Ask for the unions; returns whether they are others than before. Raises what `ask` raises."""
        before = self._unions
        # Before asking: what moves it meanwhile makes it stale once more.
        self.is_stale = False
        try:
            self._unions = frozenset() if self.role is Role.ADMIN else frozenset(self.ask())
        except BaseException:
            self.is_stale = True
            raise
        return self._unions != before

    def has(self, change: Change) -> bool:
        """Whether the person may hear of a change."""
        if self.role is Role.ADMIN or change.kind in _FOR_EVERYBODY:
            return True
        if change.union_id is not None:
            return change.union_id in self._unions
        return self.user_id in change.people
