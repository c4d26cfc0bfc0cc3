"""`python -m deploy.demo`: plays one loan through the gateway, from application to first repayment, and checks it."""

import argparse
import json
import secrets
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.client import Client, GatewayUnreachable, Refused
from deploy.local.folder import root_folder
from deploy.local.lock import why_nobody_answers

LOCAL = root_folder()

PRINCIPAL, MONTHS, PAYMENT = Decimal("50000.00"), 12, Decimal("5000.00")
# (sequence, total due, paid, status) of the instalments that tell whether the arithmetic is right.
EXPECTED_INSTALMENTS = (
    (1, Decimal("4166.67"), Decimal("4166.67"), "PAID"),
    (2, Decimal("4166.67"), Decimal("833.33"), "PARTIAL"),
    (12, Decimal("4166.63"), Decimal("0.00"), None),
)
EXPECTED_OUTSTANDING = Decimal("45000.00")
EXPECTED_TRAIL = ["LOAN_CREATED", "LOAN_SUBMITTED", "LOAN_APPROVED", "LOAN_DISBURSED", "REPAYMENT_CREATED"]

Json = dict[str, Any]


class Different(Exception):
    """Something did not come out as it must."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who takes part, each signed in."""

    admin: Client
    supervisor: Client
    officer: Client
    officer_id: str


def main() -> None:
    """Play the demo against the platform whose credentials lie in `.local/`; exits with 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--credentials", type=Path, default=LOCAL / "credentials.json", help="default: %(default)s")
    options = parser.parse_args()
    try:
        play(json.loads(options.credentials.read_text()))
    except FileNotFoundError:
        sys.exit(f"demo: {options.credentials} is not there: {why_nobody_answers(options.credentials.parent)}.")
    except GatewayUnreachable as error:
        sys.exit(f"demo: {error}: {why_nobody_answers(options.credentials.parent)}.")
    except (Refused, Different) as error:
        sys.exit(f"demo: {error}")


def play(credentials: Json) -> None:
    """From signing in to the audit trail. Raises Refused, Different, GatewayUnreachable."""
    staff = take_in_staff(credentials)
    loan_id = lend(staff, found_union(staff))
    repayment = staff.officer.post(
        "/api/repayments", loanId=loan_id, amount=PAYMENT, method="CASH", paidAt="2026-04-11", reference="CASH-0001"
    )
    report(f"the officer takes {PAYMENT:,} in cash on 2026-04-11")
    show_account(staff.officer, loan_id)
    show_trail(staff.supervisor, loan_id, repayment["id"])
    print("\nAll figures are what they must be.")


def take_in_staff(credentials: Json) -> Staff:
    """The admin signs in and takes in a supervisor and a credit officer, who sign in too."""
    everybody = Client(credentials["url"])
    admin = everybody.sign_in(credentials["email"], credentials["password"])
    report(f"{credentials['email']} signs in at {credentials['url']}")
    # New addresses at each run, so that it can be played any number of times.
    run = secrets.token_hex(4)
    supervisor = _new_user(admin, f"sade-{run}@demo.local", "Sade", "Bello", role="SUPERVISOR")
    officer = _new_user(
        admin, f"chidi-{run}@demo.local", "Chidi", "Eze", role="CREDIT_OFFICER", supervisorId=supervisor["id"]
    )
    return Staff(
        admin=admin,
        supervisor=everybody.sign_in(supervisor["email"], supervisor["password"]),
        officer=everybody.sign_in(officer["email"], officer["password"]),
        officer_id=officer["id"],
    )


def _new_user(admin: Client, email: str, first_name: str, last_name: str, **more: str) -> Json:
    password = f"Demo-{secrets.token_urlsafe(12)}-1"
    user: Json = admin.post(
        "/api/users", email=email, password=password, firstName=first_name, lastName=last_name, **more
    )
    report(f"the admin takes in {first_name} {last_name} as {user['role']} ({email})")
    return {**user, "password": password}


def found_union(staff: Staff) -> str:
    """A union of the officer's with one member in it; returns the member's id."""
    union = staff.admin.post(
        "/api/unions", name="Market Women of Bodija", location="Ibadan", creditOfficerId=staff.officer_id
    )
    report(f"the admin founds the union {union['name']}")
    member = staff.officer.post(
        "/api/union-members", firstName="Ngozi", lastName="Okafor", phone="08030000001", unionId=union["id"]
    )
    report(f"the officer takes in {member['firstName']} {member['lastName']} as member {member['code']}")
    return str(member["id"])


def lend(staff: Staff, member_id: str) -> str:
    """From application to disbursement; returns the loan's id."""
    loan = staff.officer.post(
        "/api/loans", unionMemberId=member_id, principalAmount=PRINCIPAL, termCount=MONTHS, termUnit="MONTH"
    )
    path = f"/api/loans/{loan['id']}"
    report(f"the officer drafts loan {loan['loanNumber']}: {PRINCIPAL:,} over {MONTHS} months", loan, "DRAFT")
    report("the officer submits it", staff.officer.patch(f"{path}/submit"), "PENDING_APPROVAL")
    report("the supervisor approves it", staff.supervisor.patch(f"{path}/approve", notes="Known for years"), "APPROVED")
    disbursed = staff.supervisor.post(
        f"{path}/disburse", disbursedAt="2026-03-11", method="TRANSFER", reference="TXN123456"
    )
    report("the supervisor disburses it on 2026-03-11 by TRANSFER TXN123456", disbursed, "ACTIVE")
    return str(loan["id"])


def report(step: str, loan: Json | None = None, status: str | None = None) -> None:
    """Print a step that is done; a loan must have come out with this status. Raises Different."""
    if loan is not None:
        expect("the loan's status", loan["status"], status)
    print(f"  ok  {step}" + (f" -> {status}" if status else ""))


def show_account(officer: Client, loan_id: str) -> None:
    """Read back what was just written, print it and check it. Raises Different."""
    schedule = officer.get(f"/api/loans/{loan_id}/schedule")
    print("\n   #  due          due amount        paid  status")
    for line in schedule:
        amounts = f"{Decimal(line['totalDue']):>12,} {Decimal(line['paidAmount']):>11,}"
        print(f"  {line['sequence']:>2}  {line['dueDate'][:10]}  {amounts}  {line['status']}")
    summary = officer.get(f"/api/loans/{loan_id}/summary")
    names = {"principalAmount": "principal", "totalPaid": "paid", "totalOutstanding": "outstanding"}
    for field, name in names.items():
        print(f"  {name:<14}{Decimal(summary[field]):>13,.2f}")
    check_account(schedule, summary)


def check_account(schedule: list[Json], summary: Json) -> None:
    """Hold schedule and balance against what the rules of money say. Raises Different."""
    expect("the number of instalments", len(schedule), MONTHS)
    for sequence, due, paid, status in EXPECTED_INSTALMENTS:
        line = schedule[sequence - 1]
        expect(f"what is due on instalment {sequence}", Decimal(line["totalDue"]), due)
        expect(f"what is paid of instalment {sequence}", Decimal(line["paidAmount"]), paid)
        if status:
            expect(f"the status of instalment {sequence}", line["status"], status)
    expect("the sum of the schedule", sum(Decimal(line["totalDue"]) for line in schedule), PRINCIPAL)
    expect("what is paid", Decimal(summary["totalPaid"]), PAYMENT)
    expect("what is outstanding", Decimal(summary["totalOutstanding"]), EXPECTED_OUTSTANDING)


def show_trail(supervisor: Client, loan_id: str, repayment_id: str) -> None:
    """Print the audit entries of the loan and its repayment, which must be there already. Raises Different."""
    trail = supervisor.get(f"/api/audit-logs/entity/Loan/{loan_id}")
    trail += supervisor.get(f"/api/audit-logs/entity/Repayment/{repayment_id}")
    trail.sort(key=lambda entry: entry["createdAt"])
    print("\n  audit trail")
    for entry in trail:
        print(f"  {entry['createdAt']}  {entry['action']:<18} {entry['actor']['email']}")
    expect("the audit trail", [entry["action"] for entry in trail], EXPECTED_TRAIL)


def expect(what: str, found: object, expected: object) -> None:
    """Raises Different, naming both, unless they are equal."""
    if found != expected:
        raise Different(f"{what} is {found}, but must be {expected}.")


if __name__ == "__main__":
    main()
