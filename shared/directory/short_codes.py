"""Short forms of the names of unions."""

import re

_SHORTEST = 3


def short_code(name: str) -> str:
    """A short form of the name, for where there is little room; two unions may have the same.

    The initials of its name: `Market Women of Bodija` is `MWOB`; of a single word the beginning: `Bodija` is `BOD`.
    """
    words = re.findall(r"\w+", name.upper())
    return "".join(word[0] for word in words) if len(words) > 1 else "".join(words)[:_SHORTEST]
