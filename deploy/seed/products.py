"""The loan types of the book."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from deploy.seed.book import Book
from deploy.seed.outboxes import done_by
from services.lending.domain.conditions import NO_CHARGES
from services.lending.domain.terms import Interest, TermUnit
from services.lending.events import LoanTypeCreated
from services.lending.models import LoanType
from services.lending.shapes.conditions import USUAL_OVERRIDES
from services.lending.shapes.loan_types import LoanTypeScalars
from shared.audit import Entry as Deed


@dataclass(frozen=True, slots=True)
class Product:
    """A loan type and what is usually taken of it: amounts from, to, in steps; terms; yearly rates as fractions."""

    name: str
    term_unit: TermUnit
    amounts: tuple[int, int, int]
    terms: tuple[int, ...]
    rates: tuple[Decimal, ...]


NO_INTEREST = Decimal("0.00")
PRODUCTS = (
    Product("Market week", TermUnit.WEEK, (20_000, 200_000, 5_000), (12, 16, 24), (NO_INTEREST,)),
    Product("Workshop month", TermUnit.MONTH, (50_000, 1_000_000, 10_000), (6, 9, 12), (NO_INTEREST, Decimal("0.24"))),
    Product("Daily stall", TermUnit.DAY, (10_000, 60_000, 1_000), (20, 30), (NO_INTEREST,)),
)


@dataclass(frozen=True, slots=True)
class SeededProduct:
    """A product with the id of its loan type."""

    id: UUID
    product: Product


def offer_products(book: Book) -> list[SeededProduct]:
    """Write the loan types."""
    return [SeededProduct(_offer(book, product), product) for product in PRODUCTS]


def _offer(book: Book, product: Product) -> UUID:
    at = book.calendar.moment(0)
    smallest, largest, _ = product.amounts
    loan_type = LoanType(
        id=book.chance.identifier(at),
        name=product.name,
        description=f"Repaid every {product.term_unit.lower()}",
        min_amount=Decimal(smallest),
        max_amount=Decimal(largest),
        term_unit=product.term_unit,
        min_term=1,
        max_term=max(product.terms) * 2,
        allowed_overrides=list(USUAL_OVERRIDES),
        is_active=True,
        created_at=at,
        updated_at=at,
        version=1,
        interest=Interest(),
        charges=NO_CHARGES,
    )
    book.schemas["lending"].add_object("loan_types", loan_type)
    book.outboxes.add("lending", LoanTypeCreated.of(loan_type), done_by(None), at)
    deed = Deed("LOAN_TYPE_CREATED", "LoanType", loan_type.id, None, LoanTypeScalars.of(loan_type), {})
    book.outboxes.audit("lending", deed, done_by(None), at)
    named = {"loan_type_id": loan_type.id, "name": loan_type.name, "version": loan_type.version}
    book.schemas["notifications"].add("loan_type_name", named)
    shown = {"id": loan_type.id, "name": loan_type.name, "is_deleted": False, "version": loan_type.version}
    book.schemas["reporting"].add("loan_types", shown)
    # Payments knows a loan type by the same columns.
    book.schemas["payments"].add_object("loan_types", loan_type)
    return loan_type.id
