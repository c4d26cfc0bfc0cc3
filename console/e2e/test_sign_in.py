"""Coming in, staying in and going out."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from console.e2e.screens import Screen, Screens
from deploy.local.parts import MAIL
from deploy.local.platform import Platform
from shared.testing import eventually
from tests.client import Person, mailed_link
from tests.institution import PASSWORD, Team

TODAY = re.compile("/$")


@pytest.fixture
def email(team: Team) -> str:
    """The address of an officer."""
    return str(team.officer.get("/auth/me").data["email"])


def enter(screen: Screen, email: str, password: str = PASSWORD) -> None:
    screen.fill("E-mail address", email)
    screen.fill("Password", password)
    screen.press("Sign in")


def cookies_of(screen: Screen) -> set[str]:
    return {cookie["name"] for cookie in screen.context.cookies()}


def storage_of(screen: Screen) -> str:
    """All that the browser keeps for the console outside of cookies."""
    kept = """async () => {
        const open = await Promise.all((await caches.keys()).map(name => caches.open(name)));
        const kept = await Promise.all(open.map(async cache => (await cache.keys()).map(request => request.url)));
        return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, kept]);
    }"""
    return str(screen.page.evaluate(kept))


def test_whoever_signs_in_comes_to_where_they_wanted(screens: Screens, email: str, team: Team) -> None:
    screen = screens.open()
    screen.go(f"/unions/{team.union['id']}")
    screen.says("Stay signed in")
    screen.expect_refusal()
    enter(screen, email, "not-the-password")
    screen.says(re.compile("Invalid credentials"))
    screen.expect_refusal()
    enter(screen, email)
    screen.says(team.union["name"])
    assert "accessToken" not in storage_of(screen)


@pytest.mark.parametrize("next", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_nobody_is_led_elsewhere(screens: Screens, email: str, next: str) -> None:
    screen = screens.open()
    screen.go(f"/sign-in?next={next}")
    enter(screen, email)
    screen.page.wait_for_url(f"{screen.url}/")


def test_a_session_is_renewed_unnoticed(screens: Screens, email: str, team: Team) -> None:
    screen = screens.open()
    screen.go("/sign-in")
    enter(screen, email)
    screen.page.wait_for_url(TODAY)
    screen.settle()
    screen.context.clear_cookies(name="access_token")
    screen.press("Unions", "link")
    screen.says(team.union["name"])
    screen.expect_refusal()
    assert "access_token" in cookies_of(screen)


def test_a_session_that_was_ended_elsewhere_leads_to_the_sign_in(screens: Screens, email: str, team: Team) -> None:
    screen = screens.open()
    screen.go("/sign-in")
    enter(screen, email)
    screen.page.wait_for_url(TODAY)
    screen.settle()
    team.officer.post("/auth/sessions/revoke-others").accepted()
    # By itself: the stream of changes ends with the session.
    screen.says("Stay signed in")
    screen.expect_refusal()
    assert email not in storage_of(screen)


def test_signing_out_leaves_nothing_behind(screens: Screens, email: str) -> None:
    screen = screens.open()
    screen.go("/sign-in")
    enter(screen, email)
    screen.page.wait_for_url(TODAY)
    screen.press("Me", "link")
    screen.says(email)
    screen.press("Sign out")
    screen.says("Stay signed in")
    assert cookies_of(screen) == set()
    assert email not in storage_of(screen)
    screen.go("/me")
    screen.says("Stay signed in")
    screen.expect_refusal()


def link_to(platform: Platform, email: str, path: str) -> str:
    """The address of the newest mail's link, at the gateway that the browser speaks to."""
    link = urlsplit(eventually(lambda: mailed_link(platform.root / MAIL, email, path) or "", seconds=30))
    return f"{link.path}?{link.query}"


def test_a_forgotten_password_is_set_anew(screens: Screens, email: str, platform: Platform) -> None:
    screen = screens.open()
    screen.go("/sign-in")
    screen.expect_refusal()
    screen.press("Forgotten?", "link")
    screen.fill("E-mail address", email)
    screen.press("Send the link")
    screen.says(re.compile("a mail is on its way"))
    screen.go(link_to(platform, email, "/auth/reset-password"))
    screen.fill("New password", "Better-Horse-8")
    screen.press("Save the new password")
    screen.page.wait_for_url(re.compile("/sign-in"))
    enter(screen, email, "Better-Horse-8")
    screen.page.wait_for_url(TODAY)
    screen.expect_refusal()


def test_a_mailed_link_signs_in(screens: Screens, email: str, platform: Platform) -> None:
    screen = screens.open()
    screen.go("/sign-in")
    screen.expect_refusal()
    screen.fill("E-mail address", email)
    screen.press("Mail me a link instead")
    screen.says(re.compile("a mail is on its way"))
    link = link_to(platform, email, "/api/auth/magic-link")
    # By the name that the platform has for itself, for it leads there.
    screen.page.goto(screen.url.replace("127.0.0.1", "localhost") + link)
    screen.press("Sign in")
    screen.page.wait_for_url(TODAY)
    screen.press("Me", "link")
    screen.says(email)


@pytest.fixture
def given_passwords_are_changed(admin: Person) -> Iterator[None]:
    """The institution wants everybody to choose a password of their own."""
    admin.put("/settings/general", {"requirePasswordChange": True}).accepted()
    yield
    admin.put("/settings/general", {"requirePasswordChange": False}).accepted()


@pytest.mark.usefixtures("given_passwords_are_changed")
def test_a_given_password_is_changed_before_anything_else(screens: Screens, admin: Person) -> None:
    body = {"email": "new@example.org", "firstName": "Ngozi", "lastName": "Obi", "role": "CREDIT_OFFICER"}
    made = admin.post("/users", {**body, "password": PASSWORD}).data
    admin.post(f"/users/{made['id']}/reset-password", {"newPassword": "Given-Horse-9"}).accepted()
    screen = screens.open()
    screen.go("/sign-in")
    screen.expect_refusal()
    enter(screen, body["email"], "Given-Horse-9")
    screen.says("Change password")
    screen.go("/unions")
    screen.says("Change password")
