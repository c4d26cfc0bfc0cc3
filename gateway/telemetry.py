"""What the gateway counts beside the requests themselves."""

from prometheus_client import Counter, Histogram

FOLLOWERS_WAIT = Histogram(
    "mp_gateway_followers_wait_seconds",
    "How long the answer to a write waited for those who follow it.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
FOLLOWERS_BEHIND = Counter(
    "mp_gateway_followers_behind_total", "Writes answered before this follower had applied them.", ["follower"]
)
IDENTITY_ASKED = Counter(
    "mp_gateway_identity_asked_total", "Requests for which the feed could not be trusted and identity was asked."
)
