import io

import pytest
from PIL import Image
from sqlalchemy import select

from services.identity.models import User
from shared.storage.unclaimed import unclaimed_file


def a_picture(colour="red", kind="PNG", size=(40, 30)):
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, kind)
    return content.getvalue()


@pytest.fixture
def save(client):
    """Sends the profile form with a picture, and returns the answer."""

    def put(by, user_id, content, name="me.png", **fields):
        form = {"profileImage": (io.BytesIO(content), name)} | fields
        return client.put(f"/users/{user_id}", data=form, headers=by.headers)

    return put


def unclaimed(work):
    with work() as uow:
        return uow.connection.execute(select(unclaimed_file.c.key)).scalars().all()


def shown(client, url):
    return client.get(url[url.index("/uploads/") :].replace("/uploads/identity", "/uploads"))


def test_a_picture_comes_with_the_form_and_is_seen_by_everybody(client, save, work, officer):
    answer = save(officer, officer.id, a_picture(), firstName="Adaeze", phone="")
    assert answer.status_code == 200, answer.json
    url = answer.json["data"]["profileImage"]
    assert url.startswith("http")
    assert (answer.json["data"]["firstName"], answer.json["data"]["phone"]) == ("Adaeze", None)
    assert client.get("/auth/me", headers=officer.headers).json["data"]["profileImage"] == url
    served = shown(client, url)
    assert (served.status_code, served.mimetype) == (200, "image/png")
    assert served.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert unclaimed(work) == []


def test_another_picture_takes_the_place_of_the_former_whose_bytes_are_let_go(client, save, work, officer):
    urls = [save(officer, officer.id, a_picture(colour)).json["data"]["profileImage"] for colour in ("red", "blue")]
    assert urls[0] != urls[1]
    assert unclaimed(work) == ["public/" + urls[0].rpartition("/")[2]]
    form = {"removeProfileImage": "true"}
    answer = client.put(f"/users/{officer.id}", json=form, headers=officer.headers)
    assert answer.json["data"]["profileImage"] is None
    assert len(unclaimed(work)) == 2


def test_the_form_sends_the_address_of_the_picture_back(client, save, officer):
    url = save(officer, officer.id, a_picture()).json["data"]["profileImage"]
    for body in ({"profileImage": url, "lastName": "Nwosu"}, {"profileImage": "", "removeProfileImage": "false"}):
        answer = client.put(f"/users/{officer.id}", json=body, headers=officer.headers)
        assert (answer.status_code, answer.json["data"]["profileImage"]) == (200, url)


def test_nobody_is_shown_by_an_address_written_down(client, save, work, officer, supervisor):
    theirs = save(supervisor, supervisor.id, a_picture()).json["data"]["profileImage"]
    for url in ("https://evil.example/track.png", "javascript:alert(1)", "/uploads/identity/x.png", theirs):
        answer = client.put(f"/users/{officer.id}", json={"profileImage": url}, headers=officer.headers)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "profileImage")
    with work() as uow:
        assert uow.session.get(User, officer.id).profile_image is None


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"<svg onload=alert(1)>", "me.svg", 415),
        (b"GIF89a<script>alert(1)</script>", "me.gif", 415),
        (b"%PDF-1.4", "me.pdf", 415),
        (a_picture(), "me.html", 415),
        (a_picture() + b"\0" * (5 * 1024 * 1024), "me.png", 413),
    ],
    ids=["svg", "gif", "pdf", "html", "long"],
)
def test_what_is_no_picture_is_refused(save, officer, content, name, status):
    assert save(officer, officer.id, content, name).status_code == status


def test_no_bytes_are_kept_of_a_picture_for_somebody_out_of_scope(save, work, officer, supervisor):
    assert save(officer, supervisor.id, a_picture()).status_code == 404
    assert unclaimed(work) == []


def test_a_form_with_a_picture_changes_no_more_than_the_same_without(save, officer):
    assert save(officer, officer.id, a_picture(), role="ADMIN").status_code == 403
