"""What an admin who acts as somebody else may not do in their name, even as another admin."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.context import Role
from shared.testing import SignedIn

# Whoever acts as somebody else does these as that person: what is not administration.
AS_SOMEBODY_ELSE = {
    "POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "POST /auth/register",
    "POST /auth/forgot-password", "POST /auth/password-reset", "POST /auth/reset-password",
    "POST /auth/password-reset/confirm", "POST /auth/magic-link", "POST /auth/magic-link/verify",
    "PUT /auth/change-password", "PUT /settings/password", "DELETE /auth/sessions/<uuid:session_id>",
    "POST /auth/sessions/revoke-others", "POST /auth/impersonate/<uuid:user_id>", "PUT /users/<uuid:user_id>",
    "POST /user-activity/update", "POST /notes", "PUT /notes/<uuid:note_id>", "DELETE /notes/<uuid:note_id>",
    "POST /internal/requests",
}  # fmt: skip


@pytest.fixture
def acting(client: FlaskClient, admin: SignedIn, a_user: Callable[..., Any]) -> dict[str, str]:
    """The headers of an admin who acts as another admin."""
    other = a_user(Role.ADMIN)
    token = client.post(f"/auth/impersonate/{other.id}", headers=admin.headers).json["data"]["accessToken"]
    return {"Authorization": f"Bearer {token}"}


def administration(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
        if f"{method} {rule.rule}" not in AS_SOMEBODY_ELSE
    ]


def test_nothing_is_administered_in_the_name_of_another(
    app: Flask, client: FlaskClient, acting: dict[str, str], officer: SignedIn
) -> None:
    routes = administration(app)
    assert len(routes) > 10
    answers = {}
    for method, rule in routes:
        path = "/".join(str(officer.id) if part.startswith("<uuid:") else part for part in rule.split("/"))
        answer = client.open(path, method=method, headers=acting, json={})
        answers[f"{method} {rule}"] = (answer.status_code, answer.json["code"])
    assert set(answers.values()) == {(403, "not-while-impersonating")}, answers


@pytest.mark.parametrize(
    "change", [{"role": "ADMIN"}, {"isActive": False}, {"email": "mine@example.org"}, {"password": "Known-To-Both-7"}]
)
def test_nobody_is_promoted_or_taken_over_in_the_name_of_another(
    client: FlaskClient, acting: dict[str, str], officer: SignedIn, change: dict[str, Any]
) -> None:
    answer = client.put(f"/users/{officer.id}", headers=acting, json=change)
    assert (answer.status_code, answer.json["code"]) == (403, "not-while-impersonating")
    assert client.put(f"/users/{officer.id}", headers=acting, json={"firstName": "Ngozi"}).status_code == 200


def test_no_admin_is_registered_in_the_name_of_another(client: FlaskClient, acting: dict[str, str]) -> None:
    body = {"email": "mine@example.org", "password": "Mine-Alone-7@", "confirmPassword": "Mine-Alone-7@"}
    answer = client.post("/auth/register", headers=acting, json=body)
    assert (answer.status_code, answer.json["code"]) == (403, "not-while-impersonating")
