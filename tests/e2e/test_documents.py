"""Documents through the gateway: added by a form, opened by whoever may, and found whoever owns them."""

import http.client
import secrets
from urllib.parse import urlsplit

import pytest

from deploy.local.platform import Platform
from shared.storage.tests.samples import PDF, picture
from tests.client import Person, upload
from tests.institution import Team


def opened(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What a browser gets that goes to an address."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture
def passport(admin: Person) -> str:
    """The id of a new document type."""
    return str(admin.post("/documents/types", {"name": f"Passport {secrets.token_hex(4)}"}).data["id"])


@pytest.mark.parametrize("kind", ["loan", "unionMember"])
def test_a_document_is_opened_verified_and_deleted_by_its_id_whoever_owns_it(
    platform: Platform, team: Team, other_team: Team, passport: str, kind: str
) -> None:
    record = team.draft() if kind == "loan" else team.member()
    path = f"/documents/{'loan' if kind == 'loan' else 'union-member'}/{record['id']}"
    document = upload(team.officer, path, PDF, "passport.pdf", documentTypeId=passport).data
    serve = f"{platform.url}/api/documents/serve/{document['id']}"

    for person in (team.officer, team.supervisor, team.admin):
        assert opened(serve, Authorization=f"Bearer {person.token}")[2] == PDF
    # A new tab sends nothing but the cookie.
    status, headers, content = opened(serve, Cookie=f"access_token={team.officer.token}")
    assert (status, content, headers["content-type"]) == (200, PDF, "application/pdf")
    assert headers["content-disposition"].startswith('inline; filename="passport.pdf"')
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "private, max-age=300")
    head, headers, content = opened(serve, "HEAD", Authorization=f"Bearer {team.officer.token}")
    assert (head, headers["content-length"], content) == (200, str(len(PDF)), b"")
    assert opened(serve)[0] == 401
    assert opened(serve, Authorization=f"Bearer {other_team.officer.token}")[0] == 404

    # The signed address needs no sign-in, at either gateway, and dies with the document.
    assert document["fileUrl"].startswith("http://localhost:")
    link = urlsplit(document["fileUrl"])._replace(netloc=urlsplit(platform.urls[1]).netloc).geturl()
    assert opened(document["fileUrl"])[2] == opened(link)[2] == PDF
    assert opened(link[:-1])[0] == 404

    body = {"type": kind, "verified": True, "verificationNotes": "Seen"}
    assert other_team.supervisor.put(f"/documents/{document['id']}/verify", body).status == 404
    assert team.supervisor.put(f"/documents/{document['id']}/verify", body).data["verified"] is True
    assert team.admin.call("DELETE", f"/documents/types/{passport}").status == 409
    assert team.supervisor.call("DELETE", f"/documents/{document['id']}?type={kind}").status == 200
    assert opened(link)[0] == 404
    assert team.supervisor.call("DELETE", f"/documents/{document['id']}?type={kind}").status == 404
    # What lending knows of the document membership has heard before the deletion was answered.
    assert team.admin.call("DELETE", f"/documents/types/{passport}").status == 200


def test_a_link_dies_with_the_session_it_was_made_for(team: Team, passport: str) -> None:
    document = upload(team.officer, f"/documents/loan/{team.draft()['id']}", PDF, "a.pdf", documentTypeId=passport).data
    assert opened(document["fileUrl"])[0] == 200
    assert team.officer.post("/auth/logout").status == 200
    assert opened(document["fileUrl"])[0] == 404


@pytest.mark.parametrize("kind", ["loan", "union-member"])
def test_a_link_dies_when_its_union_is_given_to_somebody_else(
    team: Team, other_team: Team, passport: str, kind: str
) -> None:
    record = team.draft() if kind == "loan" else team.member()
    document = upload(team.officer, f"/documents/{kind}/{record['id']}", PDF, "a.pdf", documentTypeId=passport).data
    [seen_by_admin] = team.admin.get(f"/documents/{kind}/{record['id']}").data
    assert opened(document["fileUrl"])[0] == 200
    team.admin.post(f"/unions/{team.union['id']}/assign", {"creditOfficerId": other_team.officer.id}).accepted()
    assert opened(document["fileUrl"])[0] == 404
    assert opened(seen_by_admin["fileUrl"])[0] == 200


def test_a_picture_is_shown_to_every_page_without_a_sign_in(platform: Platform, team: Team) -> None:
    member = team.member()
    taken = picture("JPEG", place=True)
    answer = upload(team.officer, f"/documents/union-member/{member['id']}/profile", taken, "me.jpg", type="profile")
    url = answer.data["url"]
    for address in (url, url.replace("/uploads", "//uploads"), url.replace("/uploads", "/api/uploads")):
        status, headers, content = opened(address, Origin="https://any.example")
        assert (status, headers["content-type"]) == (200, "image/jpeg")
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["cache-control"] == "public, max-age=3600"
        assert b"ACME" not in content
    # Lending shows it with the loan, having heard of it.
    assert team.officer.get(f"/loans/{team.draft(member)['id']}").data["unionMember"]["profileImage"] == url


def test_a_file_may_be_as_long_as_promised_and_no_longer(team: Team, passport: str) -> None:
    path = f"/documents/loan/{team.draft()['id']}"
    longest = PDF.replace(b"endstream", b" " * (10 * 1024 * 1024 - len(PDF)) + b"endstream", 1)
    assert len(longest) == 10 * 1024 * 1024
    document = upload(team.officer, path, longest, "long.pdf", documentTypeId=passport).data
    assert document["fileSize"] == len(longest)
    assert opened(document["fileUrl"])[2] == longest
    for more in (1, 64 * 1024, 5 * 1024 * 1024):
        answer = upload(team.officer, path, longest + b" " * more, "longer.pdf", documentTypeId=passport)
        assert (answer.status, answer.body["success"]) == (413, False)
    html = upload(team.officer, path, b"<html></html>", "page.html", documentTypeId=passport)
    assert html.status == 415
