"""However a request is spelt, it is judged, counted, capped and forwarded alike."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from gateway.routes import PUBLIC_PATHS, ROUTES
from gateway.tests.client import Client
from gateway.tests.conftest import Start
from gateway.tests.process import Gateway
from gateway.tests.services import Seen, Services
from shared.context import Role
from shared.testing import SigningKey, an_actor

REQUESTS, EXPORTS, UPLOADS = "10000", "20000", "30000"
FORM = "multipart/form-data; boundary=X"
FORMS = ("Multipart/Form-Data; boundary=X", "MULTIPART/FORM-DATA; boundary=X", " multipart/form-data ;boundary=X")
# One of each kind, and whatever is named anywhere.
PATHS = sorted(
    {f"/{prefix.replace('*', '7').rstrip('/')}" for prefix in ROUTES}
    | PUBLIC_PATHS
    | {"/users/export", "/unions/export/csv", "/customers/export/csv", "/auth/me", "/loans/7/schedule"}
    | {"/uploads/identity/1.png", "/auth/oauth/google/callback", "/backup/restore", "/users/import"}
)


@pytest.fixture(scope="module")
def telling(start_gateway: Start, broker_url: str) -> Gateway:
    """A gateway whose responses show under which limit they fall."""
    limits = {"REQUESTS": REQUESTS, "EXPORTS": EXPORTS, "UPLOADS": UPLOADS}
    gateway = start_gateway(broker_url, **{f"GATEWAY_{kind}_PER_WINDOW": number for kind, number in limits.items()})
    gateway.wait_until_ready()
    return gateway


@pytest.fixture
def anybody(telling: Gateway, services: Services) -> Client:
    return telling.client


@pytest.fixture
def somebody(telling: Gateway, services: Services, signing_key: SigningKey) -> Client:
    return telling.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))


def _spellings(path: str) -> Iterator[str]:
    yield f"{path}/"
    yield "/" + "".join(f"%{ord(letter):02X}" if letter.isalpha() else letter for letter in path[1:])
    yield "/" + quote(path[1:], safe="").replace("%2F", "%2f")
    yield f"{path}%2F"


def _asked(services: Services) -> list[Seen]:
    """What was asked for a client."""
    return [seen for seen in services.seen if not seen.target.startswith("/internal/")]


def _judged(client: Client, services: Services, method: str, path: str, content_type: str = "") -> tuple[object, ...]:
    """All that follows from the spelling of a request: how it is answered, counted and forwarded."""
    services.seen.clear()
    headers = {"Content-Type": content_type} if content_type else {}
    answer = client.request(method, f"/api{path}", headers=headers, body=b"{}" if content_type else None)
    asked = [(seen.service, seen.target, seen.header("Content-Type")) for seen in _asked(services)]
    limit, encoded = answer.header("RateLimit-Limit"), answer.header("Vary")
    return answer.status, limit, encoded, asked, answer.header("Access-Control-Allow-Origin")


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_one_path_however_it_is_spelt(
    anybody: Client, somebody: Client, services: Services, path: str
) -> None:
    for client in (anybody, somebody):
        plain = _judged(client, services, "GET", path)
        assert [_judged(client, services, "GET", spelling) for spelling in _spellings(path)] == [plain] * 4


@pytest.mark.parametrize("path", ["/loans", "/documents/loan/7", "/union-members", "/auth/refresh", "/users/export"])
def test_a_media_type_is_one_type_however_it_is_spelt(somebody: Client, services: Services, path: str) -> None:
    status, limit, *_ = _judged(somebody, services, "POST", path, FORM)
    for spelling in FORMS:
        judged = _judged(somebody, services, "POST", path, spelling)
        assert judged[:2] == (status, limit)
        assert [(seen.header("Content-Type") or "").partition(";")[0] for seen in _asked(services)] == [
            "multipart/form-data"
        ]
    assert _judged(somebody, services, "POST", "/loans", "multipart/form-datax")[1] == REQUESTS


def test_files_of_a_form_may_be_as_long_however_its_type_is_spelt(somebody: Client, services: Services) -> None:
    body = b"x" * (2 * 1024 * 1024)
    for spelling in (FORM, *FORMS):
        headers = {"Content-Type": spelling}
        assert somebody.request("POST", "/api/documents/loan/7", headers=headers, body=body).status == 200


@pytest.mark.parametrize("path", ["/loans", "/users/export", "/auth/me", "/settings/public"])
def test_asking_for_the_head_counts_as_asking(somebody: Client, services: Services, path: str) -> None:
    for content_type in ("", FORM):
        got, headed = (_judged(somebody, services, method, path, content_type) for method in ("GET", "HEAD"))
        assert headed[:2] == got[:2]


def test_each_kind_has_its_limit(somebody: Client, services: Services) -> None:
    assert _judged(somebody, services, "GET", "/loans")[1] == REQUESTS
    assert _judged(somebody, services, "GET", "/unions/export/csv/")[1] == EXPORTS
    assert _judged(somebody, services, "POST", "/documents/loan/7", FORMS[0])[1] == UPLOADS


def test_pictures_have_two_addresses_and_one_way(anybody: Client, services: Services) -> None:
    answers = [anybody.get(f"{prefix}/uploads/identity/1.png") for prefix in ("", "/api", "/")]
    assert len({tuple(sorted(dict(answer.headers) | {"X-Request-Id": "", "Date": ""})) for answer in answers}) == 1
    assert [seen.target for seen in _asked(services)] == ["/uploads/1.png"] * 3
