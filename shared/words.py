"""Names, values and amounts as people read them, on paper, in files and in sentences."""

_ABBREVIATIONS = frozenset({"POS", "USSD"})


def full_name(first_name: str | None, last_name: str | None) -> str:
    """First and last name, as far as they are known."""
    return " ".join(name for name in (first_name, last_name) if name)


def in_words(value: str) -> str:
    """`WRITTEN_OFF` of the wire as `Written off`; abbreviations stay."""
    return value if value in _ABBREVIATIONS else value.replace("_", " ").capitalize()
