"""References by which a payment that was sent twice is known again."""

import re

_MADE_BY_THE_WEB_CLIENT = re.compile(r"PAY-[0-9]{13}-[A-Za-z0-9]+")


def is_made_by_client(reference: str | None) -> bool:
    """Whether the web client made this reference, as it does once per payment: on the same loan it never comes twice
    but for a request that is repeated. What people type as a reference promises nothing of the kind."""
    return reference is not None and _MADE_BY_THE_WEB_CLIENT.fullmatch(reference) is not None
