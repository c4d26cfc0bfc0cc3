import re
from functools import partial

import pytest
from sqlalchemy import select

from services.identity.tests.conftest import mailed_links, notices, secret_of
from services.identity.worker import timers
from shared.messaging.outbox import outbox
from shared.testing import check_contract

VERIFY = "/auth/magic-link/verify"


@pytest.fixture
def token(client, a_user, sessions, settings):
    """The secret of a link that was mailed."""
    client.post("/auth/magic-link", json={"email": a_user().email})
    partial(timers(settings)[0].work, sessions)()
    [link] = mailed_links(sessions, settings)
    return secret_of(link)


def cookies(answer):
    return {header.partition("=")[0]: header for header in answer.headers.getlist("Set-Cookie")}


def test_a_program_signs_in_by_a_link_once(client, token):
    answer = client.post(VERIFY, json={"token": token})
    assert answer.status_code == 200
    assert set(cookies(answer)) == {"access_token", "refresh_token"}
    again = client.post(VERIFY, json={"token": token})
    assert (again.status_code, again.json["code"]) == (401, "invalid-credentials")


def test_signing_in_by_a_link_leaves_its_own_trace(client, token, admin, sessions):
    signed_in = client.post(VERIFY, json={"token": token}).json["data"]
    headers = {"Authorization": f"Bearer {signed_in['accessToken']}"}
    [session] = client.get("/auth/sessions", headers=headers).json["data"]
    assert session["method"] == "magic-link"
    history = client.get("/user-activity/login-history", headers=admin.headers).json["data"]["records"]
    [entry] = [entry for entry in history if entry["userId"] == signed_in["user"]["id"]]
    assert (entry["method"], entry["description"]) == ("magic-link", "Signed in by magic link")
    with sessions() as session:
        entries = [body for body in session.scalars(select(outbox.c.body)) if "USER_LOGIN" in body]
        assert any('"method":"magic-link"' in body.replace(" ", "") for body in entries)
    [notice] = notices(sessions, "sign_in.made_by_link")
    check_contract(notice)
    assert (notice.data["user_id"], notice.data["ip_address"]) == (signed_in["user"]["id"], "127.0.0.1")


def shown(client, token):
    """Opens the link as a browser does; what the button would send."""
    page = client.get(VERIFY, query_string={"token": token})
    nonce = re.search(r'name="nonce" value="([^"]+)"', page.text)[1]
    # Without the gateway there is no `/api` in front.
    client.set_cookie("magic_link", nonce, path="/auth/magic-link")
    return page, {"token": token, "nonce": nonce}


def test_opening_a_link_does_not_use_it_up(client, token):
    for _ in range(3):
        page, form = shown(client, token)
        assert (page.status_code, page.mimetype) == (200, "text/html")
    answer = client.post(VERIFY, data=form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "http://localhost:3000"
    assert {"access_token", "refresh_token"} <= set(cookies(answer))
    assert client.post(VERIFY, data=form).status_code == 401


def test_a_page_of_somebody_else_cannot_press_the_button(client, token):
    _, form = shown(client, token)
    for changes in ({"nonce": "guess"}, {"nonce": ""}):
        assert client.post(VERIFY, data=form | changes).status_code == 401
    client.delete_cookie("magic_link", path="/auth/magic-link")
    assert client.post(VERIFY, data=form | {"nonce": ""}).status_code == 401
    assert client.post(VERIFY, json={"token": token}).status_code == 200


@pytest.mark.parametrize("more", [{"redirect": "//evil.example"}, {"next": "https://evil.example"}])
def test_nothing_in_the_request_says_where_it_leads(client, token, more):
    page = client.get(VERIFY, query_string={"token": token, **more})
    assert "evil" not in page.text
    _, form = shown(client, token)
    answer = client.post(VERIFY, data=form | more, query_string=more, headers={"X-Forwarded-Host": "evil.example"})
    assert answer.headers["Location"] == "http://localhost:3000"


def test_the_page_shows_what_it_was_given_as_text_and_loads_nothing(client):
    page = client.get(VERIFY, query_string={"token": '"><script>alert(1)</script>'})
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("query", [{}, {"token": ""}, {"token": "x" * 600}])
def test_a_link_without_a_secret_is_malformed(client, query):
    assert client.get(VERIFY, query_string=query).status_code == 400
