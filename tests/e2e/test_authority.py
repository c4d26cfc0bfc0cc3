"""Who may come in, and what they may do, is judged by the state of now, at every gateway."""

import pytest

from tests.client import Person, sign_in
from tests.institution import PASSWORD, new_staff


def test_after_signing_out_the_next_request_is_refused_at_every_gateway(team, platform):
    assert team.officer.get("/loans").status == 200
    assert team.officer.again(platform.urls[1]).get("/loans").status == 200
    assert team.officer.post("/auth/logout").status == 200
    for url in platform.urls:
        answer = team.officer.again(url).get("/loans")
        assert answer.status == 401
        assert answer.message
    assert team.officer.post("/auth/logout").status == 200


@pytest.mark.parametrize("change", [{"isActive": False}, {"role": "SUPERVISOR"}], ids=str)
def test_a_change_of_role_or_standing_ends_the_sessions(admin, platform, change):
    supervisor = new_staff(admin, "SUPERVISOR")
    officer = new_staff(admin, "CREDIT_OFFICER", supervisor)
    admin.put(f"/users/{officer.id}", change).accepted()
    for url in platform.urls:
        assert officer.again(url).get("/loans").status == 401


def test_me_says_who_is_signed_in(team):
    me = team.officer.get("/auth/me").data
    assert me["id"] == team.officer.id
    assert me["role"] == "CREDIT_OFFICER"
    assert me["supervisor"]["id"] == team.supervisor.id
    assert "password" not in str(me).lower()


def test_a_wrong_password_and_an_unknown_address_look_alike(admin, platform):
    own = admin.get("/auth/me").data["email"]
    answers = [
        Person(platform.url).post("/auth/login", {"email": email, "password": "Wrong-Horse-7"})
        for email in (own, "nobody@example.org")
    ]
    assert [answer.status for answer in answers] == [401, 401]
    assert "Invalid credentials" in answers[0].message
    assert answers[0].message == answers[1].message


def test_refreshing_rotates_and_reuse_ends_the_session(admin, platform):
    supervisor = new_staff(admin, "SUPERVISOR")
    email = supervisor.get("/auth/me").data["email"]
    first = Person(platform.url).post("/auth/login", {"email": email, "password": PASSWORD}).data
    person = Person(platform.url, first["accessToken"])
    tokens = [first["refreshToken"]]
    for _ in range(2):
        fresh = person.post("/auth/refresh", {"refreshToken": tokens[-1]}).data
        person.token = fresh["accessToken"]
        tokens.append(fresh["refreshToken"])
    assert person.get("/auth/me").status == 200
    assert person.post("/auth/refresh", {"refreshToken": tokens[0]}).status == 401
    assert person.get("/auth/me").status == 401


def test_an_admin_cannot_be_registered_once_there_is_one(platform):
    body = {"email": "evil@example.org", "password": "Evil-Horse-7!a", "confirmPassword": "Evil-Horse-7!a"}
    answer = Person(platform.url).post("/auth/register", body)
    assert answer.status in {401, 403, 409}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/users"), ("POST", "/unions"), ("POST", "/loan-types"), ("GET", "/audit-logs"),
     ("GET", "/supervisor-reports/dashboard"), ("GET", "/supervisor-reports/officers")],
)  # fmt: skip
def test_an_officer_may_not(team, method, path):
    answer = team.officer.call(method, path, {} if method == "POST" else None)
    assert answer.status == 403


def test_a_supervisor_neither_lends_nor_collects(team, active):
    assert team.supervisor.post("/loans", {"unionMemberId": team.member()["id"]}).status == 403
    body = {"loanId": active["id"], "amount": 1, "method": "CASH"}
    assert team.supervisor.post("/repayments", body).status == 403


def test_what_belongs_to_others_looks_absent(team, other_team):
    loan, member = team.active_loan(), team.member()
    repayment = team.pay(loan["id"], 10).data
    for stranger in (other_team.officer, other_team.supervisor):
        for path in (
            f"/loans/{loan['id']}", f"/loans/{loan['id']}/schedule", f"/loans/{loan['id']}/summary",
            f"/schedules/{loan['id']}", f"/repayments/schedules/{loan['id']}", f"/repayments/{repayment['id']}",
            f"/union-members/{member['id']}", f"/unions/{team.union['id']}",
        ):  # fmt: skip
            assert stranger.get(path).status == 404, path
        for path in ("/loans", "/union-members", "/unions"):
            assert stranger.get(path, unionId=team.union["id"], creditOfficerId=team.officer.id).data == [], path
        assert stranger.get("/repayments", loanId=loan["id"]).data == []
        assert stranger.get("/schedules", loanId=loan["id"]).data == []
    body = {"loanId": loan["id"], "amount": 10, "method": "CASH"}
    assert other_team.officer.post("/repayments", body).status == 404
    assert other_team.supervisor.patch(f"/loans/{loan['id']}/approve").status == 404
    application = {"unionMemberId": member["id"], "principalAmount": 1, "termCount": 1, "termUnit": "DAY"}
    assert other_team.officer.post("/loans", application).status == 404


def test_three_sessions_are_alive_at_most(admin, platform):
    supervisor = new_staff(admin, "SUPERVISOR")
    email = supervisor.get("/auth/me").data["email"]
    later = [sign_in(platform.url, email, PASSWORD) for _ in range(3)]
    assert supervisor.get("/auth/me").status == 401
    assert [person.get("/auth/me").status for person in later] == [200, 200, 200]
