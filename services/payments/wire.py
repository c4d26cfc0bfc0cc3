"""How accounts, schedules and repayments look to the world outside (contract section 2): for answers and for the audit
trail alike. Everything takes a row or a dict with the columns it names."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from services.payments.domain.arrears import days_in_arrears, is_overdue, status_shown
from services.payments.domain.facts import RepaymentKind
from services.payments.domain.instalment import InstalmentStatus
from services.payments.domain.settlement import Settlement
from services.payments.models.ledger import Row
from shared.money import ZERO
from shared.wire import PublicFile, day, day_of_text, money, number, timestamp, timestamp_of_text

Json = dict[str, Any]


def repayment(row: Row) -> Json:
    """Repayment or reversal. It never changes, so it was last updated when it was recorded."""
    recorded_at = timestamp(row["recorded_at"])
    return {
        "id": str(row["id"]),
        "loanId": str(row["loan_id"]),
        "receivedByUserId": str(row["received_by"]),
        "amount": money(row["amount"]),
        "currencyCode": row["currency"],
        "paidAt": timestamp(row["paid_at"]),
        "method": row["method"],
        "reference": row["reference"],
        "notes": row["notes"],
        "kind": row.get("kind", RepaymentKind.REPAYMENT),
        "reversalOfId": _text(row.get("reversal_of_id")),
        "reversedById": _text(row.get("reversed_by_id")),
        "createdAt": recorded_at,
        "updatedAt": recorded_at,
        "deletedAt": None,
    }


def allocation(row: Row) -> Json:
    """Allocation."""
    return {
        "id": str(row["id"]),
        "repaymentId": str(row["repayment_id"]),
        "scheduleItemId": str(row["instalment_id"]),
        "amount": money(row["amount"]),
        "penaltyAmount": money(row["penalty"]),
        "feeAmount": money(row["fee"]),
        "interestAmount": money(row["interest"]),
        "principalAmount": money(row["principal"]),
        "createdAt": timestamp(row["created_at"]),
    }


def schedule_item(row: Row, today: date) -> Json:
    """ScheduleItem as it stands on the day `today`. The web client knows three parts, so `feeDue` holds the penalties
    too; `penaltyDue` says how much of it they are."""
    status, due_on = InstalmentStatus(row["status"]), row["due_on"]
    overdue = is_overdue(status, due_on, on=today)
    return {
        "id": str(row["id"]),
        "loanId": str(row["loan_id"]),
        "sequence": row["sequence"],
        "dueDate": day(due_on),
        "principalDue": money(row["principal"]),
        "interestDue": money(row["interest"]),
        "feeDue": money(row["fee"] + row["penalty"]),
        "penaltyDue": money(row["penalty"]),
        "totalDue": money(row["total"]),
        "paidAmount": money(row["paid"]),
        "status": status_shown(status, due_on, on=today).value,
        "isOverdue": overdue,
        "daysOverdue": days_in_arrears([due_on], on=today) if overdue else 0,
        "closedAt": timestamp(row["closed_at"]),
        "createdAt": timestamp(row["created_at"]),
        "updatedAt": timestamp(row["updated_at"]),
        "deletedAt": None,
    }


def charge(row: Row) -> Json:
    """Charge: a fee, a penalty or a rebate, and whether it still counts."""
    status = "WAIVED" if row["waived_at"] else "REVERSED" if row["reversed_by_id"] else "ACTIVE"
    return {
        "id": str(row["id"]),
        "loanId": str(row["loan_id"]),
        "kind": row["kind"],
        "amount": money(row["amount"]),
        "dueOn": day(row["due_on"]),
        "note": row["note"],
        "status": status,
        "isAccrued": row["late_instalment_id"] is not None,
        "repaymentId": _text(row["repayment_id"]),
        "createdByUserId": _text(row["recorded_by"]),
        "createdAt": timestamp(row["recorded_at"]),
        "waivedAt": timestamp(row["waived_at"]),
        "waivedByUserId": _text(row["waived_by"]),
        "waiverReason": row["reason"],
    }


def settlement(account: Row, closing: Settlement) -> Json:
    """What closes a loan on a day."""
    return {
        "loanId": str(account["loan_id"]),
        "loanNumber": account["loan_number"],
        "on": day(closing.on),
        "amount": money(closing.total),
        "principal": money(closing.principal),
        "interest": money(closing.interest),
        "fee": money(closing.fee),
        "penalty": money(closing.penalty),
        "rebate": money(closing.rebate),
        "outstanding": money(account["outstanding"]),
    }


def receipt_number(repayment: Row, account: Row) -> str:
    """Made of the loan's number and of how often its account changed, so that no two are the same."""
    return f"{account['loan_number']}-{repayment['account_version']:04d}"


def receipt(repayment: Row, account: Row, postings: Iterable[Row]) -> Json:
    """What a receipt says of a repayment just recorded."""
    paid = dict.fromkeys(("penalty", "fee", "interest", "principal"), ZERO)
    for posting in postings:
        paid = {part: amount + posting[part] for part, amount in paid.items()}
    names = (account["member_first_name"], account["member_last_name"])
    return {
        "number": receipt_number(repayment, account),
        "loanNumber": account["loan_number"],
        "memberCode": account["member_code"],
        "memberName": " ".join(name for name in names if name),
        "unionName": account["union_name"],
        "amount": money(repayment["amount"]),
        "currencyCode": repayment["currency"],
        "method": repayment["method"],
        "reference": repayment["reference"],
        "paidOn": day(repayment["paid_on"]),
        "recordedAt": timestamp(repayment["recorded_at"]),
        "receivedBy": repayment["receiver_email"] or "",
        **{part: money(amount) for part, amount in paid.items()},
        "totalPaid": money(account["paid"]),
        "outstanding": money(account["outstanding"]),
        "loanStatus": account["status"],
    }


def loan_scalars(row: Row) -> Json:
    """LoanScalars with the two ids under their old names. Times and dates in `facts` are as the wire shows them."""
    facts, member_id, union_id = row["facts"], str(row["member_id"]), str(row["union_id"])
    return {
        "id": str(row["loan_id"]),
        "loanNumber": row["loan_number"],
        "unionMemberId": member_id,
        "customerId": member_id,
        "unionId": union_id,
        "branchId": union_id,
        "loanTypeId": _text(row["loan_type_id"]),
        "principalAmount": money(row["principal"]),
        "currencyCode": row["currency"],
        "termCount": facts["term_count"],
        "termUnit": facts["term_unit"],
        "startDate": facts["start_on"],
        "endDate": facts["end_on"],
        "interestRate": money(Decimal(facts["annual_rate"]) * 100),
        "processingFeeAmount": facts["processing_fee"],
        "processingFeeCollected": facts["processing_fee_collected"],
        "penaltyFeePerDayAmount": facts["penalty_per_day"],
        "status": row["status"],
        "createdByUserId": str(row["created_by"]),
        "assignedOfficerId": str(row["officer_id"]),
        "submittedAt": facts["submitted_at"],
        "approvedAt": facts["approved_at"],
        "approvedByUserId": facts["approved_by"],
        "disbursedAt": timestamp(row["disbursed_at"]),
        "disbursementMethod": facts["disbursement_method"],
        "disbursementReference": facts["disbursement_reference"],
        "closedAt": timestamp(row["closed_at"]),
        "notes": facts["notes"],
        "createdAt": facts["created_at"],
        "updatedAt": facts["updated_at"],
        "deletedAt": None,
    }


def loan_of_repayment_row(row: Row) -> Json:
    """The loan beside a repayment in a list."""
    return {
        "id": str(row["loan_id"]),
        "loanNumber": row["loan_number"],
        "principalAmount": money(row["principal"]),
        "unionMember": member_ref(row),
        "customer": _customer(row, member_ref(row)),
        "union": union_ref(row),
    }


def loan_paid(row: Row) -> Json:
    """The loan in the answer to a payment: LoanScalars with member and union in short."""
    return loan_scalars(row) | {
        "unionMember": member_ref(row),
        "customer": _customer(row, member_ref(row)),
        "branch": union_ref(row),
    }


def loan_of_schedule_row(row: Row) -> Json:
    """The loan beside an instalment in a list: LoanScalars, what is paid and owed in all, and the people around it."""
    officer = staff_ref(row, "officer_id", "officer")
    names = (row["officer_first_name"], row["officer_last_name"])
    return loan_scalars(row) | {
        "unionMember": member_ref(row),
        "customer": _customer(row, member_ref(row)),
        "union": union_ref(row),
        "branch": union_ref(row),
        "loanType": row["loan_type_id"] and {"id": str(row["loan_type_id"]), "name": row["loan_type_name"]},
        "assignedOfficer": officer | {"name": " ".join(name for name in names if name)},
        "totalPaid": number(row["paid"]),
        "totalOutstanding": number(row["outstanding"]),
    }


def loan_in_full(row: Row) -> Json:
    """LoanScalars with all that is known of member and union, the officer and the creator."""
    creator = staff_ref(row, "created_by", "creator")
    return loan_scalars(row) | {
        "unionMember": member(row),
        "customer": _customer(row, member(row)),
        "union": union(row),
        "branch": union(row),
        "assignedOfficer": staff_ref(row, "officer_id", "officer"),
        "createdByUser": creator,
        "createdBy": creator,
    }


def loan_type(row: Row) -> Json:
    """All fields of a loan type."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "description": row["description"],
        "minAmount": money(row["min_amount"]),
        "maxAmount": money(row["max_amount"]),
        "termUnit": row["term_unit"],
        "minTerm": row["min_term"],
        "maxTerm": row["max_term"],
        "isActive": row["is_active"],
        "createdAt": timestamp(row["created_at"]),
        "updatedAt": timestamp(row["updated_at"]),
        "deletedAt": None,
    }


def member_ref(row: Row) -> Json:
    """The member of a loan, as lists show them."""
    return {
        "id": str(row["member_id"]),
        "code": row["member_code"],
        "firstName": row["member_first_name"],
        "lastName": row["member_last_name"],
    }


def member(row: Row) -> Json:
    """The member of a loan with all their own fields."""
    details = row["member_details"] or {}
    return member_ref(row) | {
        "email": details.get("email"),
        "phone": row["member_phone"],
        "address": details.get("address"),
        "dateOfBirth": day_of_text(details.get("date_of_birth")),
        "gender": details.get("gender"),
        "maritalStatus": details.get("marital_status"),
        "profession": details.get("profession"),
        "company": details.get("company"),
        "city": details.get("city"),
        "state": details.get("state"),
        "country": details.get("country"),
        "zipCode": details.get("zip_code"),
        "note": details.get("note"),
        "profileImage": PublicFile.url(details.get("profile_image")),
        "isVerified": details.get("is_verified"),
        "unionId": str(row["union_id"]),
        "branchId": str(row["union_id"]),
        "currentOfficerId": str(row["officer_id"]),
        "createdAt": timestamp_of_text(details.get("created_at")),
        "updatedAt": timestamp_of_text(details.get("updated_at")),
        "deletedAt": None,
    }


def _customer(row: Row, shown: Json) -> Json:
    """The member under the old name, with a telephone that is never null, because the web client's pages trip on it."""
    return shown | {"phone": row["member_phone"] or ""}


def union_ref(row: Row) -> Json:
    """The union of a loan, as lists show it."""
    return {"id": str(row["union_id"]), "name": row["union_name"], "location": row["union_location"]}


def union(row: Row) -> Json:
    """The union of a loan with all its own fields."""
    return union_ref(row) | {
        "address": row["union_address"],
        "creditOfficerId": str(row["officer_id"]),
        "creditOfficer": staff_ref(row, "officer_id", "officer"),
        "createdAt": timestamp(row["union_created_at"]),
        "updatedAt": timestamp(row["union_updated_at"]),
        "deletedAt": None,
    }


def staff_ref(row: Row, id_column: str, who: str) -> Json:
    """StaffRef from the columns prefixed `who`; one the directory has not heard of yet has no names."""
    return {
        "id": str(row[id_column]),
        "firstName": row[f"{who}_first_name"],
        "lastName": row[f"{who}_last_name"],
        "email": row[f"{who}_email"] or "",
        "role": row[f"{who}_role"] or "",
    }


def receiver(row: Row) -> Json:
    """The Actor who received a repayment."""
    return {
        "id": str(row["received_by"]),
        "email": row["receiver_email"] or "",
        "role": row["receiver_role"] or "",
    }


def repayment_of_allocation(row: Row) -> Json:
    """The repayment an allocation is part of, as the schedule of a loan shows it."""
    return {
        "id": str(row["repayment_id"]),
        "amount": money(row["repayment_amount"]),
        "method": row["method"],
        "paidAt": timestamp(row["paid_at"]),
        "reference": row["reference"],
        "notes": row["notes"],
        "receivedBy": {"id": str(row["received_by"]), "email": row["receiver_email"] or ""},
    }


def schedule_item_ref(row: Row) -> Json:
    """The instalment an allocation is put on, as lists show it."""
    return {"id": str(row["instalment_id"]), "sequence": row["sequence"], "dueDate": day(row["due_on"])}


def _text(identifier: object | None) -> str | None:
    return None if identifier is None else str(identifier)
