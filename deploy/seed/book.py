"""What everything that writes the book needs: chance, the calendar, the schemas, and a voice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from deploy.seed.bulk import Packed, Schema
from deploy.seed.chance import Calendar, Chance
from deploy.seed.outboxes import Outboxes
from services.reporting.domain.sums import Part, SumKey

# The tables of each service that the seed fills, in the order their foreign keys ask for.
TABLES = {
    "identity": ("user_account", "directory_union", "directory_member", "loan_of_member"),
    "membership": ("directory_staff", "unions", "members", "member_loans"),
    "lending": (
        "directory_staff", "directory_union", "directory_member", "loan_types", "loans", "instalments",
        "loan_repayments",
    ),
    "payments": (
        "directory_staff", "directory_union", "directory_member", "loan_types", "loan_accounts", "instalments",
        "loan_schedules", "repayments", "allocations",
    ),
    "reporting": (
        "directory_staff", "directory_union", "directory_member", "loan_types", "union_officers", "portfolio_loans",
        "portfolio_members", "repayments", "loan_states", "loan_schedules", "portfolio_sums", "audit_entries",
        "audit_links",
    ),
    "notifications": ("directory_staff", "directory_union", "directory_member", "loan_type_name"),
}  # fmt: skip


Sums = dict[SumKey, Decimal]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the book, ready to be written: by service what its tables get, and what it adds to reporting's sums."""

    packed: Mapping[str, Packed]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Book:
    """The book that is being written; `zone` is the institution's time zone."""

    chance: Chance
    calendar: Calendar
    zone: str
    schemas: Mapping[str, Schema]
    outboxes: Outboxes
    sums: Sums = field(default_factory=dict)

    def for_page(self, number: int) -> "Book":
        """This book as the page of that number is written on: by a chance of its own, whoever writes it and when."""
        chance = Chance(f"{self.chance.number}/{number}")
        return replace(self, chance=chance, outboxes=self.outboxes.with_chance(chance), sums={})

    def add_to_sums(self, parts: Iterable[Part]) -> None:
        """Add what a loan or a member contributes to reporting's running sums."""
        for key, amount in parts:
            self.sums[key] = self.sums.get(key, Decimal(0)) + amount

    def page(self) -> Page:
        """Take out what was collected."""
        return Page({service: schema.pack() for service, schema in self.schemas.items()}, self.sums)

    def write(self, page: Page) -> None:
        """Copy a page into every schema."""
        for service, packed in page.packed.items():
            self.schemas[service].write(packed)
        self.add_to_sums(page.sums.items())

    def wait(self) -> None:
        """Return when all that was written so far is copied."""
        for schema in self.schemas.values():
            schema.wait()

    def finish(self) -> None:
        """Write what is known only at the end, without committing."""
        for key, amount in self.sums.items():
            if amount:
                self.schemas["reporting"].add("portfolio_sums", key._asdict() | {"total": amount})
        self.outboxes.finish()
        for schema in self.schemas.values():
            schema.finish()
