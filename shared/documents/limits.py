"""How many documents a record may have."""

from shared.errors import Conflict

# So that what is shown with a record stays short; far more than any has.
MAX_DOCUMENTS = 200


class TooManyDocuments(Conflict):
    """The record has as many documents as it may have."""


def check_room(documents: int) -> None:
    """Accept another document beside so many. Raises TooManyDocuments."""
    if documents >= MAX_DOCUMENTS:
        raise TooManyDocuments(f"There are already {MAX_DOCUMENTS} documents here. Please delete one first.")
