"""Identifiers that sort by the time they were made, so that new rows land at the end of an index."""

import os
import time
from uuid import UUID

_RANDOM_BITS = 74


def new_id() -> UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    randomness = int.from_bytes(os.urandom(10), "big") & ((1 << _RANDOM_BITS) - 1)
    high, low = randomness >> 62, randomness & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


def age_seconds(identifier: UUID) -> float:
    """How long ago a version 7 UUID was made, in seconds; negative when the maker's clock is ahead."""
    return time.time() - (identifier.int >> 80) / 1000
