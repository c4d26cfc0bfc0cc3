"""The private keys of what is restored, on their way to the services: sealed with a secret that all of them have."""

from collections.abc import Sequence

from shared.restore.participant import SEALED_FOR
from shared.seals import Seal


def sealed(private_keys: Sequence[str], secret: str) -> str:
    """The keys, encrypted."""
    return Seal([secret], SEALED_FOR).seal(" ".join(private_keys))
