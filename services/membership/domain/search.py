"""What a record is found by."""


def searchable(*parts: str | None) -> str:
    """The parts somebody may search for on one line, in lower case; a search for `Ada 0803` looks for both in it."""
    return " ".join(part for part in parts if part).lower()
