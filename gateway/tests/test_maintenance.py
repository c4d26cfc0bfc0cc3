"""In maintenance mode nobody but admins is served, in every process, whatever happens to the bus."""

from collections.abc import Iterator

import pytest

from gateway.authority.maintenance import OPEN_PATHS
from gateway.tests.bus import Bus
from gateway.tests.client import Client
from gateway.tests.process import Gateway, Start
from gateway.tests.services import Services
from shared.context import Role
from shared.ids import new_id
from shared.testing import SigningKey, an_actor, eventually

ON = {"maintenanceMode": True, "maintenanceMessage": "Back at six."}
OFF = {"maintenanceMode": False, "maintenanceMessage": None}
# Above any version that another test has published.
_versions = iter(range(1000, 10**6))


def _say(bus: Bus, services: Services, **settings: object) -> None:
    """Identity has switched it, and would say so whenever it is asked."""
    version = next(_versions)
    services.react("/internal/settings", body={"version": version, "settings": settings})
    bus.settings(version=version, **settings)


@pytest.fixture
def admin(gateway: Gateway, signing_key: SigningKey) -> Client:
    return gateway.client.signed_in(signing_key.token(an_actor(Role.ADMIN)))


@pytest.fixture
def maintenance(gateway: Gateway, officer: Client, bus: Bus, services: Services) -> Iterator[None]:
    _say(bus, services, **ON)
    eventually(lambda: officer.get("/api/loans").status == 503)
    services.seen.clear()
    yield
    _say(bus, services, **OFF)
    eventually(lambda: officer.get("/api/loans").status == 200)


@pytest.mark.usefixtures("maintenance")
def test_officers_are_told_why_and_when_to_come_back(officer: Client, services: Services) -> None:
    answer = officer.get("/api/loans")
    assert answer.json == {
        "success": False, "message": "Back at six", "code": "MAINTENANCE", "maintenance": True,
        "requestId": answer.header("X-Request-Id"),
    }  # fmt: skip
    assert int(answer.header("Retry-After") or 0) > 0
    assert not services.seen_at("/loans")


@pytest.mark.usefixtures("maintenance")
def test_admins_are_served_also_where_no_sign_in_is_asked_for(admin: Client) -> None:
    assert admin.get("/api/loans").status == 200
    assert admin.post("/api/auth/register").status == 200


@pytest.mark.usefixtures("maintenance")
@pytest.mark.parametrize("path", ["/loans", "/auth/register", "/auth/magic-link", "/nothing", "/docs", "/test"])
def test_without_a_good_token_nothing_of_the_api_answers(client: Client, signing_key: SigningKey, path: str) -> None:
    forged = signing_key.token(an_actor(Role.CREDIT_OFFICER), role="ADMIN")[:-4] + "AAAA"
    for somebody in (client, client.signed_in(forged)):
        assert somebody.get(f"/api{path}").status == 503


@pytest.mark.usefixtures("maintenance")
@pytest.mark.parametrize(
    "path",
    [
        *(f"/api{path}" for path in sorted(OPEN_PATHS)),
        *("//health", "/health", "//ping", "/api/auth/me/", "/api/settings/public/"),
        *(f"{prefix}/uploads/identity/1.png" for prefix in ("", "/", "/api")),
    ],
)
def test_what_stays_open_stays_open(officer: Client, path: str) -> None:
    assert officer.get(path).status == 200


def test_a_switch_made_through_a_process_holds_at_its_very_next_request(
    officer: Client, admin: Client, bus: Bus, services: Services
) -> None:
    # The bus keeps silent about it, so identity is asked.
    version = next(_versions)
    services.react("/internal/settings", body={"version": version, "settings": ON})
    events = f"identity.settings.updated.v1={new_id()}"
    services.react("/settings/general", headers={"X-Events": events}, body={"success": True})
    assert admin.post("/api/settings/general", {"maintenanceMode": True}).status == 200
    eventually(lambda: officer.get("/api/loans").status == 503, seconds=1.0)
    _say(bus, services, **OFF)
    eventually(lambda: officer.get("/api/loans").status == 200)


def test_a_process_that_has_just_started_knows_and_one_without_a_bus_asks(
    lonely_gateway: Gateway, signing_key: SigningKey, services: Services
) -> None:
    officer = lonely_gateway.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))
    services.react("/internal/settings", body={"version": next(_versions), "settings": ON})
    eventually(lambda: officer.get("/api/loans").status == 503, seconds=2.0)
    services.react("/internal/settings", body={"version": next(_versions), "settings": OFF})
    eventually(lambda: officer.get("/api/loans").status == 200, seconds=2.0)


def test_the_mode_survives_a_restart_of_the_gateway(
    start_gateway: Start, broker_url: str, bus: Bus, services: Services, signing_key: SigningKey
) -> None:
    services.react("/internal/settings", body={"version": next(_versions), "settings": ON})
    gateway = start_gateway(broker_url)
    gateway.wait_until_ready()
    officer = gateway.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))
    assert officer.get("/api/loans").status == 503
    gateway.ask_to_stop()
