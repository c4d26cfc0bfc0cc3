"""One private platform for all journeys: every process real, two gateways, two workers of payments."""

from collections.abc import Iterator

import pytest

from deploy.local.platform import Platform, temporary_platform
from shared.tests.collector import Collector
from tests.client import Person, sign_in
from tests.institution import Team, new_team

# One hash then costs 1 ms, not 240; bench measures logins at full cost.
CHEAP_HASHES = {"IDENTITY_BCRYPT_COST": "4"}
# A service takes its time to start again on a machine that runs everything else at once.
PATIENCE = {"GATEWAY_AWAY_SECONDS": "30"}
# It is off in an institution until it decides otherwise.
REVERSALS = {"PAYMENTS_ALLOW_REPAYMENT_REVERSAL": "true"}

# Those whose id ends in a small number, as who looks for one chooses it.
FEW_TRACES = {"TRACE_RATIO": "0.001"}


@pytest.fixture(scope="package")
def traces() -> Iterator[Collector]:
    """Where the platform sends its traces. They are off in all other tests, and wherever nobody turns them on."""
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="package")
def platform(broker_url: str, traces: Collector) -> Iterator[Platform]:
    environment = CHEAP_HASHES | PATIENCE | REVERSALS | {"OTLP_ENDPOINT": traces.url} | FEW_TRACES
    with temporary_platform(gateways=2, workers={"payments": 2}, environment=environment) as platform:
        yield platform


@pytest.fixture(scope="package")
def admin(platform: Platform) -> Person:
    return sign_in(platform.url, platform.credentials.email, platform.credentials.password)


@pytest.fixture
def team(admin: Person) -> Team:
    return new_team(admin)


@pytest.fixture
def other_team(admin: Person) -> Team:
    return new_team(admin)
