"""Names on the wire as people read them on paper."""

_WORDS = {"POS": "POS", "USSD": "USSD"}


def in_words(name: str) -> str:
    """`WRITTEN_OFF` as `Written off`; abbreviations stay."""
    return _WORDS.get(name) or name.replace("_", " ").capitalize()
