"""The main job: one loan from application to its last repayment, through the gateway, shown alike everywhere."""


def test_a_loan_is_applied_for_approved_disbursed_and_repaid(team):
    member = team.member()
    loan = team.draft(member)
    assert loan["status"] == "DRAFT"
    assert loan["loanNumber"].startswith("LN")
    path = f"/loans/{loan['id']}"

    assert team.officer.patch(f"{path}/submit").data["status"] == "PENDING_APPROVAL"
    assert team.officer.patch(f"{path}/approve").status == 403
    assert team.supervisor.patch(f"{path}/approve").data["status"] == "APPROVED"
    assert team.officer.get(f"{path}/schedule").data == []

    disbursement = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
    disbursed = team.supervisor.post(f"{path}/disburse", disbursement).data
    assert disbursed["status"] == "ACTIVE"
    assert disbursed["disbursementReference"] == "TXN123456"
    assert team.supervisor.post(f"{path}/disburse", disbursement).status == 409

    paid = team.pay(loan["id"], 5000).data
    assert [line["amount"] for line in paid["allocations"]] == ["4166.67", "833.33"]

    schedule = team.officer.get(f"{path}/schedule").data
    assert [(line["totalDue"], line["paidAmount"], line["status"]) for line in schedule[:2]] == [
        ("4166.67", "4166.67", "PAID"),
        ("4166.67", "833.33", "PARTIAL"),
    ]
    assert schedule[0]["dueDate"] == "2026-04-11T00:00:00.000Z"
    assert schedule[-1]["totalDue"] == "4166.63"
    assert team.officer.get(f"{path}/summary").data["totalOutstanding"] == 45000
    assert team.officer.get(f"/schedules/{loan['id']}").data["schedule"][1]["paidAmount"] == "833.33"

    assert team.pay(loan["id"], "45000.00").status == 201
    done = team.officer.get(path).data
    assert (done["status"], done["totalOutstanding"]) == ("COMPLETED", 0)
    assert done["closedAt"]
    assert {line["status"] for line in done["scheduleItems"]} == {"PAID"}
    assert [repayment["amount"] for repayment in done["repayments"]] == ["45000.00", "5000.00"]
    assert team.pay(loan["id"], 1).status == 409

    trail = team.supervisor.get("/audit-logs/entity/Loan/" + loan["id"]).data
    assert [entry["action"] for entry in reversed(trail)] == [
        "LOAN_CREATED", "LOAN_SUBMITTED", "LOAN_APPROVED", "LOAN_DISBURSED", "LOAN_COMPLETED",
    ]  # fmt: skip
    summary = team.supervisor.get("/supervisor-reports/dashboard").body["summary"]
    assert summary["totalRepaid"] == 50000
    assert summary["completedLoans"] == 1


def test_the_web_form_carries_an_application_through_at_once(team):
    member = team.member()
    complete = {
        "unionMemberId": member["id"], "principalAmount": 10000, "termCount": 30, "termUnit": "DAY",
        "startDate": "2026-01-31T00:00:00.000Z", "processingFeeAmount": 100, "penaltyFeePerDayAmount": 0,
    }  # fmt: skip
    submitted = team.officer.post("/loans", complete).data
    assert submitted["status"] == "PENDING_APPROVAL"
    approved = team.admin.put(f"/loans/{submitted['id']}/status", {"status": "APPROVED"}).data
    assert approved["status"] == "APPROVED"
    schedule = team.officer.get(f"/loans/{submitted['id']}/schedule").data
    assert [line["totalDue"] for line in schedule] == ["333.33"] * 29 + ["333.43"]

    assert team.pay(submitted["id"], "333.33").status == 201
    loan = team.officer.get(f"/loans/{submitted['id']}").data
    assert loan["status"] == "ACTIVE"
    assert loan["disbursedAt"]


def test_an_admin_application_is_active_at_once(team):
    complete = {
        "unionMemberId": team.member()["id"], "principalAmount": 50000, "termCount": 3, "termUnit": "MONTH",
        "startDate": "2026-01-31", "processingFeeAmount": 0, "penaltyFeePerDayAmount": 0,
    }  # fmt: skip
    loan = team.admin.post("/loans", complete).data
    assert loan["status"] == "ACTIVE"
    due = [line["dueDate"][:10] for line in team.officer.get(f"/loans/{loan['id']}/schedule").data]
    assert due == ["2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_rejected_loan_is_final_and_frees_the_member(team):
    member = team.member()
    loan, again = team.draft(member), team.draft(member)
    assert team.officer.patch(f"/loans/{loan['id']}/submit").status == 200
    refused = team.officer.patch(f"/loans/{again['id']}/submit")
    assert refused.status == 409
    assert "already has an active" in refused.message
    rejected = team.supervisor.put(f"/loans/{loan['id']}/status", {"status": "CANCELED", "notes": "No guarantor"})
    assert rejected.data["status"] == "CANCELED"
    assert "No guarantor" in rejected.data["notes"]
    assert team.supervisor.patch(f"/loans/{loan['id']}/approve").status == 409
    assert team.officer.patch(f"/loans/{again['id']}/submit").status == 200
