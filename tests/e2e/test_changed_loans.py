"""A loan that is changed after money was paid on it: lending and payments agree on every line of its schedule."""

from shared.testing import eventually
from tests.institution import portfolio


def agreed_lines(team, loan_id):
    """The lines of the schedule, once lending and payments show the same: (id, due, paid)."""

    def agree():
        lent = lines(team.officer.get(f"/loans/{loan_id}/schedule").data)
        owed = lines(team.officer.get(f"/schedules/{loan_id}").data["schedule"])
        return lent if lent == owed else None

    return eventually(agree, seconds=20)


def lines(items):
    return [(item["id"], item["dueDate"][:10], item["totalDue"], item["paidAmount"]) for item in items]


def test_a_rescheduled_loan_keeps_what_was_paid(team):
    loan = team.active_loan()
    path = f"/loans/{loan['id']}"
    before = [item["id"] for item in loan["scheduleItems"]]
    assert team.pay(loan["id"], 5000).status == 201

    proposal = {"fromDate": "2026-06-01", "termCount": 25, "termUnit": "WEEK", "reason": "A bad harvest"}
    proposed = team.officer.post(f"{path}/reschedules", proposal).data
    assert team.officer.patch(f"{path}/reschedules/{proposed['id']}/approve").status == 403
    assert team.supervisor.patch(f"{path}/reschedules/{proposed['id']}/approve").data["status"] == "APPROVED"

    after = agreed_lines(team, loan["id"])
    assert ([line[0] for line in after[:2]], len(after)) == (before[:2], 27)
    assert [line[3] for line in after[:3]] == ["4166.67", "833.33", "0.00"]
    assert team.officer.get(f"{path}/summary").data["totalOutstanding"] == 45000
    (past,) = team.officer.get(f"{path}/schedule-history").data
    assert [line["id"] for line in past["scheduleItems"]] == before

    assert team.pay(loan["id"], 45000).status == 201
    done = eventually(lambda: team.officer.get(path).data["status"] == "COMPLETED")
    assert done


def test_an_edited_loan_has_its_payments_applied_again(team):
    loan = team.active_loan()
    path = f"/loans/{loan['id']}"
    assert team.pay(loan["id"], 5000).status == 201
    refused = team.admin.put(path, {"principalAmount": 4000})
    assert (refused.status, "already paid" in refused.message) == (409, True)
    edited = team.admin.put(path, {"principalAmount": 20000, "termCount": 4}).data
    assert edited["totalOutstanding"] == 15000
    assert [line[2:] for line in agreed_lines(team, loan["id"])] == [
        ("5000.00", "5000.00"), ("5000.00", "0.00"), ("5000.00", "0.00"), ("5000.00", "0.00"),
    ]  # fmt: skip


def test_an_undone_disbursement_takes_no_money_until_it_is_made_again(team):
    loan = team.active_loan()
    path = f"/loans/{loan['id']}"
    assert team.supervisor.patch(f"{path}/undo-disbursement", {"notes": "Not fetched"}).data["status"] == "APPROVED"
    assert team.pay(loan["id"], 5000).status == 409
    assert team.supervisor.post(f"{path}/disburse", {"disbursedAt": "2026-03-20"}).data["status"] == "ACTIVE"
    assert team.pay(loan["id"], 5000).status == 201
    assert agreed_lines(team, loan["id"])[0][1:] == ("2026-04-20", "4166.67", "4166.67")
    assert team.supervisor.patch(f"{path}/undo-disbursement").status == 409


def test_a_deleted_loan_is_gone_for_everybody(team):
    loan = team.active_loan()
    assert team.admin.call("DELETE", f"/loans/{loan['id']}").status == 200
    assert team.pay(loan["id"], 5000).status in {404, 409}
    assert team.officer.get(f"/schedules/{loan['id']}").status == 404
    assert team.officer.get(f"/union-members/{loan['unionMemberId']}").data["_count"]["loans"] == 0
    paid = team.active_loan()
    assert team.pay(paid["id"], 1).status == 201
    refused = eventually(lambda: team.admin.call("DELETE", f"/loans/{paid['id']}"))
    assert (refused.status, "permanent" in refused.message) == (409, True)


def test_a_member_takes_their_loans_to_the_team_of_their_new_union(team, other_team):
    loan = team.active_loan()
    team.pay(loan["id"], "25.00").accepted()
    before = portfolio(other_team.supervisor)
    member_id = loan["unionMemberId"]
    team.admin.post(f"/union-members/{member_id}/reassign", {"newUnionId": other_team.union["id"]}).accepted()
    assert portfolio(team.supervisor) == (0, 0)
    other_team.pay(loan["id"], "75.00").accepted()
    assert portfolio(other_team.supervisor) == (before[0] + 49900, before[1] + 100)
    assert other_team.officer.get(f"/loans/{loan['id']}").data["unionId"] == other_team.union["id"]
