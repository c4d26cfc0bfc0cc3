"""Who guarantees a loan: nobody says so but the documents they brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Brought(Protocol):
    """A document of a loan, and of a guarantor where it names one."""

    guarantor_id: str | None
    guarantor_name: str | None


Document = TypeVar("Document", bound=Brought)


@dataclass(frozen=True, slots=True)
class Guarantor(Generic[Document]):
    """Somebody with documents on a loan. The web client invents the id; the name is the last one given, if any."""

    id: str
    name: str
    documents: Sequence[Document]


def guarantors(documents: Sequence[Document]) -> list[Guarantor[Document]]:
    """The guarantors of a loan in the order in which they came, from its documents, newest first, each with
    `guarantor_id` and `guarantor_name`. Who was never named is "Guarantor 2" or whichever they are."""
    brought: dict[str, list[Document]] = {}
    for document in reversed(documents):
        if document.guarantor_id is not None:
            brought.setdefault(document.guarantor_id, []).insert(0, document)
    return [
        Guarantor(guarantor_id, _name(theirs) or f"Guarantor {number}", theirs)
        for number, (guarantor_id, theirs) in enumerate(brought.items(), start=1)
    ]


def _name(documents: Sequence[Brought]) -> str | None:
    return next((document.guarantor_name for document in documents if document.guarantor_name), None)
