"""Rules about the types of documents."""

import re
from collections.abc import Collection
from itertools import count

from shared.errors import RuleViolated

MAX_CODE_LENGTH = 8
# What a document is when whoever sent it did not say.
UNSPECIFIED = "Other"


class NameRequired(RuleViolated):
    """A document type without a name."""


def document_type_code(name: str, taken: Collection[str]) -> str:
    """Letters and digits of the name in capitals, at most eight, with a number behind where that is taken:
    `National ID` is `NATIONAL`, the next one `NATIONAL01`."""
    code = re.sub(r"[^A-Z0-9]", "", name.upper())[:MAX_CODE_LENGTH] or "TYPE"
    numbered = (f"{code}{number:02d}" for number in count(1))
    return code if code not in taken else next(candidate for candidate in numbered if candidate not in taken)
