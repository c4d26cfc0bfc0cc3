"""Who may call which route: one line for each operation of the API document, to be read beside the institution's rules.

Each line says, in this order, what an admin gets, the supervisor and the officer to whom the object belongs, and
another supervisor and officer to whom it does not. PASSES is every answer but 401, 403, 404 and a fault of ours: the
body of the request is empty or would change nothing, so what passes is often told what is missing. EMPTY is a list
without anything in it, which is also what an id of nothing gives.
"""

from typing import Any, NamedTuple

from gateway.routes import UPSTREAMS

PASSES = 0
ABSENT, REFUSED, UNKNOWN, EMPTY = 404, 403, 401, 200


class Access(NamedTuple):
    """The status each of them gets; `stranger` is whoever has no token, or a revoked, an expired or a forged one."""

    admin: int
    supervisor: int
    officer: int
    other_supervisor: int
    other_officer: int
    stranger: int = UNKNOWN


EVERYBODY = Access(PASSES, PASSES, PASSES, PASSES, PASSES)
SCOPED = Access(PASSES, PASSES, PASSES, ABSENT, ABSENT)
ADMINS = Access(PASSES, REFUSED, REFUSED, REFUSED, REFUSED)
SENIORS = Access(PASSES, PASSES, REFUSED, PASSES, REFUSED)
SENIORS_IN_SCOPE = Access(PASSES, PASSES, REFUSED, ABSENT, REFUSED)
LENDERS_IN_SCOPE = Access(PASSES, REFUSED, PASSES, REFUSED, ABSENT)
LISTED_IN_SCOPE = Access(PASSES, PASSES, PASSES, EMPTY, EMPTY)
WRITTEN_BY_OFFICER = Access(PASSES, REFUSED, PASSES, ABSENT, ABSENT)
FORBIDDEN = Access(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED)
OWNER = Access(ABSENT, ABSENT, PASSES, ABSENT, ABSENT)
ANYBODY = Access(PASSES, PASSES, PASSES, PASSES, PASSES, stranger=PASSES)
NOBODY = Access(ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, stranger=ABSENT)

# Stays open, so there is no whole answer; gateway/tests/test_stream.py asks it as everybody.
OPEN_ENDED = frozenset({"GET /stream"})

ACCESS: dict[str, Access] = {
    "GET /health": ANYBODY,
    "GET /ping": ANYBODY,
    "GET /test": ANYBODY,
    "GET /direct-test": ANYBODY,
    "GET /stream": EVERYBODY,
    "GET /search": EVERYBODY,
    # Signing in and what surrounds it.
    "POST /auth/login": ANYBODY,
    "POST /auth/logout": ANYBODY,
    "POST /auth/refresh": ANYBODY,
    "POST /auth/register": ANYBODY,
    "POST /auth/forgot-password": ANYBODY,
    "POST /auth/reset-password": ANYBODY,
    "POST /auth/password-reset": ANYBODY,
    "POST /auth/password-reset/confirm": ANYBODY,
    "POST /auth/magic-link": ANYBODY,
    "GET /auth/magic-link/verify": ANYBODY,
    "POST /auth/magic-link/verify": ANYBODY,
    "GET /auth/oauth/providers": ANYBODY,
    # No provider is set up here.
    "GET /auth/oauth/{name}/start": NOBODY,
    "GET /auth/oauth/{name}/callback": NOBODY,
    "GET /auth/test": ANYBODY,
    "GET /auth/me": EVERYBODY,
    "PUT /auth/change-password": EVERYBODY,
    "GET /auth/sessions": EVERYBODY,
    "POST /auth/sessions/revoke-others": EVERYBODY,
    "DELETE /auth/sessions/{session_id}": OWNER,
    "POST /auth/impersonate/{user_id}": ADMINS,
    # Staff.
    "GET /users": EVERYBODY,
    "POST /users": SENIORS,
    "GET /users/export": ADMINS,
    "POST /users/import": ADMINS,
    "POST /users/bulk-operation": ADMINS,
    "GET /users/{user_id}": SCOPED,
    "PUT /users/{user_id}": SCOPED,
    "DELETE /users/{user_id}": ADMINS,
    "PUT /users/{user_id}/reset-password": ADMINS,
    "POST /users/{user_id}/reset-password": ADMINS,
    "POST /users/{user_id}/invitation": SENIORS_IN_SCOPE,
    "GET /users/{user_id}/sessions": ADMINS,
    "DELETE /users/{user_id}/sessions/{session_id}": ADMINS,
    "GET /user-activity/login-history": SENIORS,
    "POST /user-activity/update": EVERYBODY,
    "GET /user-activity/system/summary": ADMINS,
    "GET /user-activity/user/{user_id}/summary": SENIORS_IN_SCOPE,
    "GET /user-activity/union/{union_id}/summary": SENIORS_IN_SCOPE,
    "GET /notes": EVERYBODY,
    "POST /notes": SCOPED,
    "GET /notes/categories": EVERYBODY,
    "GET /notes/category/{category}": EVERYBODY,
    "GET /notes/user/{user_id}": LISTED_IN_SCOPE,
    "GET /notes/{note_id}": SCOPED,
    "PUT /notes/{note_id}": WRITTEN_BY_OFFICER,
    "DELETE /notes/{note_id}": WRITTEN_BY_OFFICER,
    # How the services are.
    **{f"GET /system/{service}": ADMINS for service in UPSTREAMS},
    **{f"POST /system/{service}/dead-letters/resend": ADMINS for service in UPSTREAMS},
    # The institution.
    "GET /settings/public": ANYBODY,
    "GET /settings/company": EVERYBODY,
    "PUT /settings/company": ADMINS,
    "GET /settings/general": ADMINS,
    "PUT /settings/general": ADMINS,
    "GET /settings/system": ADMINS,
    "PUT /settings/system": ADMINS,
    "GET /settings/email": ADMINS,
    "PUT /settings/email": ADMINS,
    "POST /settings/email/test": ADMINS,
    "GET /settings/email-templates": ADMINS,
    "GET /settings/email-templates/{id_or_key}": ADMINS,
    "PUT /settings/email-templates/{id_or_key}": ADMINS,
    "POST /settings/email-templates/{id_or_key}/preview": ADMINS,
    "POST /settings/email-templates/{id_or_key}/reset": ADMINS,
    "POST /settings/email-templates/{id_or_key}/test": ADMINS,
    "GET /settings/mails": ADMINS,
    "POST /settings/mails/{mail_id}/retry": ADMINS,
    "PUT /settings/password": EVERYBODY,
    "POST /settings/upload": ADMINS,
    "POST /upload-branding": ADMINS,
    "GET /uploads/identity/{name}": ANYBODY,
    "GET /uploads/membership/{name}": ANYBODY,
    # Unions and members.
    "GET /branches": EVERYBODY,
    "POST /branches": SENIORS_IN_SCOPE,
    "GET /branches/{union_id}": SCOPED,
    "GET /branches/{union_id}/stats": SCOPED,
    "PUT /branches/{union_id}": ADMINS,
    "DELETE /branches/{union_id}": ADMINS,
    "PATCH /branches/{union_id}/toggle-status": ADMINS,
    "GET /branch-transfers": SENIORS,
    "POST /branch-transfers": ADMINS,
    "GET /branch-transfers/{transfer_id}": SENIORS_IN_SCOPE,
    "POST /branch-transfers/{transfer_id}/execute": ADMINS,
    "POST /branch-transfers/{transfer_id}/cancel": ADMINS,
    "GET /unions": EVERYBODY,
    "POST /unions": SENIORS_IN_SCOPE,
    "GET /unions/ids": EVERYBODY,
    "GET /unions/export/csv": EVERYBODY,
    "GET /unions/export": EVERYBODY,
    "GET /unions/{union_id}": SCOPED,
    "GET /unions/{union_id}/stats": SCOPED,
    "GET /unions/{union_id}/statement": SCOPED,
    "DELETE /unions/{union_id}": ADMINS,
    "PUT /unions/{union_id}": ADMINS,
    "POST /unions/{union_id}/assign": ADMINS,
    "GET /union-members": EVERYBODY,
    "POST /union-members": SCOPED,
    "GET /union-members/{member_id}": SCOPED,
    "PUT /union-members/{member_id}": SCOPED,
    "DELETE /union-members/{member_id}": SCOPED,
    "GET /union-members/check-email": EVERYBODY,
    "GET /union-members/export/csv": EVERYBODY,
    "GET /union-members/export": EVERYBODY,
    "GET /union-members/{member_id}/statement": SCOPED,
    "GET /union-members/{member_id}/record": SCOPED,
    "GET /union-members/{member_id}/loans": SCOPED,
    "PATCH /union-members/{member_id}/toggle-verification": SENIORS_IN_SCOPE,
    "POST /union-members/{member_id}/erase": ADMINS,
    "GET /union-members/{member_id}/data": ADMINS,
    "POST /union-members/{member_id}/reassign": ADMINS,
    "DELETE /union-members/{member_id}/documents/{document_id}": SCOPED,
    "GET /assignment-history": EVERYBODY,
    # Documents.
    "GET /documents/types": EVERYBODY,
    "POST /documents/types": ADMINS,
    "GET /documents/types/{document_type_id}": EVERYBODY,
    "PUT /documents/types/{document_type_id}": ADMINS,
    "DELETE /documents/types/{document_type_id}": ADMINS,
    "GET /documents/union-member/{member_id}": SCOPED,
    "POST /documents/union-member/{member_id}": SCOPED,
    "POST /documents/union-member/{member_id}/profile": SCOPED,
    "DELETE /documents/union-member/{member_id}/{document_id}": SCOPED,
    "GET /documents/loan/{loan_id}": SCOPED,
    "POST /documents/loan/{loan_id}": SCOPED,
    "GET /documents/loan/{loan_id}/guarantor/{guarantor_id}": SCOPED,
    "POST /documents/loan/{loan_id}/guarantor/{guarantor_id}": SCOPED,
    "GET /documents/serve/{document_id}": SCOPED,
    "PUT /documents/{document_id}/verify": SENIORS_IN_SCOPE,
    "DELETE /documents/{document_id}": SENIORS_IN_SCOPE,
    # Loans.
    "GET /loan-types": EVERYBODY,
    "POST /loan-types": ADMINS,
    "GET /loan-types/{loan_type_id}": EVERYBODY,
    "PUT /loan-types/{loan_type_id}": ADMINS,
    "DELETE /loan-types/{loan_type_id}": ADMINS,
    "PUT /loan-types/{loan_type_id}/toggle-status": ADMINS,
    "GET /loans": EVERYBODY,
    "POST /loans": LENDERS_IN_SCOPE,
    "GET /loans/stats": EVERYBODY,
    "GET /loans/export": EVERYBODY,
    "POST /loans/schedule-preview": EVERYBODY,
    "POST /loans/generate-missing-schedules": ADMINS,
    "POST /loans/regenerate-schedule/{loan_id}": ADMINS,
    "GET /loans/{loan_id}": SCOPED,
    "PUT /loans/{loan_id}": LENDERS_IN_SCOPE,
    "DELETE /loans/{loan_id}": LENDERS_IN_SCOPE,
    "POST /loans/{loan_id}/assign": SENIORS_IN_SCOPE,
    "GET /loans/{loan_id}/schedule": SCOPED,
    "GET /loans/{loan_id}/schedule-history": SCOPED,
    "GET /loans/{loan_id}/summary": SCOPED,
    "PATCH /loans/{loan_id}/submit": LENDERS_IN_SCOPE,
    "PATCH /loans/{loan_id}/approve": SENIORS_IN_SCOPE,
    "PATCH /loans/{loan_id}/reject": SENIORS_IN_SCOPE,
    "PATCH /loans/{loan_id}/undo-approval": SENIORS_IN_SCOPE,
    "PATCH /loans/{loan_id}/undo-disbursement": SENIORS_IN_SCOPE,
    "PUT /loans/{loan_id}/status": SENIORS_IN_SCOPE,
    "POST /loans/{loan_id}/disburse": SENIORS_IN_SCOPE,
    "GET /loans/{loan_id}/reschedules": SCOPED,
    "POST /loans/{loan_id}/reschedules": SCOPED,
    "POST /loans/{loan_id}/reschedules/preview": SCOPED,
    "GET /loans/reschedules": EVERYBODY,
    "PATCH /loans/{loan_id}/reschedules/{reschedule_id}/approve": SENIORS_IN_SCOPE,
    "PATCH /loans/{loan_id}/reschedules/{reschedule_id}/reject": SENIORS_IN_SCOPE,
    # Money.
    "GET /loans/{loan_id}/settlement": SCOPED,
    "GET /loans/{loan_id}/statement": SCOPED,
    "GET /loans/{loan_id}/charges": SCOPED,
    "POST /loans/{loan_id}/charges": SENIORS_IN_SCOPE,
    "POST /loans/{loan_id}/charges/{charge_id}/waive": SENIORS_IN_SCOPE,
    "GET /repayments": EVERYBODY,
    "POST /repayments": LENDERS_IN_SCOPE,
    "GET /repayments/summary": EVERYBODY,
    "GET /repayments/export": EVERYBODY,
    "GET /repayments/arrears": EVERYBODY,
    "GET /repayments/portfolio-at-risk": EVERYBODY,
    "GET /repayments/portfolio-at-risk/history": EVERYBODY,
    "GET /repayments/collection-sheet": SCOPED,
    "POST /repayments/collection-sheet": LENDERS_IN_SCOPE,
    "GET /repayments/collection-sheets": EVERYBODY,
    "GET /repayments/officer-day": EVERYBODY,
    "GET /repayments/team-day": SENIORS,
    "GET /repayments/schedules": EVERYBODY,
    "GET /repayments/schedules/{loan_id}": SCOPED,
    "GET /repayments/{repayment_id}": SCOPED,
    "GET /repayments/{repayment_id}/receipt": SCOPED,
    # Payments are permanent.
    "PUT /repayments/{repayment_id}": FORBIDDEN,
    "DELETE /repayments/{repayment_id}": FORBIDDEN,
    "POST /repayments/{repayment_id}/reverse": ADMINS,
    "GET /schedules": EVERYBODY,
    "GET /schedules/export": EVERYBODY,
    "GET /schedules/{loan_id}": SCOPED,
    # What is looked back on.
    "GET /audit-logs": SENIORS,
    "GET /audit-logs/export": SENIORS,
    "GET /audit-logs/verify": ADMINS,
    "GET /audit-logs/entity/{entity_name}/{entity_id}": Access(PASSES, PASSES, REFUSED, EMPTY, REFUSED),
    "GET /audit-logs/{entry_id}": SENIORS_IN_SCOPE,
    "GET /supervisor-reports/dashboard": SENIORS,
    "GET /supervisor-reports/officers": SENIORS,
    "GET /supervisor-reports/activity": SENIORS,
    "POST /supervisor-reports/generate": SENIORS,
    "GET /supervisor-reports/sessions": SENIORS,
    "GET /supervisor-reports/sessions/{session_id}": SENIORS_IN_SCOPE,
    "DELETE /supervisor-reports/sessions/{session_id}": SENIORS_IN_SCOPE,
    "GET /supervisor-reports/catalogue": EVERYBODY,
    # What is in it depends on who asks.
    "GET /supervisor-reports/{name}": EVERYBODY,
    "GET /analytics/branch": SENIORS,
    "GET /analytics/system": SENIORS,
    "POST /analytics/branch/{union_id}/generate": SENIORS_IN_SCOPE,
    "POST /analytics/comparison": SENIORS_IN_SCOPE,
    # A job is of who asked for it.
    "POST /supervisor-reports/jobs": EVERYBODY,
    "GET /supervisor-reports/jobs": EVERYBODY,
    "GET /supervisor-reports/jobs/{job_id}": OWNER,
    "GET /supervisor-reports/jobs/{job_id}/file": OWNER,
    "DELETE /supervisor-reports/jobs/{job_id}": OWNER,
    # A subscription is of who has the report sent.
    "GET /supervisor-reports/subscriptions": SENIORS,
    "POST /supervisor-reports/subscriptions": SENIORS,
    "PUT /supervisor-reports/subscriptions/{subscription_id}": Access(ABSENT, PASSES, REFUSED, ABSENT, REFUSED),
    "DELETE /supervisor-reports/subscriptions/{subscription_id}": Access(ABSENT, PASSES, REFUSED, ABSENT, REFUSED),
    # A backup has everything in it.
    "POST /backup/create": ADMINS,
    "GET /backup/list": ADMINS,
    "GET /backup/download/{backup_id}": ADMINS,
    "DELETE /backup/{backup_id}": ADMINS,
    "GET /backup/schedule": ADMINS,
    "PUT /backup/schedule": ADMINS,
    "POST /backup/restore": ADMINS,
    "GET /backup/restores": ADMINS,
    # To have one would end every session of the world.
    "GET /backup/restores/{restore_id}": Access(ABSENT, REFUSED, REFUSED, REFUSED, REFUSED),
    # Switched off.
    "POST /backup/reset": FORBIDDEN,
    "GET /backup/dependencies/user/{user_id}": ADMINS,
    "GET /backup/dependencies/union/{union_id}": ADMINS,
    "GET /backup/dependencies/unionMember/{member_id}": ADMINS,
    "GET /backup/dependencies/loanType/{loan_type_id}": ADMINS,
    "GET /backup/dependencies/{entity_type}/{entity_id}": ADMINS,
}
# So is a list that is made aside.
ACCESS |= {
    f"{method} /supervisor-reports/jobs/{name}{path}": access
    for name in ("unions", "union-members", "loans", "repayments", "schedules")
    for job in (f"/{{{name.replace('-', '_')}_job_id}}",)
    for method, path, access in (
        ("POST", "", EVERYBODY),
        ("GET", "", EVERYBODY),
        ("GET", job, OWNER),
        ("GET", f"{job}/file", OWNER),
        ("DELETE", job, OWNER),
    )
}
# What some strangers get otherwise than the others: who has no token cannot sign out, nor who forges one.
STRANGERS = {("POST /auth/logout", "nobody"): UNKNOWN, ("POST /auth/logout", "forged"): UNKNOWN}

# A second public name of the same resource, and the first.
ALIASES = {
    "/customers": "/union-members",
    "/documents/customer": "/documents/union-member",
    "/reports": "/supervisor-reports",
}


class Form(NamedTuple):
    """A form with a file, instead of JSON: a `document` or a `picture`."""

    kind: str
    fields: dict[str, str]


DOCUMENT, PICTURE = Form("document", {}), Form("picture", {})

# What has to be said before an object is looked for; `{name}` stands for its id. Everything else is sent `{}`.
BODIES: dict[str, Any] = {
    # Whoever asks for a reset has to say so before it is judged; it is switched off here.
    "POST /backup/reset": {"confirmationToken": "DELETE"},
    "POST /notes": {"userId": "{user_id}", "title": "Seen", "content": "As agreed"},
    "POST /unions": {"name": "Hope", "creditOfficerId": "{user_id}"},
    "POST /branches": {"name": "Hope", "managerId": "{user_id}"},
    "POST /analytics/comparison": {"branchIds": ["{union_id}"]},
    "POST /union-members": {"firstName": "Ngozi", "lastName": "Eze", "phone": "08030000000", "unionId": "{union_id}"},
    "POST /loans": {
        "unionMemberId": "{fresh_member_id}",
        "principalAmount": 50000,
        "termCount": 12,
        "termUnit": "MONTH",
    },
    "POST /documents/union-member/{member_id}": DOCUMENT,
    "POST /documents/union-member/{member_id}/profile": PICTURE,
    "POST /documents/loan/{loan_id}": DOCUMENT,
    "POST /documents/loan/{loan_id}/guarantor/{guarantor_id}": DOCUMENT,
    "PUT /documents/{document_id}/verify": {"type": "loan", "verified": True},
    "POST /loans/{loan_id}/charges": {"kind": "FEE", "amount": "1.00", "note": "Passbook"},
    "POST /loans/{loan_id}/charges/{charge_id}/waive": {"reason": "Lost"},
    "POST /loans/{loan_id}/assign": {"assignedOfficerId": "{user_id}"},
    "PATCH /loans/{loan_id}/reject": {"notes": "Too much"},
    "PATCH /loans/{loan_id}/undo-approval": {"reason": "By mistake"},
    "PATCH /loans/{loan_id}/undo-disbursement": {"reason": "By mistake"},
    "PUT /loans/{loan_id}/status": {"status": "APPROVED"},
    "POST /loans/{loan_id}/reschedules": {
        "fromDate": "2026-05-20",
        "termCount": 20,
        "termUnit": "WEEK",
        "reason": "A bad harvest",
    },
    "POST /loans/{loan_id}/reschedules/preview": {"fromDate": "2026-05-20", "termCount": 20, "termUnit": "WEEK"},
    "PATCH /loans/{loan_id}/reschedules/{reschedule_id}/reject": {"notes": "Too long"},
    "POST /repayments": {"loanId": "{loan_id}", "amount": 1, "method": "CASH"},
    "POST /repayments/collection-sheet": {
        "unionId": "{union_id}",
        "cashHandedOver": 1,
        "lines": [{"loanId": "{loan_id}", "amount": 1, "idempotencyKey": "sheet-{loan_id}"}],
    },
}
QUERIES: dict[str, str] = {
    "DELETE /documents/{document_id}": "?type=loan",
    "GET /repayments/collection-sheet": "?unionId={union_id}",
}
# Where a parameter of a path stands for another object than elsewhere.
PARAMETERS: dict[tuple[str, str], str] = {
    ("DELETE /union-members/{member_id}", "member_id"): "leaving_member_id",
    ("PUT /loans/{loan_id}", "loan_id"): "draft_id",
    ("DELETE /loans/{loan_id}", "loan_id"): "draft_id",
    ("PATCH /loans/{loan_id}/submit", "loan_id"): "draft_id",
    ("DELETE /union-members/{member_id}/documents/{document_id}", "document_id"): "member_document_id",
    ("DELETE /documents/union-member/{member_id}/{document_id}", "document_id"): "member_document_id",
    ("GET /uploads/identity/{name}", "name"): "picture_of_staff",
    ("GET /uploads/membership/{name}", "name"): "picture_of_member",
    ("GET /supervisor-reports/{name}", "name"): "report_name",
    ("GET /supervisor-reports/sessions/{session_id}", "session_id"): "report_session_id",
    ("DELETE /supervisor-reports/sessions/{session_id}", "session_id"): "report_session_id",
    ("GET /auth/oauth/{name}/start", "name"): "provider",
    ("GET /auth/oauth/{name}/callback", "name"): "provider",
}


def entry_of(method: str, path: str) -> str:
    """The name in these tables of an operation at `path`, which is relative to /api and may be a second name."""
    for alias, name in ALIASES.items():
        if path == alias or path.startswith(alias + "/"):
            path = name + path.removeprefix(alias)
    return f"{method} {path}"
