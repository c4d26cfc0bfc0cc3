"""What people type, are given or own never stands in a log, a metric or a dead letter."""

import http.client
import json
import re
import secrets
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from deploy.local.parts import MAIL
from deploy.local.platform import Platform
from shared.testing import eventually
from tests.client import Person, mailed_link, sign_in
from tests.institution import Team, new_team

CANARY = "Canary" + secrets.token_hex(6)
PASSWORD, NEXT_PASSWORD, WRONG_PASSWORD = f"{CANARY}-Sings-7", f"{CANARY}-Flies-8", f"{CANARY}-Guess-9"
PHONE = "0803" + "".join(secrets.choice("123456789") for _ in range(7))
EMAIL = f"{CANARY.lower()}@example.org"


@pytest.fixture(scope="module")
def said(platform: Platform, admin: Person) -> list[str]:
    """Everything secret that is typed or handed out in a journey through sign-in, and personal data of a member."""
    account = {"email": EMAIL, "firstName": "Ada", "lastName": "Obi", "role": "SUPERVISOR", "password": PASSWORD}
    admin.post("/users", account).accepted()
    nobody = Person(platform.url)
    tokens = nobody.post("/auth/login", {"email": EMAIL, "password": PASSWORD}).data
    fresh = nobody.post("/auth/refresh", {"refreshToken": tokens["refreshToken"]}).data
    assert nobody.post("/auth/login", {"email": EMAIL, "password": WRONG_PASSWORD}).status == 401
    assert nobody.post("/auth/login", {"email": PASSWORD, "password": EMAIL}).status in (400, 401)
    assert nobody.post("/auth/forgot-password", {"email": EMAIL}).status == 200
    link = eventually(lambda: mailed_link(platform.root / MAIL, EMAIL, "/auth/reset-password?"), seconds=30)
    query = parse_qs(urlsplit(link).query)
    body = {"email": EMAIL, "token": query["token"][0], "newPassword": NEXT_PASSWORD}
    assert nobody.post("/auth/reset-password", body).status == 200
    person = sign_in(platform.url, EMAIL, NEXT_PASSWORD)
    change = {"currentPassword": WRONG_PASSWORD, "newPassword": PASSWORD, "confirmPassword": PASSWORD}
    assert person.put("/auth/change-password", change).status == 400
    return [
        PASSWORD, WRONG_PASSWORD, NEXT_PASSWORD, query["token"][0],
        *(token.rpartition(".")[2] for token in (*_tokens(tokens), *_tokens(fresh), person.token)),
    ]  # fmt: skip


def _tokens(data: dict[str, str]) -> tuple[str, str]:
    return data["accessToken"], data["refreshToken"]


@pytest.fixture(scope="module")
def written(platform: Platform, said: list[str], team_of_canary: Team) -> dict[str, str]:
    """What every process has logged so far and what it tells of itself in numbers."""
    texts = {path.name: path.read_text(errors="replace") for path in platform.logs.glob("*.log")}
    for name, url in platform.service_urls.items():
        with urlopen(f"{url}/metrics") as answer:
            texts[f"{name} metrics"] = answer.read().decode()
    return texts


def test_no_secret_and_no_phone_is_written_down(said: list[str], written: dict[str, str]) -> None:
    assert len(written) > 10
    assert any('"request"' in text for text in written.values()), "nothing was logged, so nothing was shown"
    found = [(name, secret[:12]) for name, text in written.items() for secret in [*said, PHONE] if secret in text]
    assert found == []


@pytest.fixture(scope="module")
def team_of_canary(admin: Person) -> Team:
    """A team with a member whose phone number is known to this test alone, also in what was refused and looked for."""
    team = new_team(admin)
    member = {"firstName": "Ngozi", "lastName": "Eze", "unionId": team.union["id"], "phone": PHONE, "email": EMAIL}
    team.officer.post("/union-members", member).accepted()
    assert team.officer.post("/union-members", member).status == 409
    assert team.officer.post("/union-members", member | {"firstName": PHONE + "\0"}).status == 400
    assert len(team.officer.get("/union-members", search=PHONE).data) == 1
    return team


def test_passwords_and_tokens_of_this_run_stand_in_no_answer(admin: Person, said: list[str]) -> None:
    paths = (
        "/users?limit=1000",
        "/audit-logs?limit=1000",
        "/user-activity/login-history?limit=1000",
        "/settings/general",
        "/settings/mails?limit=1000",
    )
    answers = [json.dumps(admin.get(path).body) for path in paths]
    assert not [secret[:12] for secret in said for text in answers if secret in text]
    assert not [text for text in answers if re.search(r"\$2[aby]\$\d\d\$", text)]


def test_line_breaks_of_a_client_begin_no_line_of_a_log(platform: Platform, admin: Person) -> None:
    forged = json.dumps({"event": f"forged-{CANARY}", "level": "info"})
    connection = http.client.HTTPConnection(urlsplit(platform.url).netloc, timeout=10)
    for path in (f"/api/loans/x%0a{forged.replace(' ', '')}", f"/api/loans?search=x%0d%0a{forged.replace(' ', '')}"):
        connection.request("GET", path, headers={"Authorization": f"Bearer {admin.token}", "User-Agent": forged})
        connection.getresponse().read()
    admin.post("/auth/login", {"email": f"a@b\n{forged}", "password": "x"})
    for path in platform.logs.glob("*.log"):
        for line in path.read_text(errors="replace").splitlines():
            assert not line.lstrip().startswith(f'{{"event": "forged-{CANARY}'), path
            assert not line.lstrip().startswith(f'{{"event":"forged-{CANARY}'), path
