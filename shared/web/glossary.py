"""What names on the wire mean, for all shapes and bodies that have them. A field that means something else says so in
its own description, which goes before."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

GENERAL = {
    "id": "Opaque and stable.",
    "createdAt": "UTC.",
    "updatedAt": "When it was last changed; UTC.",
    "deletedAt": "Always null: what was deleted is not shown.",
    "_count": "How many of each belong to it; those deleted are not counted.",
    "search": "Words to look for; every one must be found.",
    "dateFrom": "The first day that counts, in the company's time zone.",
    "dateTo": "The last day that counts, in the company's time zone; the whole of it.",
    "ipAddress": "Where the request came from, as the gateway saw it.",
    "userAgent": "The program that asked, as it named itself.",
    "query.format": "`json` for the usual envelope, `csv` for a file to be saved.",
    "page": "From 1.",
    "limit": "The most rows a page has.",
    "total": "Rows of all pages together.",
    "totalPages": "How many pages there are.",
    "pages": "`totalPages` under its second name.",
    "pagination": "Once more what stands beside `data`.",
    "role": "What a member of staff may do; BRANCH_MANAGER, of old, is never sent.",
    "supervisor": "Whose officer this is; null without one.",
    "creditOfficer": "Who is responsible for the union.",
    "currentOfficer": "Who is responsible for the member: always the officer of the union.",
    "currentOfficerId": "Id of the officer of the member's union.",
    "assignedOfficer": "Who is responsible for the loan: always the officer of the union.",
    "assignedOfficerId": "Id of the officer of the loan's union.",
    "createdBy": "Whoever made it.",
    "createdByUser": "Whoever made it; `createdBy` under its second name.",
    "isActive": "Whether it is in use: an account can sign in, a product or a type is offered.",
    "profileImage": "Address of the picture, which anybody may see; null without one.",
    "lastLoginAt": "UTC; null before the first time.",
    "lastActivityAt": "The last request, to the minute; UTC.",
    "loginCount": "How often they have signed in.",
    "isVerified": "Whether somebody has checked who the member is.",
    "dateOfBirth": "The day the member was born.",
    "branch": "The union, under the name of older pages.",
    "branchId": "`unionId` under the name of older pages.",
    "customer": "The member, under the name of older pages.",
    "customerId": "`unionMemberId` under the name of older pages.",
    "memberCode": "`MEM` and six digits.",
    "memberName": "First and last name.",
    "unionName": "The union's name then.",
    "loanNumber": "`LN` and eight digits.",
    "status": "Where it stands.",
    "currencyCode": "ISO 4217.",
    "principalAmount": "What is lent, without interest and fees.",
    "requestedAmount": "What was asked for, where less was approved; else null.",
    "termCount": "How long the loan runs, in `termUnit`s.",
    "termUnit": "The unit of `termCount`.",
    "startDate": "The day the loan was meant to begin; instalments are counted from the disbursement.",
    "endDate": "The day the last instalment falls due.",
    "firstDueDate": "The day the first instalment falls due, where that was agreed; null: one period after the start.",
    "interestRate": "Per year, in percent.",
    "processingFeeAmount": "Fee for making the loan, as an amount; of a loan, with what the percentage comes to.",
    "processingFeeCollected": "Whether the fee was deducted from what was paid out.",
    "penaltyFeePerDayAmount": "Penalty for each day a loan is overdue.",
    "disbursedAt": "When the money went to the member; UTC; null before that.",
    "disbursementMethod": "How the money went to the member.",
    "disbursementReference": "What the bank or the cash book calls the disbursement.",
    "submittedAt": "UTC; null for a draft.",
    "approvedAt": "UTC; null before the approval.",
    "closedAt": "When nothing was owed on it any more; UTC; else null.",
    "minAmount": "The least principal.",
    "maxAmount": "The most principal.",
    "minTerm": "The shortest term, in `termUnit`s.",
    "maxTerm": "The longest term, in `termUnit`s.",
    "loanType": "The product the loan was made from; null without one.",
    "sequence": "From 1.",
    "dueDate": "The day the instalment falls due.",
    "principalDue": "Principal in this instalment.",
    "interestDue": "Interest in this instalment.",
    "feeDue": "Fees in this instalment, penalties included; `penaltyDue` says how much of it these are.",
    "penaltyDue": "Penalties in this instalment.",
    "totalDue": "All that falls due with this instalment.",
    "paidAmount": "What is paid of `totalDue`.",
    "isOverdue": "Whether its day has passed and something is unpaid.",
    "daysOverdue": "Days since the oldest unpaid day it was due; 0 when nothing is overdue.",
    "totalPaid": "All repayments together, less those reversed.",
    "totalOutstanding": "All that is still owed, due yet or not.",
    "schedule": "The instalments by `sequence`.",
    "allocations": "The parts of repayments that were put on instalments.",
    "amount": "In the institution's currency.",
    "penaltyAmount": "The part that paid penalties.",
    "feeAmount": "The part that paid fees.",
    "interestAmount": "The part that paid interest.",
    "paidAt": "When the member paid; UTC. For a day that was given without a time, midnight UTC of it.",
    "method": "How the money was paid.",
    "reference": "What the bank or the receipt book calls it.",
    "receivedBy": "Who took the money.",
    "receivedByUserId": "Id of the member of staff who took the money.",
    "reversalOfId": "Of a reversal, the id of the entry that it takes back; else null.",
    "reversedById": "Id of the entry that takes this one back; null while it counts.",
    "scheduleItemId": "Id of the instalment.",
    "scheduleItem": "The instalment.",
    "totalRepaid": "Money received on these loans, less what was reversed.",
    "totalDisbursed": "Principal of all loans that were paid out.",
    "activeLoans": "Loans being repaid.",
    "completedLoans": "Loans that were paid off.",
    "totalLoans": "All loans, in whatever status.",
    "totalMembers": "Members of the unions.",
    "documents": "Papers, newest first.",
    "fileUrl": "Opens the file without a sign-in, for an hour and while this session lasts.",
    "fileName": "What its sender called it.",
    "fileSize": "In bytes.",
    "mimeType": "By its content, whatever its name says.",
    "issueDate": "The day it was issued.",
    "expiryDate": "The last day it is valid.",
    "issuingAuthority": "Who issued it.",
    "verified": "Whether somebody found it to be what it should be.",
    "verificationNotes": "What they noted.",
    "uploadedAt": "UTC.",
    "uploadedBy": "Who sent it.",
    "uploadedByUserId": "Id of whoever sent it.",
    "documentType": "What kind of document it is.",
    "query.expires": "Of a signed link: until when it opens.",
    "query.reader": "Of a signed link: whom it was made for; it opens what they may see now.",
    "query.session": "Of a signed link: whose session it belongs to.",
    "query.signature": "Of a signed link: proof that we made it. Without one a sign-in is needed.",
    "reason": "Why, in the words of whoever did it.",
}
# Names that say all there is to say.
SELF_EVIDENT = frozenset(
    {
        "address",
        "city",
        "color",
        "company",
        "country",
        "currency",
        "currentPassword",
        "description",
        "email",
        "enabled",
        "errors",
        "favicon",
        "field",
        "firstName",
        "fromEmail",
        "fromName",
        "gender",
        "lastName",
        "loan",
        "location",
        "logo",
        "maritalStatus",
        "message",
        "name",
        "newPassword",
        "note",
        "notes",
        "password",
        "phone",
        "profession",
        "state",
        "subject",
        "success",
        "timestamp",
        "title",
        "union",
        "unionMember",
        "url",
        "user",
        "users",
        "zipCode",
    }
)
_ON_A_DAY = "A calendar day, written as midnight UTC of it."
_ID = re.compile(r"(?<!^)(?=[A-Z])")


def described(document: Json, glossary: Mapping[str, str]) -> Json:
    """The document, with a description on every parameter and property that has none and whose name the glossary, the
    general one included, explains. A parameter of a path is looked up as `path.<name>`, one of a query as
    `query.<name>` and then by its name; an id is the id of what it is named after."""
    words = {**GENERAL, **glossary}
    for part in _parameters(document):
        place = part.get("in")
        if place and "description" not in part:
            meaning = words.get(f"{place}.{part['name']}") or (place == "query" and words.get(part["name"]))
            _describe(part, meaning or _id_of(part["name"]))
    for name, prop in properties(document):
        if "description" not in prop:
            _describe(prop, words.get(name) or _id_of(name))
        if prop.pop("x-calendar-day", False):
            prop["description"] = f"{prop.get('description', '')} {_ON_A_DAY}".strip()
    return document


def undescribed(document: Json) -> list[str]:
    """The parameters and properties that say nothing and whose name does not say it all."""
    silent = [
        f"{part['in']} parameter {part['name']}"
        for part in _parameters(document)
        if "in" in part and "description" not in part and part["name"] not in SELF_EVIDENT
    ]
    return sorted({*silent, *(name for name, prop in properties(document) if "description" not in prop)} - SELF_EVIDENT)


def properties(document: Json) -> Iterator[tuple[str, Json]]:
    """Every property of every shape a client of this service sends or gets, by its name."""
    for shape in document["components"].get("schemas", {}).values():
        yield from _properties_of(shape)
    for operations in document["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield from _properties_of(content["schema"])


def _properties_of(shape: Json) -> Iterator[tuple[str, Json]]:
    yield from shape.get("properties", {}).items()


def _parameters(document: Json) -> Iterator[Json]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _id_of(name: str) -> str | None:
    """`unionMemberId` and `union_member_id` are ids of a union member."""
    words = _ID.sub("_", name).lower().split("_")
    return f"Id of the {' '.join(words[:-1])}." if len(words) > 1 and words[-1] == "id" else None


def _describe(part: Json, meaning: str | None) -> None:
    if meaning:
        part["description"] = meaning
