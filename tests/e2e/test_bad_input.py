"""Bad input gets a clear answer in the envelope, with the right status, and leaves nothing behind."""

import http.client
import secrets
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
import pytest

from tests.client import Person

UNKNOWN = str(uuid4())


def assert_envelope(answer):
    assert answer.body["success"] is False
    assert answer.message
    for line in answer.body.get("errors", []):
        assert set(line) == {"field", "message"}


AMOUNTS = ["x", "", None, [], {}, True, "1e5", "NaN", "-1", -1, 0, "0.00", 1.005, "1.005", 10**15, 1e300, "１２"]


@pytest.mark.parametrize("amount", AMOUNTS, ids=repr)
def test_an_amount_that_is_none_is_refused(team, active, amount):
    answer = team.pay(active["id"], amount)
    assert answer.status == 400
    assert_envelope(answer)
    assert [line["field"] for line in answer.body["errors"]] == ["amount"]
    assert team.officer.get("/repayments", loanId=active["id"]).data == []


@pytest.mark.parametrize("amount", [b"1e1", b"1E1", b"1.0e1", b"10e0", b"100e-1", b'"1e1"', b'"1E1"'])
def test_an_amount_has_no_exponent(team, active, amount):
    body = b'{"loanId": "%s", "amount": %s, "method": "CASH"}' % (active["id"].encode(), amount)
    answer = team.officer.post("/repayments", body)
    assert answer.status == 400
    assert [line["field"] for line in answer.body["errors"]] == ["amount"]
    assert team.officer.get("/repayments", loanId=active["id"]).data == []


def test_a_field_that_is_given_twice_is_named(team, active):
    body = b'{"loanId": "%s", "amount": 1, "method": "CASH", "amount": 100}' % active["id"].encode()
    answer = team.officer.post("/repayments", body)
    assert answer.status == 400
    assert answer.body["errors"] == [{"field": "amount", "message": "This field is given more than once"}]
    assert team.officer.get("/repayments", loanId=active["id"]).data == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "CHEQUE"}, "method"),
        ({"method": None}, "method"),
        ({"loanId": "nonsense"}, "loanId"),
        ({"loanId": None}, "loanId"),
        ({"paidAt": "2026-02-30"}, "paidAt"),
        ({"paidAt": "yesterday"}, "paidAt"),
        ({"paidAt": 20260311}, "paidAt"),
        ({"notes": "a\u0000b"}, "notes"),
        ({"notes": "x" * 100_000}, "notes"),
        ({"reference": ["a"]}, "reference"),
    ],
    ids=str,
)
def test_a_faulty_field_of_a_repayment_is_named(team, active, changes, field):
    body = {"loanId": active["id"], "amount": 10, "method": "CASH"} | changes
    answer = team.officer.post("/repayments", body)
    assert answer.status == 400
    assert_envelope(answer)
    assert field in {line["field"] for line in answer.body["errors"]}
    assert team.officer.get("/repayments", loanId=active["id"]).data == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"principalAmount": 0}, 400),
        ({"principalAmount": "12.345"}, 400),
        ({"termCount": 0}, 400),
        ({"termCount": 1.5}, 400),
        ({"termCount": 10**9}, 400),
        ({"termCount": "many"}, 400),
        ({"termUnit": "YEAR"}, 400),
        ({"startDate": "2026-13-01"}, 400),
        ({"interestRate": 101}, 400),
        ({"interestRate": -1}, 400),
        ({"processingFeeAmount": -5}, 400),
        ({"principalAmount": "0.01", "termCount": 2}, 400),
        ({"unionMemberId": UNKNOWN}, 404),
        ({"loanTypeId": UNKNOWN}, 400),
        ({"unionMemberId": None}, 400),
    ],
    ids=str,
)
def test_terms_that_cannot_make_a_loan_are_refused(team, changes, status):
    body = {"unionMemberId": team.member()["id"], "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
    answer = team.officer.post("/loans", body | changes)
    assert answer.status == status, answer.body
    assert_envelope(answer)
    assert team.officer.get("/loans").data == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"not json", {}, 400),
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b'"text"', {}, 400),
        (b'{"amount": NaN}', {}, 400),
        (b'{"amount": Infinity}', {}, 400),
        (b'{"amount": 1e400}', {}, 400),
        (b'{"a": "\xff\xfe"}', {}, 400),
        (b'{"a": "\\ud800"}', {}, 400),
        ("{}".encode("utf-16"), {}, 400),
        (b"[" * 100_000 + b"]" * 100_000, {}, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {}, 400),
        (b"{" + b",".join(b'"k%d":1' % n for n in range(50_000)) + b"}", {}, 400),
        (b'{"n": ' + b"9" * 5000 + b"}", {}, 400),
        (b"x" * (10 * 1024 * 1024), {}, 413),
        (b'{"amount": 5, "amount": 500}', {}, 400),
        (b'{"amount": 5, "\\u0061mount": 500}', {}, 400),
        (b'{"amount": 5, "notes": {"a": [{"b": 1, "b": 1}]}}', {}, 400),
        (b"{" + b",".join(b'"k%d":1' % n for n in range(90_000)) + b"}", {}, 400),
        (b'{"a":[' + b",".join([b"[]"] * 300_000) + b"]}", {}, 400),
        (b"amount=5", {"Content_Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"Content_Type": "text/plain"}, 415),
    ],
    ids=range(22),
)
def test_a_body_that_is_no_json_object_is_refused(team, body, headers, status):
    answer = team.officer.again().call("POST", "/repayments", body, **headers)
    assert answer.status == status
    assert_envelope(answer)


def test_unknown_fields_are_ignored_and_cannot_set_what_is_not_theirs(team):
    forged = {"id": UNKNOWN, "status": "ACTIVE", "loanNumber": "LN1", "outstanding": 0, "createdByUserId": UNKNOWN}
    loan = team.draft(**forged)
    assert loan["id"] != UNKNOWN
    assert loan["status"] == "DRAFT"
    assert loan["createdByUserId"] == team.officer.id


def test_overpayment_is_refused_with_the_amount_that_can_be_paid(team, active):
    answer = team.pay(active["id"], "50000.01")
    assert answer.status == 400
    assert "cannot exceed total left to pay (₦50,000.00)" in answer.message
    assert team.officer.get(f"/loans/{active['id']}").data["totalPaid"] == 0


@pytest.mark.parametrize("path", ["/loans", "/unions", "/union-members", "/users", "/repayments", "/loan-types"])
def test_unknown_ids_are_not_found(team, path):
    for identifier in (UNKNOWN, "nonsense", "1", "%00", "..%2f..%2fusers"):
        answer = team.officer.again().get(f"{path}/{identifier}")
        assert answer.status in {400, 404}, (path, identifier, answer.body)
        assert_envelope(answer)


@pytest.mark.parametrize(
    "path", ["/loans/{}", "/loans/{}/schedule", "/unions/{}", "/union-members/{}", "/users/{}", "/repayments/{}"]
)
def test_what_is_no_id_looks_like_one_that_nobody_has(team, path):
    unknown, nonsense = (team.admin.again().get(path.format(name)) for name in (UNKNOWN, "clx1234567890abcdefghijkl"))
    assert (nonsense.status, nonsense.message) == (unknown.status, unknown.message) == (404, unknown.message)
    assert "not found" in nonsense.message


@pytest.mark.parametrize("query", ["page=-1", "page=x&limit=y", "limit=99999999999999999999", "page=1e9", "limit=0"])
def test_a_garbled_page_falls_back(team, query):
    answer = team.officer.get(f"/loans?{query}")
    assert answer.status == 200
    assert 1 <= answer.body["pagination"]["limit"] <= 1000


def test_a_search_is_literal(team):
    team.draft()
    assert len(team.officer.get("/loans").data) == 1
    for text in ("%", "_", "\\", "'", "' OR 1=1 --", "%a%a%a"):
        assert team.officer.get("/loans", search=text).data == []
    assert team.officer.get("/loans", search="%a" * 500).status == 400


def test_a_route_nobody_has_is_named(team):
    for method, path in (("GET", "/nothing"), ("POST", "/loans/nothing/else"), ("DELETE", "/auth/login")):
        answer = team.officer.call(method, path)
        assert answer.status in {404, 405}
        assert_envelope(answer)


def forged_tokens(person):
    claims = jwt.decode(person.token, options={"verify_signature": False})
    header = {"kid": jwt.get_unverified_header(person.token)["kid"]}
    head, _, _ = person.token.rpartition(".")
    return {
        "none": jwt.encode(claims, None, algorithm="none", headers=header),
        "unsigned": f"{head}.",
        "hmac": jwt.encode(claims, "x" * 32, algorithm="HS256", headers=header),
        "cut": person.token[:-4] + "AAAA",
        "garbage": "a.b.c",
        "long": "a" * 5000,
        "spaces": "a b c",
    }


@pytest.mark.parametrize("kind", ["none", "unsigned", "hmac", "cut", "garbage", "long", "spaces"])
def test_a_forged_token_opens_nothing_at_the_gateway_nor_behind_it(team, platform, kind):
    token = forged_tokens(team.officer)[kind]
    for url in (platform.url, *platform.service_urls.values()):
        person = Person(url, token)
        answer = person.get("/loans")
        assert answer.status in ({401} if url == platform.url else {401, 404}), (url, answer.status)


def test_a_service_asked_directly_knows_only_signed_tokens(team, platform):
    def status(**headers):
        connection = http.client.HTTPConnection(urlsplit(platform.service_urls["lending"]).netloc, timeout=10)
        connection.request("GET", "/loans", headers=headers)
        return connection.getresponse().status

    assert status() == 401
    assert status(**{"X-User-Id": team.officer.id, "X-User-Role": "ADMIN"}) == 401
    assert status(Authorization=f"Bearer {forged_tokens(team.officer)['none']}") == 401
    assert status(Authorization=f"Bearer {team.officer.token}") == 200


def test_identity_headers_of_a_client_change_nothing(team, other_team):
    loan = team.active_loan()
    forged = {"X_User_Id": team.officer.id, "X_User_Role": "ADMIN", "X_Identity": "admin", "Forwarded": "for=1.2.3.4"}
    answer = other_team.officer.call("GET", f"/loans/{loan['id']}", **forged)
    assert answer.status == 404
    assert answer.body["message"] == other_team.officer.get(f"/loans/{UNKNOWN}").body["message"]


def test_an_idempotency_key_that_is_none_is_refused(team, active):
    for key in ("", "x" * 300):
        answer = team.pay(active["id"], 1, Idempotency_Key=key)
        assert answer.status == 400
    assert team.pay(active["id"], 1, Idempotency_Key=secrets.token_hex(4)).status == 201
