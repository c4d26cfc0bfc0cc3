"""What everything that writes the book needs: chance, the calendar, the schemas, and a voice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from deploy.seed.bulk import Schema
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


@dataclass(frozen=True, slots=True)
class Book:
    """The book that is being written; `zone` is the institution's time zone."""

    chance: Chance
    calendar: Calendar
    zone: str
    schemas: Mapping[str, Schema]
    outboxes: Outboxes
    sums: dict[SumKey, Decimal] = field(default_factory=dict)

    def add_to_sums(self, parts: Iterable[Part]) -> None:
        """Add what a loan or a member contributes to reporting's running sums."""
        for key, amount in parts:
            self.sums[key] = self.sums.get(key, Decimal(0)) + amount

    def flush(self) -> None:
        """Copy what was collected into every schema."""
        for schema in self.schemas.values():
            schema.flush()

    def finish(self) -> None:
        """Write what is known only at the end, without committing."""
        for key, amount in self.sums.items():
            if amount:
                self.schemas["reporting"].add("portfolio_sums", key._asdict() | {"total": amount})
        self.outboxes.finish()
        for schema in self.schemas.values():
            schema.finish()
