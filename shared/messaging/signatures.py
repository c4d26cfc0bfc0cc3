"""Signatures of events: who receives one knows that its publisher wrote it, and that it was meant for them.

Each pair of publisher and follower has a key of its own, so no follower can write in the name of a publisher. All keys
are made from one master secret, which no service has.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from shared.messaging.events import Envelope

HEADER = "x-signatures"
_TAG_BYTES = 16
_KEY_BYTES = 32


class Forged(ValueError):
    """Whoever published this event is not who it says it is."""


@dataclass(frozen=True, slots=True, repr=False)
class EventKeys:
    """What one service signs with, by follower, and what it checks with, by publisher."""

    signing: Mapping[str, bytes]
    checking: Mapping[str, bytes]
    owner: str

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote. Raises ValueError, which does not show the keys."""
        try:
            raw = orjson.loads(text)
            signing, checking = _keys(raw["signing"]), _keys(raw["checking"])
            owner = str(raw["owner"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValueError("these are no keys of events") from None
        return cls(signing, checking, owner)

    def to_text(self) -> str:
        """The keys as one line of JSON."""
        signing, checking = ({name: key.hex() for name, key in keys.items()} for keys in (self.signing, self.checking))
        return orjson.dumps({"owner": self.owner, "signing": signing, "checking": checking}).decode()

    def sign(self, body: str) -> dict[str, str]:
        """The header that shows each follower that the owner of these keys wrote `body`."""
        digest = hashlib.sha256(body.encode()).digest()
        tags = [f"{follower}={_tag(key, digest)}" for follower, key in self.signing.items()]
        return {HEADER: ";".join(tags)}

    def keep(self, source: str, body: str) -> dict[str, str]:
        """The header for an event of `source` that was checked and will come to the owner of these keys once more."""
        digest = hashlib.sha256(body.encode()).digest()
        return {HEADER: f"{self.owner}={_tag(self.checking[source], digest)}"}

    def check(self, envelope: Envelope, body: str | bytes, headers: Mapping[str, Any]) -> None:
        """Raise Forged unless the source of an event may tell this type and has signed this body for the owner."""
        if envelope.type.partition(".")[0] != envelope.source:
            raise Forged(f"{envelope.source!r} does not publish {envelope.type!r}")
        key = self.checking.get(envelope.source)
        if key is None:
            raise Forged(f"{envelope.source!r} publishes nothing for {self.owner}")
        digest = hashlib.sha256(body.encode() if isinstance(body, str) else body).digest()
        given = _tag_for(self.owner, str(headers.get(HEADER, "")))
        if not hmac.compare_digest(given.encode(errors="replace"), _tag(key, digest).encode()):
            raise Forged(f"not signed by {envelope.source!r} for {self.owner}")


def signature_of(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The signature header of a message, for a copy of it."""
    return {HEADER: headers[HEADER]} if HEADER in headers else {}


def derive_keys(master: str, owner: str, everybody: Iterable[str]) -> EventKeys:
    """The keys of one of `everybody` who publishes or follows."""
    names = sorted(everybody)
    return EventKeys(
        {follower: _pair_key(master, owner, follower) for follower in names},
        {publisher: _pair_key(master, publisher, owner) for publisher in names},
        owner,
    )


def _pair_key(master: str, publisher: str, follower: str) -> bytes:
    return hmac.digest(master.encode(), f"{publisher} to {follower}".encode(), "sha256")


def _tag(key: bytes, digest: bytes) -> str:
    # Keyed BLAKE2 is a MAC by itself (RFC 7693), and for six followers takes a quarter of the time of HMAC-SHA256.
    return hashlib.blake2s(digest, key=key, digest_size=_TAG_BYTES).hexdigest()


def _tag_for(follower: str, header: str) -> str:
    _, _, rest = f";{header}".partition(f";{follower}=")
    return rest[: 2 * _TAG_BYTES]


def _keys(raw: Mapping[str, str]) -> dict[str, bytes]:
    keys = {str(name): bytes.fromhex(key) for name, key in raw.items()}
    if any(len(key) != _KEY_BYTES for key in keys.values()):
        raise ValueError("a key is too short")
    return keys
