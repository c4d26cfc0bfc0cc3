"""A day at the institution on which every route of the API is of use to somebody."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy.local.parts import MAIL
from deploy.local.platform import Platform
from gateway.routes import UPSTREAMS
from shared.storage.tests.samples import PDF, picture
from shared.testing import eventually
from tests.client import Person, mailed_link, random_name, sign_in, upload
from tests.institution import PASSWORD, Team, new_staff, new_team

COMPANY = {
    "name": "Millenium Potters",
    "email": "office@example.org",
    "phone": "08030000000",
    "timezone": "Africa/Lagos",
}
CONDITIONS = {
    "minAmount": "10000.00", "maxAmount": "500000.00", "termUnit": "MONTH", "minTerm": 1, "maxTerm": 24,
    "interestRate": "24.00", "interestMethod": "DECLINING_BALANCE", "processingFeePercent": "1.00",
}  # fmt: skip


def play(platform: Platform, admin: Person) -> None:
    """Everything once, by whoever has the right to. Fails where something is refused."""
    team = new_team(new_staff(admin, "ADMIN"))
    _sign_in_and_out(platform, team)
    _staff(platform, team)
    _settings(team)
    _members(team)
    _loans(team)
    _money(team)
    _leave(team)
    _look_back(team)


def ask(person: Person, method: str, path: str, body: Any = None) -> Any:
    """The data of a success, or nothing where it is no JSON."""
    if body is not None or method not in ("GET", "DELETE"):
        return person.call(method, path, body).accepted().body
    headers = {"Authorization": f"Bearer {person.token}"} if person.token else {}
    status, _, content = person._send(method, f"/api{path}", None, headers)
    assert status < 400, f"{method} {path}: {status} {content[:300]!r}"
    return content


def _sign_in_and_out(platform: Platform, team: Team) -> None:
    nobody, folder = Person(platform.url), platform.root / MAIL
    for path in (
        "/health",
        "/ping",
        "/test",
        "/direct-test",
        "/auth/test",
        "/auth/oauth/providers",
        "/settings/public",
    ):
        ask(nobody, "GET", path)
    officer = new_staff(team.admin, "CREDIT_OFFICER", team.supervisor)
    email = officer.get("/auth/me").data["email"]
    tokens = nobody.post("/auth/login", {"email": email, "password": PASSWORD, "rememberMe": False}).data
    nobody.post("/auth/refresh", {"refreshToken": tokens["refreshToken"]}).accepted()
    sign_in(platform.url, email, PASSWORD)
    sessions = officer.get("/auth/sessions").data
    other = next(session["id"] for session in sessions if not session["isCurrent"])
    ask(officer, "DELETE", f"/auth/sessions/{other}")
    officer.post("/auth/sessions/revoke-others").accepted()
    sign_in(platform.url, email, PASSWORD)
    newest = team.admin.get(f"/users/{officer.id}/sessions").data[0]
    ask(team.admin, "DELETE", f"/users/{officer.id}/sessions/{newest['id']}")
    officer.post("/user-activity/update").accepted()
    officer.put("/settings/password", {"currentPassword": PASSWORD, "newPassword": "Another-Horse-8"}).accepted()
    changed = {"currentPassword": "Another-Horse-8", "newPassword": PASSWORD}
    officer.put("/auth/change-password", changed).accepted()
    for path in ("/auth/magic-link", "/auth/forgot-password"):
        nobody.post(path, {"email": email}).accepted()
    link = _link(folder, email, "/auth/magic-link/verify?")
    ask(nobody, "GET", f"/auth/magic-link/verify?token={link['token']}")
    nobody.post("/auth/magic-link/verify", {"token": link["token"]}).accepted()
    reset = _link(folder, email, "/auth/reset-password?")
    nobody.post("/auth/reset-password", {"email": email, "token": reset["token"], "newPassword": PASSWORD}).accepted()
    other = new_staff(team.admin, "CREDIT_OFFICER", team.supervisor).get("/auth/me").data["email"]
    nobody.post("/auth/password-reset", {"email": other}).accepted()
    token = _link(folder, other, "/auth/reset-password?")["token"]
    nobody.post("/auth/password-reset/confirm", {"token": token, "newPassword": PASSWORD}).accepted()
    sign_in(platform.url, email, PASSWORD).post("/auth/logout").accepted()
    body = {"email": _address("second"), "password": f"{PASSWORD}!", "confirmPassword": f"{PASSWORD}!"}
    team.admin.post("/auth/register", body).accepted()


def _address(name: str) -> str:
    return f"{random_name(name).replace(' ', '-')}@example.org"


def _link(folder: Any, email: str, path: str) -> dict[str, str]:
    link = eventually(lambda: mailed_link(folder, email, path))
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def _staff(platform: Platform, team: Team) -> None:
    admin = team.admin
    body = {"email": _address("ngozi"), "firstName": "Ngozi", "lastName": "Eze", "role": "CREDIT_OFFICER"}
    user = admin.post("/users", {**body, "phone": "08030000002", "supervisorId": team.supervisor.id}).data
    admin.post(f"/users/{user['id']}/invitation").accepted()
    admin.put(f"/users/{user['id']}", {"phone": "08030000003"}).accepted()
    admin.put(f"/users/{user['id']}/reset-password", {"newPassword": PASSWORD}).accepted()
    admin.post(f"/users/{user['id']}/reset-password", {"newPassword": PASSWORD}).accepted()
    admin.post("/users/bulk-operation", {"userIds": [user["id"]], "operation": "deactivate"}).accepted()
    rows = [{"email": _address("bisi"), "firstName": "Bisi", "lastName": "Ade", "role": "CREDIT_OFFICER"}]
    admin.post("/users/import?dryRun=true", {"users": rows}).accepted()
    for path in (
        "/users?role=CREDIT_OFFICER&page=1&limit=2",
        f"/users/{team.supervisor.id}",
        "/users/export?format=json",
    ):
        ask(admin, "GET", path)
    admin.post(f"/auth/impersonate/{team.officer.id}").accepted()
    note = {
        "userId": team.officer.id,
        "title": "Seen in Bodija",
        "content": "Everything as agreed.",
        "category": "general",
    }
    written = team.supervisor.post("/notes", note).data
    for path in ("", "/categories", "/category/general", f"/user/{team.officer.id}", f"/{written['id']}"):
        ask(team.supervisor, "GET", f"/notes{path}")
    team.supervisor.put(f"/notes/{written['id']}", {"content": "Everything as agreed, and more."}).accepted()
    ask(team.supervisor, "DELETE", f"/notes/{written['id']}")
    for path in ("login-history?limit=2", f"user/{team.officer.id}/summary", f"union/{team.union['id']}/summary"):
        ask(team.supervisor, "GET", f"/user-activity/{path}")
    ask(admin, "GET", "/user-activity/system/summary?period=week")
    for service in UPSTREAMS:
        ask(admin, "GET", f"/system/{service}")
    ask(admin, "DELETE", f"/users/{user['id']}")


def _settings(team: Team) -> None:
    admin = team.admin
    for name in ("company", "general", "system", "email", "email-templates", "mails?limit=2"):
        ask(admin, "GET", f"/settings/{name}")
    admin.put("/settings/company", COMPANY).accepted()
    admin.put("/settings/general", {"maxLoginAttempts": 10, "passwordMinLength": 8}).accepted()
    admin.put("/settings/system", {"notificationSettings": {"emailNotifications": True}}).accepted()
    admin.put("/settings/email", {"fromName": "Millenium Potters", "fromEmail": "office@example.org"}).accepted()
    admin.post("/settings/email/test", {"to": "ada@example.org"}).accepted()
    template = "/settings/email-templates/welcome_user"
    ask(admin, "GET", template)
    admin.put(template, {"emailEnabled": False}).accepted()
    new_staff(admin, "CREDIT_OFFICER", team.supervisor)
    skipped = eventually(lambda: admin.get("/settings/mails", status="SKIPPED", limit=1).data)
    admin.post(f"/settings/mails/{skipped[0]['id']}/retry").accepted()
    admin.post(f"{template}/preview", {"variables": {}}).accepted()
    admin.post(f"{template}/test", {"to": "ada@example.org"}).accepted()
    admin.post(f"{template}/reset").accepted()
    logo = upload(admin, "/settings/upload", picture("PNG"), "logo.png", type="logo").data["url"]
    upload(admin, "/upload-branding", picture("PNG"), "logo.png", file_field="logo", type="logo").accepted()
    ask(Person(admin.url), "GET", urlsplit(logo).path if urlsplit(logo).path.startswith("/uploads") else logo)


def _members(team: Team) -> None:
    admin, officer, union_id = team.admin, team.officer, team.union["id"]
    union = {"name": "Market Women of Bodija", "location": "Ibadan", "creditOfficerId": officer.id}
    made = admin.post("/unions", union).data
    admin.put(f"/unions/{made['id']}", {"address": "12 Bodija Road"}).accepted()
    ask(officer, "GET", "/unions/ids")
    for path in ("/unions?limit=2", f"/unions/{union_id}", f"/unions/{union_id}/stats", "/branches?limit=2"):
        ask(admin, "GET", path)
    ask(admin, "GET", "/unions/export/csv?format=json")
    body = {"firstName": "Ngozi", "lastName": "Okafor", "phone": "08030000001", "email": _address("ngozi")}
    details = {"dateOfBirth": "1988-02-29", "gender": "female", "address": "4 Market Street", "city": "Ibadan"}
    member = officer.post("/union-members", {**body, **details, "unionId": union_id}).data
    path = f"/union-members/{member['id']}"
    officer.put(path, {"profession": "Trader"}).accepted()
    team.supervisor.patch(f"{path}/toggle-verification").accepted()
    kind = admin.post("/documents/types", {"name": random_name("Voter's card"), "description": "Either side"}).data
    admin.put(f"/documents/types/{kind['id']}", {"description": "Both sides"}).accepted()
    for name in ("", f"/{kind['id']}"):
        ask(admin, "GET", f"/documents/types{name}")
    papers = f"/documents/union-member/{member['id']}"
    one, two = (upload(officer, papers, PDF, "card.pdf", documentTypeId=kind["id"]).data["id"] for _ in range(2))
    shown = upload(officer, f"{papers}/profile", picture("PNG"), "me.png", type="profile").data["url"]
    ask(Person(admin.url), "GET", urlsplit(shown).path)
    for name in (path, papers, "/union-members?limit=2", "/union-members/check-email?email=ngozi@example.org"):
        ask(officer, "GET", name)
    ask(officer, "GET", "/union-members/export/csv?format=json")
    ask(officer, "DELETE", f"{path}/documents/{one}")
    ask(officer, "DELETE", f"{papers}/{two}")
    admin.post(f"{path}/reassign", {"newUnionId": made["id"], "reason": "Moved house"}).accepted()
    ask(officer, "DELETE", path)
    assignment = {"creditOfficerId": new_staff(admin, "CREDIT_OFFICER", team.supervisor).id, "reason": "Nearer by"}
    admin.post(f"/unions/{made['id']}/assign", assignment).accepted()
    ask(admin, "GET", "/assignment-history?limit=2")
    ask(admin, "DELETE", f"/unions/{made['id']}")
    _branches(team)
    spare = admin.post("/documents/types", {"name": random_name("Never used")}).data
    ask(admin, "DELETE", f"/documents/types/{spare['id']}")


def _branches(team: Team) -> None:
    """Unions under the name of older pages, and how one goes to another officer there."""
    admin = team.admin
    branch = admin.post("/branches", {"name": "Weavers of Ikeja", "managerId": team.officer.id}).data
    path = f"/branches/{branch['id']}"
    admin.put(path, {"location": "Ikeja"}).accepted()
    loan = team.draft()
    for name in (path, f"{path}/stats", f"/union-members/{loan['unionMemberId']}/loans"):
        ask(admin, "GET", name)
    body = {"userId": new_staff(admin, "CREDIT_OFFICER", team.supervisor).id, "toBranchId": branch["id"]}
    for end in ("cancel", "execute"):
        reason = {"fromBranchId": team.union["id"], "reason": "Nearer by", "effectiveDate": "2026-05-04"}
        transfer = admin.post("/branch-transfers", {**body, **reason}).data
        admin.post(f"/branch-transfers/{transfer['id']}/{end}").accepted()
    for name in (f"/{transfer['id']}", "?limit=2"):
        ask(admin, "GET", f"/branch-transfers{name}")
    ask(admin, "DELETE", path)


def _loans(team: Team) -> None:
    admin, officer, supervisor = team.admin, team.officer, team.supervisor
    product = admin.post("/loan-types", {"name": random_name("Market loan"), **CONDITIONS}).data
    admin.put(f"/loan-types/{product['id']}", {"description": "For stock"}).accepted()
    for path in ("?limit=2", f"/{product['id']}"):
        ask(admin, "GET", f"/loan-types{path}")
    terms = {"principalAmount": "50000.00", "termCount": 12, "termUnit": "MONTH"}
    officer.post("/loans/schedule-preview", {**terms, "interestRate": "24.00", "startDate": "2026-03-11"}).accepted()
    body = {**terms, "unionMemberId": team.member()["id"], "loanTypeId": product["id"], "submit": False}
    loan = officer.post("/loans", body).data
    path = f"/loans/{loan['id']}"
    officer.put(path, {"notes": "Stock for the feast"}).accepted()
    officer.patch(f"{path}/submit").accepted()
    supervisor.patch(f"{path}/approve", {"notes": "Known for years"}).accepted()
    supervisor.patch(f"{path}/undo-approval", {"notes": "Papers missing"}).accepted()
    supervisor.patch(f"{path}/approve").accepted()
    disbursement = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
    supervisor.post(f"{path}/disburse", disbursement).accepted()
    supervisor.patch(f"{path}/undo-disbursement", {"notes": "Another account"}).accepted()
    supervisor.post(f"{path}/disburse", disbursement).accepted()
    supervisor.post(f"{path}/assign", {"assignedOfficerId": officer.id}).accepted()
    admin.post(f"/loans/regenerate-schedule/{loan['id']}").accepted()
    admin.post("/loans/generate-missing-schedules").accepted()
    payment = {"loanId": loan["id"], "amount": "5000.00", "method": "CASH", "paidAt": "2026-04-11"}
    officer.post("/repayments", {**payment, "reference": "CASH-0001"}, Idempotency_Key="cash-0001").accepted()
    _reschedule(team, path)
    kind = admin.get("/documents/types").data[0]["id"]
    paper = upload(officer, f"/documents{path.replace('/loans', '/loan')}", PDF, "form.pdf", documentTypeId=kind).data
    guarantor = f"/documents{path.replace('/loans', '/loan')}/guarantor/grace"
    upload(officer, guarantor, PDF, "card.pdf", documentTypeId=kind, guarantorName="Grace Eze").accepted()
    supervisor.put(f"/documents/{paper['id']}/verify", {"type": "loan", "verified": True}).accepted()
    for name in (guarantor, guarantor.partition("/guarantor")[0], f"/documents/serve/{paper['id']}"):
        ask(officer, "GET", name)
    for name in ("", "/schedule", "/summary", "/schedule-history", "/reschedules"):
        ask(officer, "GET", f"{path}{name}")
    for name in ("?limit=2", "/stats"):
        ask(officer, "GET", f"/loans{name}")
    ask(officer, "GET", "/search?search=ngozi")
    ask(supervisor, "DELETE", f"/documents/{paper['id']}?type=loan")
    supervisor.patch(f"/loans/{_submitted(team)}/reject", {"notes": "Too much at once"}).accepted()
    supervisor.put(f"/loans/{_submitted(team)}/status", {"status": "CANCELED", "notes": "Withdrawn"}).accepted()
    ask(officer, "DELETE", f"/loans/{team.draft()['id']}")
    admin.put(f"/loan-types/{product['id']}/toggle-status").accepted()
    spare = admin.post("/loan-types", {"name": random_name("Never used"), **CONDITIONS}).data
    ask(admin, "DELETE", f"/loan-types/{spare['id']}")


def _submitted(team: Team) -> str:
    loan_id = team.draft()["id"]
    team.officer.patch(f"/loans/{loan_id}/submit").accepted()
    return str(loan_id)


def _reschedule(team: Team, path: str) -> None:
    proposal = {"fromDate": "2026-09-11", "termCount": 10, "termUnit": "MONTH", "reason": "A bad harvest"}
    team.officer.post(f"{path}/reschedules/preview", proposal).accepted()
    for decision, notes in (("reject", {"notes": "Too long"}), ("approve", {"notes": "Agreed"})):
        proposed = team.officer.post(f"{path}/reschedules", proposal).data
        ask(team.supervisor, "GET", "/loans/reschedules?limit=2")
        team.supervisor.patch(f"{path}/reschedules/{proposed['id']}/{decision}", notes).accepted()


def _money(team: Team) -> None:
    admin, officer, supervisor = team.admin, team.officer, team.supervisor
    loan = team.active_loan()
    payment = {"loanId": loan["id"], "amount": "5000.00", "method": "CASH", "paidAt": "2026-04-11"}
    recorded = officer.post("/repayments", payment).data
    charges = f"/loans/{loan['id']}/charges"
    charge = supervisor.post(charges, {"kind": "FEE", "amount": "200.00", "note": "Passbook"}).data
    supervisor.post(f"{charges}/{charge['id']}/waive", {"reason": "Lost by us"}).accepted()
    for path in (charges, f"/loans/{loan['id']}/settlement", "/repayments?limit=2", f"/repayments/{recorded['id']}"):
        ask(officer, "GET", path)
    for path in ("summary", "arrears?limit=2", "portfolio-at-risk", "portfolio-at-risk/history", "schedules?limit=2"):
        ask(officer, "GET", f"/repayments/{path}")
    for path in ("/schedules?limit=2", f"/schedules/{loan['id']}", f"/repayments/schedules/{loan['id']}"):
        ask(officer, "GET", path)
    ask(officer, "GET", f"/repayments/{recorded['id']}/receipt?size=58mm")
    for path in (f"/loans/{loan['id']}", f"/union-members/{loan['unionMemberId']}", f"/unions/{team.union['id']}"):
        ask(officer, "GET", f"{path}/statement")
    for path in ("/repayments/export?format=xlsx", "/schedules/export?format=csv"):
        ask(officer, "GET", path)
    sheet = officer.get("/repayments/collection-sheet", unionId=team.union["id"]).data
    line = next(line for line in sheet["lines"] if line["loanId"] == loan["id"])
    paid = {"loanId": loan["id"], "amount": "1000.00", "idempotencyKey": "sheet-1", "version": line["version"]}
    counted = [{"denomination": "500.00", "count": 1}, {"denomination": "200.00", "count": 2}]
    cash = {"cashHandedOver": "1000.00", "cashCount": [*counted, {"denomination": "50.00", "count": 2}]}
    officer.post("/repayments/collection-sheet", {"unionId": team.union["id"], **cash, "lines": [paid]}).accepted()
    for path in ("collection-sheets", "officer-day"):
        ask(officer, "GET", f"/repayments/{path}")
    ask(supervisor, "GET", "/repayments/team-day")
    ask(supervisor, "GET", f"/union-members/{loan['unionMemberId']}/record")
    admin.post(f"/repayments/{recorded['id']}/reverse", {"reason": "Counted twice"}).accepted()


def _leave(team: Team) -> None:
    """What ends what the others needed."""
    kind = team.admin.get("/documents/types").data[0]["id"]
    member = team.member()
    papers = f"/documents/union-member/{member['id']}"
    paper = upload(team.officer, papers, PDF, "card.pdf", documentTypeId=kind).data["id"]
    ask(team.officer, "GET", f"/documents/serve/{paper}")
    erasure = {"confirmation": member["code"], "reason": "Asked for it in writing"}
    team.admin.get(f"/union-members/{member['id']}/data").accepted()
    team.admin.post(f"/union-members/{member['id']}/erase", erasure).accepted()


def _look_back(team: Team) -> None:
    entries = team.supervisor.get("/audit-logs", limit=2).data
    ask(team.supervisor, "GET", f"/audit-logs/{entries[0]['id']}")
    loan_id = team.officer.get("/loans", limit=1).data[0]["id"]
    ask(team.supervisor, "GET", f"/audit-logs/entity/Loan/{loan_id}")
    for name in ("dashboard?periodStart=2026-03-01", "officers", "activity", "catalogue", "loans-by-status"):
        ask(team.supervisor, "GET", f"/supervisor-reports/{name}")
    _kept_report(team)
    _have_reports_made(team)
    for name in ("branch?periodType=weekly", "system"):
        ask(team.supervisor, "GET", f"/analytics/{name}")
    weekly = {"periodType": "weekly"}
    team.supervisor.post(f"/analytics/branch/{team.union['id']}/generate", weekly).accepted()
    team.supervisor.post("/analytics/comparison", {"branchIds": [team.union["id"]], **weekly}).accepted()


def _kept_report(team: Team) -> None:
    march = {"reportType": "MONTHLY", "periodStart": "2026-03-01", "periodEnd": "2026-03-31"}
    report = team.supervisor.post("/supervisor-reports/generate", march).accepted().body
    for name in ("", f"/{report['id']}"):
        ask(team.supervisor, "GET", f"/supervisor-reports/sessions{name}")
    ask(team.supervisor, "DELETE", f"/supervisor-reports/sessions/{report['id']}")


def _have_reports_made(team: Team) -> None:
    ask(team.admin, "GET", "/audit-logs/verify")
    ask(team.supervisor, "GET", "/audit-logs/export?action=LOAN_CREATED")
    job = team.supervisor.post("/supervisor-reports/jobs", {"name": "loans-by-status", "format": "csv"}).data["id"]
    eventually(lambda: team.supervisor.get(f"/supervisor-reports/jobs/{job}").data["state"] == "DONE")
    for path in ("", f"/{job}", f"/{job}/file"):
        ask(team.supervisor, "GET", f"/supervisor-reports/jobs{path}")
    ask(team.supervisor, "DELETE", f"/supervisor-reports/jobs/{job}")
    for name in ("unions", "union-members", "loans", "repayments", "schedules"):
        _have_list_made(team, f"/reports/jobs/{name}")
    _subscribe(team)
    _back_up(team)


def _back_up(team: Team) -> None:
    made = ask(team.admin, "POST", "/backup/create", {"location": "local"})["data"]["backupId"]
    eventually(lambda: team.admin.get("/backup/list").data[0]["status"] == "completed", seconds=60)
    ask(team.admin, "GET", "/backup/list")
    ask(team.admin, "GET", "/backup/restores")
    ask(team.admin, "GET", f"/backup/download/{made}?format=csv")
    ask(team.admin, "PUT", "/backup/schedule", {"frequency": "daily", "location": "local"})
    ask(team.admin, "GET", "/backup/schedule")
    ask(team.admin, "DELETE", f"/backup/{made}")
    _ask_before_deleting(team)


def _ask_before_deleting(team: Team) -> None:
    member, loan_type = team.draft()["unionMemberId"], team.admin.get("/loan-types", limit=1).data[0]["id"]
    for path in (
        f"user/{team.officer.id}",
        f"union/{team.union['id']}",
        f"unionMember/{member}",
        f"loanType/{loan_type}",
    ):
        ask(team.admin, "GET", f"/backup/dependencies/{path}")


def _have_list_made(team: Team, path: str) -> None:
    job = team.officer.post(path, {"format": "csv", "filters": {"search": "Market"}}).data["id"]
    eventually(lambda: team.officer.get(f"{path}/{job}").data["state"] == "DONE")
    for below in ("", f"/{job}", f"/{job}/file"):
        ask(team.officer, "GET", f"{path}{below}")
    ask(team.officer, "DELETE", f"{path}/{job}")


def _subscribe(team: Team) -> None:
    weekly = {"name": "loans-by-status", "format": "pdf", "frequency": "WEEKLY", "day": 1}
    made = team.supervisor.post("/supervisor-reports/subscriptions", weekly).data["id"]
    ask(team.supervisor, "GET", "/supervisor-reports/subscriptions")
    ask(team.supervisor, "PUT", f"/supervisor-reports/subscriptions/{made}", {"frequency": "MONTHLY", "day": 3})
    ask(team.supervisor, "DELETE", f"/supervisor-reports/subscriptions/{made}")
