"""A slip to hand over, such as a receipt, as PDF: a page of A6, or a roll of 58 mm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from shared.files.pdf import letterhead_of
from shared.files.shown import shown_alone
from shared.files.table import Fact, Letterhead
from shared.files.typesetter import breakable, pdf_of


class SlipSize(StrEnum):
    """What a slip is printed on."""

    A6 = "a6"
    ROLL = "58mm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a slip says: groups of facts, of which the labels in `strong` stand out; `mark` is printed in a box."""

    title: str
    groups: Sequence[Sequence[Fact]]
    letterhead: Letterhead
    strong: frozenset[str] = frozenset()
    mark: str = ""
    notes: Sequence[str] = ()


def slip_as_pdf(slip: Slip, size: SlipSize, zone: tzinfo) -> bytes:
    """The slip on one page; on a roll it is as long as it needs to be."""
    groups = [
        [
            [fact.label, breakable(shown_alone(fact.kind, fact.value, zone)), fact.label in slip.strong]
            for fact in group
            if fact.value is not None
        ]
        for group in slip.groups
    ]
    document = {
        "title": slip.title,
        "size": size,
        "mark": slip.mark,
        "groups": groups,
        "notes": list(slip.notes),
        **letterhead_of(slip.letterhead),
    }
    return pdf_of("slip.typ", document, logo=slip.letterhead.logo)
