"""Anchors: what the end of the audit trail was at some moment, kept where the database's owner cannot write.

An anchor shows what the chain alone cannot: that its end was cut off, or that all of it was made anew by somebody who
had the key as well.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.reporting.domain.chain import ChainBroken, Key, Keys, Link


class NoAnchor(ValueError):
    """The text is not that of an anchor."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """So many entries there were at that moment, the last with this hash; `seal` vouches for it under a key."""

    at: datetime
    sequence: int
    hash: bytes
    key_id: str
    seal: bytes

    @classmethod
    def of(cls, end: Link, *, at: datetime, key: Key) -> "Anchor":
        """An anchor of the end of a chain, as it is at that moment."""
        return cls(at, end.sequence, end.hash, key.id, _seal(at, end.sequence, end.hash, key))

    @classmethod
    def from_text(cls, text: str) -> "Anchor":
        """Read what `to_text` wrote. Raises NoAnchor."""
        try:
            at, sequence, hash_, key_id, seal = text.split()
            return cls(datetime.fromisoformat(at), int(sequence), bytes.fromhex(hash_), key_id, bytes.fromhex(seal))
        except ValueError as error:
            raise NoAnchor(f"This is no anchor: {text.strip()[:80]!r}") from error

    def to_text(self) -> str:
        """One line: moment, number of entries, last hash, name of the key, seal; all but the numbers in hexadecimal."""
        at = self.at.astimezone(UTC).isoformat()
        return f"{at} {self.sequence} {self.hash.hex()} {self.key_id} {self.seal.hex()}"

    def check(self, keys: Keys) -> None:
        """Raise ChainBroken unless its seal is ours."""
        expected = _seal(self.at, self.sequence, self.hash, keys.named(self.key_id))
        if not hmac.compare_digest(self.seal, expected):
            raise ChainBroken(f"The anchor of {self.at.isoformat()} is not one that was written.")


class Anchors:
    """Anchors to hold a chain against while it is walked from its beginning."""

    def __init__(self, anchors: Iterable[Anchor], keys: Keys) -> None:
        """Raises ChainBroken when one of them is not ours."""
        self.compared = 0
        self.newest: Anchor | None = None
        self._waiting = sorted(anchors, key=lambda anchor: anchor.sequence, reverse=True)
        self._agreed = 0
        for anchor in self._waiting:
            anchor.check(keys)

    def compare(self, link: Link) -> None:
        """Hold the anchors up to this place against it. Raises ChainBroken, which says from where on all is another."""
        while self._waiting and self._waiting[-1].sequence <= link.sequence:
            anchor = self._waiting.pop()
            # What was anchored was the end of a batch, so one within a batch is of another history as well.
            if (anchor.sequence, anchor.hash) != (link.sequence, link.hash):
                raise ChainBroken(
                    f"Entry {anchor.sequence} is not the one that was anchored on {anchor.at.isoformat()}:"
                    f" entries were written anew from {self._agreed + 1} on or later.",
                    entry=self._agreed + 1,
                )
            self.compared, self.newest = self.compared + 1, anchor
        if self.newest:
            self._agreed = self.newest.sequence

    def finish(self, last: Link) -> None:
        """Raise ChainBroken when there were more entries once than there are now."""
        if self._waiting:
            anchor = self._waiting[0]
            raise ChainBroken(
                f"The trail ends with entry {last.sequence}, but had {anchor.sequence} entries"
                f" on {anchor.at.isoformat()}: its end was cut off.",
                entry=last.sequence + 1,
            )


def _seal(at: datetime, sequence: int, hash_: bytes, key: Key) -> bytes:
    text = f"anchor {at.astimezone(UTC).isoformat()} {sequence} {hash_.hex()}"
    return hmac.digest(key.secret, text.encode(), "sha256")
