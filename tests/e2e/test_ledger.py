"""Everything that can happen to a loan's money, through the gateway: after each deed all services tell the same."""

from decimal import Decimal

from tests.institution import owed_and_paid, portfolio

CASH = {"method": "CASH"}


def test_every_deed_shows_at_once_and_alike_everywhere(team, active):
    path, charges = f"/loans/{active['id']}", f"/loans/{active['id']}/charges"

    def assert_owed(owed, paid):
        assert owed_and_paid(team.officer, active["id"]) == (Decimal(owed), Decimal(paid))
        assert portfolio(team.supervisor) == (Decimal(owed), Decimal(paid))

    team.pay(active["id"], "5000.00").accepted()
    penalty = team.supervisor.post(charges, {"kind": "PENALTY", "amount": "412.50", "dueOn": "2026-05-02"}).data
    assert_owed("45412.50", "5000.00")

    backdated = {"loanId": active["id"], "amount": "4000.00", "paidAt": "2026-04-01", **CASH}
    first = team.officer.post("/repayments", backdated).data
    assert [line["amount"] for line in first["allocations"]] == ["4000.00"]
    assert_owed("41412.50", "9000.00")

    fee = team.supervisor.post(charges, {"kind": "FEE", "amount": "30", "dueOn": "2027-06-01"}).data
    assert team.officer.get(f"{path}/schedule").data[-1]["feeDue"] == "30.00"
    assert_owed("41442.50", "9000.00")

    reversal = {"reason": "Counted twice"}
    assert team.officer.post(f"/repayments/{first['id']}/reverse", reversal).status == 403
    team.admin.post(f"/repayments/{first['id']}/reverse", reversal).accepted()
    assert team.admin.post(f"/repayments/{first['id']}/reverse", reversal).status == 409
    assert_owed("45442.50", "5000.00")

    team.supervisor.post(f"{charges}/{penalty['id']}/waive", {"reason": "The bridge was closed"}).accepted()
    assert_owed("45030.00", "5000.00")

    too_much = team.pay(active["id"], "45030.01")
    assert (too_much.status, too_much.body["payable"]) == (400, "45030.00")
    last = team.pay(active["id"], team.officer.get(f"{path}/settlement").data["amount"]).data
    assert team.officer.get(path).data["status"] == "COMPLETED"
    assert_owed("0.00", "50030.00")

    team.admin.post(f"/repayments/{last['id']}/reverse", reversal).accepted()
    assert team.officer.get(path).data["status"] == "ACTIVE"
    assert_owed("45030.00", "5000.00")
    assert [charge["id"] for charge in team.officer.get(charges).data] == [penalty["id"], fee["id"]]

    recorded = {entry["action"] for entry in team.admin.get("/audit-logs", limit=100).data}
    assert {"REPAYMENT_REVERSED", "CHARGE_ADDED", "CHARGE_WAIVED", "LOAN_REACTIVATED"} <= recorded


def test_what_settles_a_declining_loan_early_closes_it(team):
    loan = team.active_loan(interestRate=24, interestMethod="DECLINING_BALANCE")
    path = f"/loans/{loan['id']}/settlement"
    closing = team.officer.get(path, on="2026-05-26").data
    assert Decimal(closing["rebate"]) > 0
    assert Decimal(closing["amount"]) + Decimal(closing["rebate"]) == Decimal(closing["outstanding"])
    body = {"loanId": loan["id"], "amount": closing["amount"], "paidAt": "2026-05-26", **CASH}
    paid = team.officer.post("/repayments", body).data
    assert paid["receipt"]["loanStatus"] == "COMPLETED"
    assert owed_and_paid(team.officer, loan["id"]) == (Decimal(0), Decimal(closing["amount"]))
    assert team.officer.get(f"/loans/{loan['id']}").data["status"] == "COMPLETED"
    team.admin.post(f"/repayments/{paid['id']}/reverse", {"reason": "The cheque bounced"}).accepted()
    assert owed_and_paid(team.officer, loan["id"]) == (Decimal(closing["outstanding"]), Decimal(0))


def test_a_recovery_on_a_written_off_loan_is_shown_alike(team, active):
    body = {"status": "WRITTEN_OFF", "notes": "Moved away"}
    team.supervisor.put(f"/loans/{active['id']}/status", body).accepted()
    assert team.pay(active["id"], "700.00").data["kind"] == "RECOVERY"
    assert owed_and_paid(team.officer, active["id"]) == (Decimal(49300), Decimal(700))
    assert team.officer.get(f"/loans/{active['id']}").data["status"] == "WRITTEN_OFF"
    assert portfolio(team.supervisor)[1] == Decimal(700)


def test_money_and_charges_follow_a_loan_to_its_new_schedule(team, active):
    path = f"/loans/{active['id']}"
    team.supervisor.post(f"{path}/charges", {"kind": "FEE", "amount": "25", "dueOn": "2027-06-01"}).accepted()
    team.supervisor.post(f"{path}/charges", {"kind": "PENALTY", "amount": "10", "dueOn": "2026-04-20"}).accepted()
    team.pay(active["id"], "9000.00").accepted()
    proposal = team.officer.post(f"{path}/reschedules", {"fromDate": "2026-07-01", "termCount": 24, "interestRate": 12})
    team.supervisor.patch(f"{path}/reschedules/{proposal.data['id']}/approve").accepted()
    loan = team.officer.get(path).data
    assert len(loan["scheduleItems"]) == 27
    assert [line["feeDue"] for line in loan["scheduleItems"] if line["feeDue"] != "0.00"] == ["10.00", "25.00"]
    owed, paid = owed_and_paid(team.officer, active["id"])
    assert paid == Decimal(9000)
    assert owed == 50035 + Decimal(str(team.officer.get(f"{path}/summary").data["totalInterest"])) - paid
    assert portfolio(team.supervisor) == (owed, paid)
    team.pay(active["id"], str(owed)).accepted()
    assert team.officer.get(path).data["status"] == "COMPLETED"
    assert portfolio(team.supervisor) == (Decimal(0), owed + paid)
