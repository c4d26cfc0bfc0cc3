"""What was written is there in the next read, whichever service answers it."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

RUNS, THREADS = 1000, 8


def test_a_payment_shows_in_the_next_read_everywhere(team):
    loans = [team.active_loan() for _ in range(THREADS)]

    def pay_and_read(loan):
        person = team.officer.again()
        for run in range(1, RUNS // THREADS + 1):
            paid = person.post("/repayments", {"loanId": loan["id"], "amount": "1.00", "method": "CASH"})
            assert paid.status == 201, paid.body
            assert "x-followers-behind" not in paid.headers
            left = Decimal(50000 - run)
            assert Decimal(str(person.get(f"/loans/{loan['id']}/summary").data["totalOutstanding"])) == left
            schedule = person.get(f"/loans/{loan['id']}/schedule").data
            assert sum(Decimal(line["paidAmount"]) for line in schedule) == run
            listed = person.get("/repayments", loanId=loan["id"], limit=1)
            assert listed.data[0]["id"] == paid.data["id"]
            assert listed.body["pagination"]["total"] == run
        return person.get(f"/loans/{loan['id']}").data["totalPaid"]

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(pay_and_read, loans)) == [RUNS // THREADS] * THREADS


def test_every_write_shows_in_the_lists_at_once(team):
    member = team.member()
    assert member["id"] in {row["id"] for row in team.officer.get("/union-members").data}
    before = team.officer.get("/loans", limit=1).body["pagination"]["total"]
    loan = team.draft(member)
    listed = team.officer.get("/loans", limit=1)
    assert listed.data[0]["id"] == loan["id"]
    assert listed.body["pagination"]["total"] == before + 1
    assert listed.data[0]["unionMember"]["lastName"] == member["lastName"]
    trail = team.supervisor.get("/audit-logs", entityId=loan["id"]).data
    assert [entry["action"] for entry in trail] == ["LOAN_CREATED"]
    union = team.officer.get(f"/unions/{team.union['id']}").data
    assert union["_count"] == {"unionMembers": 1, "loans": 1}


def test_a_reassigned_union_changes_hands_with_the_answer(team, other_team):
    loan = team.active_loan()
    team.admin.post(f"/unions/{team.union['id']}/assign", {"creditOfficerId": other_team.officer.id}).accepted()
    for path in (f"/loans/{loan['id']}", f"/schedules/{loan['id']}", f"/unions/{team.union['id']}"):
        assert team.officer.get(path).status == 404
        assert other_team.officer.get(path).status == 200
    assert team.officer.get("/loans").data == []
    payment = {"loanId": loan["id"], "amount": 10, "method": "CASH"}
    assert other_team.officer.post("/repayments", payment).status == 201
