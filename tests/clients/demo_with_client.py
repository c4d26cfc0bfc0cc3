"""Plays one loan from application to its first repayment with the generated Python client, which lies beside this file
as the package `generated`. Speaks to API_URL as EMAIL with PASSWORD."""

import os
import secrets
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from generated.api.auth import sign_in
from generated.api.loans import approve_loan, create_loan, disburse_loan, get_loan_schedule, submit_loan
from generated.api.repayments import record_repayment
from generated.api.union_members import create_member
from generated.api.unions import create_union
from generated.api.users import create_user
from generated.client import AuthenticatedClient, Client
from generated.models.identity_login_body import IdentityLoginBody
from generated.models.identity_new_user_body import IdentityNewUserBody
from generated.models.identity_new_user_body_role import IdentityNewUserBodyRole
from generated.models.lending_application_body import LendingApplicationBody
from generated.models.lending_application_body_term_unit import LendingApplicationBodyTermUnit
from generated.models.lending_approval_body import LendingApprovalBody
from generated.models.lending_disbursement_body import LendingDisbursementBody
from generated.models.lending_disbursement_body_method import LendingDisbursementBodyMethod
from generated.models.membership_new_member_body import MembershipNewMemberBody
from generated.models.membership_new_union_body import MembershipNewUnionBody
from generated.models.payments_new_repayment_body import PaymentsNewRepaymentBody
from generated.models.payments_new_repayment_body_method import PaymentsNewRepaymentBodyMethod
from generated.models.problem import Problem

URL = os.environ["API_URL"]


def data(answer: Any) -> Any:
    """The data of a success; a failure ends the play with its code."""
    if answer is None or isinstance(answer, Problem):
        raise SystemExit(f"Refused: {answer}")
    return answer.data


def signed_in(email: str, password: str) -> AuthenticatedClient:
    tokens = data(sign_in.sync(client=Client(URL), body=IdentityLoginBody(email=email, password=password)))
    return AuthenticatedClient(URL, tokens.access_token)


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise SystemExit(f"{what} is {found}, but must be {expected}.")


def play() -> None:
    admin = signed_in(os.environ["EMAIL"], os.environ["PASSWORD"])
    run, password = secrets.token_hex(4), f"Demo-{secrets.token_urlsafe(12)}-1"

    def take_in(role: str, **more: Any) -> Any:
        body = IdentityNewUserBody(
            email=f"{role.lower()}-{run}@demo.local",
            first_name="Ada",
            last_name="Obi",
            role=IdentityNewUserBodyRole(role),
            password=password,
            **more,
        )
        return data(create_user.sync(client=admin, body=body))

    leader = take_in("SUPERVISOR")
    lender = take_in("CREDIT_OFFICER", supervisor_id=leader.id)
    supervisor, officer = signed_in(leader.email, password), signed_in(lender.email, password)
    union = data(
        create_union.sync(
            client=admin, body=MembershipNewUnionBody(name=f"Market Women {run}", credit_officer_id=lender.id)
        )
    )
    person = MembershipNewMemberBody(first_name="Ngozi", last_name="Okafor", phone="08030000001", union_id=union.id)
    member = data(create_member.sync(client=officer, body=person))
    terms = LendingApplicationBody(
        union_member_id=member.id,
        principal_amount="50000.00",
        term_count=12,
        term_unit=LendingApplicationBodyTermUnit.MONTH,
        submit=False,
    )
    loan = data(create_loan.sync(client=officer, body=terms))
    expect("the status of a draft", loan.status, "DRAFT")
    data(submit_loan.sync(loan.id, client=officer))
    data(approve_loan.sync(loan.id, client=supervisor, body=LendingApprovalBody(notes="Known for years")))
    disbursement = LendingDisbursementBody(
        disbursed_at=date(2026, 3, 11), method=LendingDisbursementBodyMethod.TRANSFER, reference="TXN123456"
    )
    expect("the status", data(disburse_loan.sync(loan.id, client=supervisor, body=disbursement)).status, "ACTIVE")

    payment = PaymentsNewRepaymentBody(
        loan_id=loan.id, amount="5000.00", method=PaymentsNewRepaymentBodyMethod.CASH, paid_at=date(2026, 4, 11)
    )
    key = str(uuid4())
    recorded = data(record_repayment.sync(client=officer, body=payment, idempotency_key=key))
    again = record_repayment.sync_detailed(client=officer, body=payment, idempotency_key=key)
    expect("the repayment under the same key", data(again.parsed).id, recorded.id)
    expect("the header of a replay", again.headers.get("Idempotent-Replay"), "true")

    schedule = data(get_loan_schedule.sync(loan.id, client=officer))
    expect("the number of instalments", len(schedule), 12)
    expect("what is due first", schedule[0].total_due, "4166.67")
    expect("the kind of a day", isinstance(schedule[0].due_date, datetime), True)
    expect("what is paid of the second", schedule[1].paid_amount, "833.33")
    refused = record_repayment.sync(client=supervisor, body=payment)
    expect("the code of a refusal", isinstance(refused, Problem) and refused.code, "role-not-allowed")


if __name__ == "__main__":
    play()
