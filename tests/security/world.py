"""Two teams that know nothing of each other, and one of everything that belongs to the first."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

import jwt

from deploy.local.parts import SIGNING_KEYS
from deploy.local.platform import Platform
from services.identity.credentials.keys import KeySet
from shared.storage.tests.samples import PDF, picture
from shared.tokens import ALGORITHM
from tests.client import Json, Person, random_name, sign_in, upload
from tests.institution import PASSWORD, Team, new_staff, new_team

CHARGE = {"kind": "FEE", "amount": "1.00", "note": "Passbook"}
PROPOSAL = {"fromDate": "2026-05-20", "termCount": 20, "termUnit": "WEEK", "reason": "A bad harvest"}


def expired_token(platform: Platform, token: str) -> str:
    """What `token` says, signed as identity signs, and an hour too old."""
    claims = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    keys = KeySet((platform.root / SIGNING_KEYS).read_text()).private
    claims |= {"exp": claims["iat"] - 3600, "iat": claims["iat"] - 7200}
    return jwt.encode(claims, keys[kid], algorithm=ALGORITHM, headers={"kid": kid})


@dataclass
class World:
    """`things` makes each object that a path may name, by the parameter's name; an object that is gone is made anew."""

    platform: Platform
    team: Team
    other_team: Team
    _ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls, platform: Platform, admin: Person) -> "World":
        """With an admin of its own, whose sessions nobody else ends."""
        own_admin = new_staff(admin, "ADMIN")
        return cls(platform, new_team(own_admin), new_team(own_admin))

    @cached_property
    def staff(self) -> dict[str, Person]:
        """Everybody who is signed in, by the names of the table's columns."""
        return {
            "admin": self.team.admin,
            "supervisor": self.team.supervisor,
            "officer": self.team.officer,
            "other_supervisor": self.other_team.supervisor,
            "other_officer": self.other_team.officer,
        }

    @cached_property
    def strangers(self) -> dict[str, Person]:
        """Those who are not signed in, whatever they carry; the tokens are an admin's, which would open most."""
        gone, away, other = (new_staff(self.team.admin, "ADMIN") for _ in range(3))
        gone.post("/auth/logout").accepted()
        head, claims, _ = other.token.split(".")
        tokens = {
            "nobody": "",
            "revoked": gone.token,
            "expired": expired_token(self.platform, away.token),
            "forged": f"{head}.{claims}.{gone.token.split('.')[2]}",
        }
        return {name: Person(self.platform.url, token) for name, token in tokens.items()}

    def another_session(self, person: Person) -> Person:
        """This person, signed in once more."""
        return sign_in(self.platform.url, person.get("/auth/me").data["email"], PASSWORD)

    def id(self, name: str) -> str:
        """The id of the object that a parameter of this name stands for."""
        if name not in self._ids:
            maker: Callable[[], str] = getattr(self, f"_new_{name}")
            self._ids[name] = maker()
        return self._ids[name]

    def forget(self, name: str) -> None:
        """Let this object be made anew when it is next wanted."""
        self._ids.pop(name, None)

    def form(self, kind: str) -> dict[str, Any]:
        """The fields and the file of a form."""
        if kind == "picture":
            return {"content": picture("PNG"), "name": "me.png"}
        return {"content": PDF, "name": "paper.pdf", "documentTypeId": self.id("document_type_id")}

    def _new_user_id(self) -> str:
        return self.team.officer.id

    def _new_union_id(self) -> str:
        return str(self.team.union["id"])

    def _new_member_id(self) -> str:
        return str(self.team.member()["id"])

    def _new_fresh_member_id(self) -> str:
        return str(self.team.member()["id"])

    def _new_leaving_member_id(self) -> str:
        return str(self.team.member()["id"])

    def _new_loan_type_id(self) -> str:
        body = {"name": random_name("Plain"), "minAmount": 1, "maxAmount": 1000000, "minTerm": 1, "maxTerm": 60}
        body["termUnit"] = "MONTH"
        return str(self.team.admin.post("/loan-types", body).data["id"])

    def _new_loan_id(self) -> str:
        loan = self.team.active_loan(loanTypeId=self.id("loan_type_id"))
        self.team.pay(loan["id"], 10).accepted()
        return str(loan["id"])

    def _new_draft_id(self) -> str:
        return str(self.team.draft()["id"])

    def _new_repayment_id(self) -> str:
        return str(self.team.pay(self.id("loan_id"), 10).data["id"])

    def _new_charge_id(self) -> str:
        return str(self.team.supervisor.post(f"/loans/{self.id('loan_id')}/charges", CHARGE).data["id"])

    def _new_reschedule_id(self) -> str:
        path = f"/loans/{self.id('loan_id')}/reschedules"
        self.team.officer.post(path, PROPOSAL)  # Refused where one waits already.
        return str(self.team.officer.get(path).data[0]["id"])

    def _new_document_type_id(self) -> str:
        return str(self.team.admin.post("/documents/types", {"name": random_name("Paper")}).data["id"])

    def _new_document_id(self) -> str:
        return self._document(f"/documents/loan/{self.id('loan_id')}")

    def _new_member_document_id(self) -> str:
        return self._document(f"/documents/union-member/{self.id('member_id')}")

    def _document(self, path: str) -> str:
        return str(upload(self.team.officer, path, **self.form("document")).data["id"])

    def _new_note_id(self) -> str:
        body = {"userId": self.team.officer.id, "title": "Seen", "content": "As agreed"}
        return str(self.team.officer.post("/notes", body).data["id"])

    def _new_session_id(self) -> str:
        token = self.another_session(self.team.officer).token
        return str(jwt.decode(token, options={"verify_signature": False})["sid"])

    def _new_mail_id(self) -> str:
        return str(self.team.admin.get("/settings/mails", limit=1).data[0]["id"])

    def _new_job_id(self) -> str:
        return str(self.team.officer.post("/reports/jobs", {"name": "loans-by-status"}).data["id"])

    def _new_backup_id(self) -> str:
        self.team.admin.post("/backup/create")  # Refused where one is being made already.
        return str(self.team.admin.get("/backup/list").data[0]["id"])

    def _new_unions_job_id(self) -> str:
        return self._new_list_job("unions")

    def _new_union_members_job_id(self) -> str:
        return self._new_list_job("union-members")

    def _new_loans_job_id(self) -> str:
        return self._new_list_job("loans")

    def _new_repayments_job_id(self) -> str:
        return self._new_list_job("repayments")

    def _new_schedules_job_id(self) -> str:
        return self._new_list_job("schedules")

    def _new_list_job(self, name: str) -> str:
        return str(self.team.officer.post(f"/reports/jobs/{name}", {}).data["id"])

    def _new_restore_id(self) -> str:
        return self.id("backup_id")

    def _new_report_name(self) -> str:
        return "loans-by-status"

    def _new_report_session_id(self) -> str:
        body = {"reportType": "MONTHLY", "periodStart": "2026-01-01", "periodEnd": "2026-01-31"}
        return str(self.team.supervisor.post("/reports/generate", body).data["id"])

    def _new_transfer_id(self) -> str:
        """Called off, so that nobody who carries it out takes the union from the team."""
        colleague = new_staff(self.team.admin, "CREDIT_OFFICER", self.team.supervisor)
        body = {"userId": colleague.id, "toBranchId": self.id("union_id")}
        transfer = str(self.team.admin.post("/branch-transfers", body).data["id"])
        self.team.admin.post(f"/branch-transfers/{transfer}/cancel").accepted()
        return transfer

    def _new_subscription_id(self) -> str:
        body = {"name": "loans-by-status", "frequency": "DAILY"}
        return str(self.team.supervisor.post("/reports/subscriptions", body).data["id"])

    def _new_entry_id(self) -> str:
        return str(self.team.supervisor.get("/audit-logs", limit=1).data[0]["id"])

    def _new_picture_of_staff(self) -> str:
        answer = upload(self.team.admin, "/settings/upload", **self.form("picture"), type="logo")
        return _file_name(answer.data)

    def _new_picture_of_member(self) -> str:
        path = f"/documents/union-member/{self.id('member_id')}/profile"
        return _file_name(upload(self.team.officer, path, **self.form("picture"), type="profile").data)

    def _new_id_or_key(self) -> str:
        return str(self.team.admin.get("/settings/email-templates").data[0]["id"])

    def _new_provider(self) -> str:
        return "google"

    def _new_category(self) -> str:
        return "general"

    def _new_guarantor_id(self) -> str:
        return "grace"

    def _new_entity_name(self) -> str:
        return "Loan"

    def _new_entity_type(self) -> str:
        return "loan"

    def _new_entity_id(self) -> str:
        return self.id("loan_id")


def _file_name(data: Json) -> str:
    return str(next(value for value in data.values() if "/uploads/" in str(value))).rpartition("/")[2]


def unknown_id(name: str) -> str:
    """An id of nothing."""
    return secrets.token_hex(16) if name.startswith("picture") else str(uuid4())


def stripped(body: Json, ids: list[str]) -> str:
    """An answer without what names this request or these objects."""
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key != "requestId"}
    text = json.dumps(body, sort_keys=True)
    for value in ids:
        text = text.replace(value, "...")
    return text
