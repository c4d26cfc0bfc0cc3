"""When money of a loan falls due, as far as it takes to remind a member of it.

Lending publishes the schedule, and payments what was paid on its lines and what charges changed of them. Each counts
versions of its own, so the order in which their events arrive does not matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.money import ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """What falls due on a day: `penalty` is a part of `total`."""

    due_on: date
    total: Decimal
    penalty: Decimal = ZERO

    def after(self, paid: Decimal) -> "Line":
        """What is left of it when so much is paid."""
        return Line(self.due_on, self.total - paid, self.penalty)


@dataclass(frozen=True, slots=True)
class LineChange:
    """What payments recorded of a line: how much is paid, and, where charges changed that, what is due."""

    sequence: int
    paid: Decimal
    is_closed: bool
    due: Line | None = None


@dataclass(frozen=True, slots=True)
class LineState:
    """The newest of what payments recorded of a line; the versions are those of the account."""

    version: int
    paid: Decimal
    is_closed: bool
    due_version: int = 0
    due: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dues:
    """All of it for one loan. `paid` is about the schedule of version `paid_version`."""

    loan_id: UUID
    version: int = 0
    loan_number: str | None = None
    member_id: UUID | None = None
    union_id: UUID | None = None
    is_served: bool = False
    schedule_version: int = 0
    lines: Mapping[int, Line] = field(default_factory=dict)
    paid_version: int = 0
    paid: Mapping[int, LineState] = field(default_factory=dict)
    reminded_until: date | None = None

    def with_loan(self, *, version: int, loan_number: str, member_id: UUID, union_id: UUID, is_served: bool) -> "Dues":
        """After an event of lending about the loan."""
        if version <= self.version:
            return self
        return replace(
            self,
            version=version,
            loan_number=loan_number,
            member_id=member_id,
            union_id=union_id,
            is_served=is_served,
        )

    def with_schedule(self, version: int, lines: Mapping[int, Line]) -> "Dues":
        """After lending published a schedule, none of which anybody was reminded of yet."""
        if version <= self.schedule_version:
            return self
        return replace(self, schedule_version=version, lines=lines, reminded_until=None)

    def with_schedule_anew(self, version: int, lines: Mapping[int, Line]) -> "Dues":
        """After lending published anew the schedule it has, be its version lower; what anybody was reminded of counts
        for the very lines only."""
        if dict(self.lines) == dict(lines):
            return replace(self, schedule_version=version)
        return replace(self, schedule_version=version, lines=lines, reminded_until=None)

    def with_account_anew(self, *, version: int, schedule_version: int, lines: Iterable[LineChange]) -> "Dues":
        """After payments published anew how all lines stand; what it had recorded beside is void."""
        paid = {change.sequence: _newer(None, version, change) for change in lines}
        return replace(self, paid_version=schedule_version, paid=paid)

    def with_account(self, *, version: int, schedule_version: int, lines: Iterable[LineChange]) -> "Dues":
        """After payments recorded something of some lines; what it recorded of an older schedule is void."""
        if schedule_version < self.paid_version:
            return self
        paid = dict(self.paid) if schedule_version == self.paid_version else {}
        for change in lines:
            paid[change.sequence] = _newer(paid.get(change.sequence), version, change)
        return replace(self, paid_version=schedule_version, paid=paid)

    def reminded(self, until: date) -> "Dues":
        """After the member was reminded of all that falls due until then."""
        return replace(self, reminded_until=max(until, self.reminded_until or until))

    @property
    def owed(self) -> list[Line]:
        """What is still to be paid on each open line, the earliest first."""
        if not self.is_served or self.paid_version > self.schedule_version:
            return []
        states = self.paid if self.paid_version == self.schedule_version else {}
        dues = {**self.lines, **{sequence: state.due for sequence, state in states.items() if state.due}}
        open_lines = [
            line.after(states[sequence].paid) if sequence in states else line
            for sequence, line in dues.items()
            if sequence not in states or not states[sequence].is_closed
        ]
        return sorted((line for line in open_lines if line.total > 0), key=lambda line: line.due_on)

    @property
    def next_due_on(self) -> date | None:
        """The first day something is due that the member was not reminded of."""
        days = (line.due_on for line in self.owed)
        return next((day for day in days if self.reminded_until is None or day > self.reminded_until), None)

    def to_be_reminded_of(self, *, today: date, until: date) -> list[Line]:
        """What falls due from today to `until` and the member was not reminded of, summed up by day."""
        after = self.reminded_until or date.min
        sums: dict[date, Line] = {}
        for line in self.owed:
            if today <= line.due_on <= until and line.due_on > after:
                sofar = sums.get(line.due_on, Line(line.due_on, ZERO))
                sums[line.due_on] = Line(line.due_on, sofar.total + line.total, sofar.penalty + line.penalty)
        return list(sums.values())


def _newer(before: LineState | None, version: int, change: LineChange) -> LineState:
    state = before or LineState(0, ZERO, is_closed=False)
    if version > state.version:
        state = replace(state, version=version, paid=change.paid, is_closed=change.is_closed)
    if change.due and version > state.due_version:
        state = replace(state, due_version=version, due=change.due)
    return state
