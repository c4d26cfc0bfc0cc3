"""What of a file of the replaced system has a place here, and what has none: who and what refers to whom.

Every service that makes rows of the file reads it by these rules, so that all agree on what is taken without a word
between them. A service gets the sections it needs (see `services/reporting/steps/replaced_files.py`).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from shared.money import ZERO
from shared.takeover.leftovers import Leftover
from shared.takeover.records import Record

STATUSES = {
    status: status
    for status in (
        "DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE", "COMPLETED", "DEFAULTED", "WRITTEN_OFF", "CANCELED"
    )
}  # fmt: skip
METHODS = {method: method for method in ("CASH", "TRANSFER", "POS", "MOBILE", "USSD", "OTHER")}
_SERVED = frozenset({"APPROVED", "ACTIVE", "DEFAULTED", "COMPLETED"})
_LOAN_NUMBER = re.compile(r"LN\d{8,}")
_UNPAYABLE = frozenset({"DRAFT", "PENDING_APPROVAL", "CANCELED"})


@dataclass(frozen=True, slots=True)
class PlacedUnion:
    record: Record
    officer_id: UUID


@dataclass(frozen=True, slots=True)
class PlacedMember:
    record: Record
    union_id: UUID
    officer_id: UUID


@dataclass(frozen=True, slots=True)
class PlacedLoan:
    """A loan with its schedule and its money. `repayments` are those that count, in the order they came; `taken_back`
    those that were deleted. `status` is what the money makes of the one in the file."""

    record: Record
    member: PlacedMember
    instalments: Sequence[Record]
    repayments: Sequence[Record]
    taken_back: Sequence[tuple[Record, datetime]]
    status: str

    @property
    def due(self) -> Decimal:
        """What the schedule asks for in all."""
        return sum((_due(line) for line in self.instalments), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((one.money("amount") for one in self.repayments), ZERO)

    @property
    def last_paid_at(self) -> datetime | None:
        return max((one.moment("paidAt") for one in self.repayments), default=None)


class Book:
    """The sections of a file. `findings` count, by section and reason, what is left out or becomes something else."""

    def __init__(self, sections: Mapping[str, Sequence[Mapping[str, Any]]], zone: str) -> None:
        self._sections, self._zone = sections, zone
        self.findings: Counter[tuple[str, str]] = Counter()

    def records(self, section: str) -> Iterator[Record]:
        """All records of a section; none where the file lacks it."""
        for values in self._sections.get(section, ()):
            yield Record(section, values, self._zone)

    def values(self, section: str) -> Sequence[Mapping[str, Any]]:
        """The records of a section as they are in the file."""
        return self._sections.get(section, ())

    def find(self, section: str, reason: str) -> None:
        """Count something that has no place, or not as it is."""
        self.findings[section, reason] += 1

    def having(self, section: str, is_placed: Callable[[Record], bool], reason: str) -> Iterator[Record]:
        """The records that meet a condition; the others are counted under the reason."""
        for record in self.records(section):
            if is_placed(record):
                yield record
            else:
                self.find(section, reason)

    @cached_property
    def user_ids(self) -> frozenset[UUID]:
        return frozenset(record.id for record in self.records("users"))

    @cached_property
    def loan_type_ids(self) -> frozenset[UUID]:
        return frozenset(record.id for record in self.records("loanTypes"))

    @cached_property
    def unions(self) -> dict[UUID, PlacedUnion]:
        placed = self.having(
            "unions", lambda one: one.ref("creditOfficerId") in self.user_ids, "their officer is not in the file"
        )
        return {record.id: PlacedUnion(record, record.ref("creditOfficerId")) for record in placed}

    @cached_property
    def members(self) -> dict[UUID, PlacedMember]:
        placed = self.having(
            "unionMembers", lambda one: one.ref("unionId") in self.unions, "their union is not in the file"
        )
        return {
            record.id: PlacedMember(record, record.ref("unionId"), self.unions[record.ref("unionId")].officer_id)
            for record in placed
        }

    @cached_property
    def loans(self) -> dict[UUID, PlacedLoan]:
        placed = list(self._loans_with_people())
        ids = {record.id for record in placed}
        schedules = self._schedules(ids)
        repayments = self._repayments(ids, schedules.keys())
        return {record.id: self._placed(record, schedules[record.id], repayments[record.id]) for record in placed}

    def _loans_with_people(self) -> Iterator[Record]:
        for record in self.having(
            "loans", lambda one: one.ref("unionMemberId") in self.members, "their member is not in the file"
        ):
            if record.ref("createdByUserId") not in self.user_ids:
                self.find("loans", "who made them is not in the file")
            elif not _LOAN_NUMBER.fullmatch(record.text("loanNumber")):
                self.find("loans", "their number is not of the form LN00000001")
            else:
                yield record

    def _schedules(self, loan_ids: set[UUID]) -> defaultdict[UUID, list[Record]]:
        found: defaultdict[UUID, list[Record]] = defaultdict(list)
        section = "repaymentScheduleItems"
        for record in self.having(section, lambda one: one.ref("loanId") in loan_ids, "their loan is not in the file"):
            if not record.is_deleted:
                found[record.ref("loanId")].append(record)
        for lines in found.values():
            lines.sort(key=lambda one: one.count("sequence"))
        return found

    def _repayments(self, loan_ids: set[UUID], scheduled: Any) -> defaultdict[UUID, list[Record]]:
        found: defaultdict[UUID, list[Record]] = defaultdict(list)
        for record in self.having(
            "repayments", lambda one: one.ref("loanId") in loan_ids, "their loan is not in the file"
        ):
            if record.ref("receivedByUserId") not in self.user_ids:
                self.find("repayments", "who received them is not in the file")
            elif record.ref("loanId") not in scheduled:
                self.find("repayments", "their loan has no schedule")
            elif not record.money("amount"):
                self.find("repayments", "their amount is zero")
            else:
                found[record.ref("loanId")].append(record)
        for repayments in found.values():
            repayments.sort(key=lambda one: (one.moment("createdAt"), one.id))
        return found

    def _placed(self, loan: Record, instalments: Sequence[Record], repayments: Sequence[Record]) -> PlacedLoan:
        loan_deleted_at, taken_back, live = loan.maybe_moment("deletedAt"), [], []
        status = loan.choice("status", STATUSES)
        for one in repayments:
            deleted_at = one.maybe_moment("deletedAt") or loan_deleted_at
            if not deleted_at and status in _UNPAYABLE:
                self.find("repayments", "their loan is not running: they are taken back")
                deleted_at = loan.moment("updatedAt")
            taken_back += [(one, deleted_at)] if deleted_at else []
            live += [] if deleted_at else [one]
        member = self.members[loan.ref("unionMemberId")]
        placed = PlacedLoan(loan, member, instalments, live, taken_back, status)
        return PlacedLoan(loan, member, instalments, live, taken_back, self._status(placed))

    def _status(self, loan: PlacedLoan) -> str:
        """The status that money makes of the one in the file, as it does of any loan here."""
        if loan.status not in _SERVED or not loan.instalments or loan.record.is_deleted:
            return loan.status
        if loan.status == "COMPLETED" and loan.paid < loan.due:
            self.find("loans", "they are completed though money is owed on them: they run again")
            return "ACTIVE"
        if loan.paid and loan.paid >= loan.due:
            if loan.paid > loan.due:
                self.find("loans", "more was paid on them than was owed: the surplus stays as a fee")
            return "COMPLETED"
        return "ACTIVE" if loan.paid and loan.status == "APPROVED" else loan.status

    def leftovers(self, sections: Sequence[str]) -> list[Leftover]:
        """What was found in these sections, by section and reason."""
        found = sorted((key, number) for key, number in self.findings.items() if key[0] in sections)
        return [Leftover(number, section, reason) for (section, reason), number in found]


def _due(line: Record) -> Decimal:
    return line.money("principalDue") + line.money("interestDue") + line.money("feeDue")
