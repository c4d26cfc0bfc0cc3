"""How often something may be tried, and how long one waits after that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Limit:
    """After `allowed` attempts `within` so much time one waits: `first_wait`, and after every further attempt twice as
    long as before, up to `longest_wait`. Who makes no attempt for `forgotten_after` begins anew."""

    allowed: int
    within: timedelta
    first_wait: timedelta
    longest_wait: timedelta
    forgotten_after: timedelta


@dataclass(frozen=True, slots=True)
class Count:
    """The attempts made so far, counted `since` the first of them, and how often they were too many."""

    attempts: int
    since: datetime
    blocks: int
    last_at: datetime
    blocked_until: datetime | None

    def seconds_to_wait(self, now: datetime) -> int:
        """How long until the next attempt is judged at all; 0 when it would be judged now."""
        left = (self.blocked_until - now).total_seconds() if self.blocked_until else 0.0
        return max(0, -int(-left // 1))


def counted(count: Count, limit: Limit, now: datetime) -> Count:
    """The count after one more attempt. Those of a window gone by are forgotten, unless they were too many: then the
    next one is too, until none was made for long enough."""
    is_over = not count.blocks and now - count.since >= limit.within
    if is_over or now - count.last_at >= limit.forgotten_after:
        count = Count(0, now, 0, now, None)
    attempts = count.attempts + 1
    if attempts < limit.allowed and not count.blocks:
        return Count(attempts, count.since, 0, now, None)
    wait = min(limit.first_wait * 2 ** min(count.blocks, 20), limit.longest_wait)
    return Count(attempts, count.since, count.blocks + 1, now, now + wait)


def network_of(address: str | None) -> str:
    """What one client calls its own: an IPv4 address, or the 64 bits of IPv6 that one customer gets whole; text that is
    no address stays as it is."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
