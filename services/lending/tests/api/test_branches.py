"""A union as a branch, with its members and loans; and the loans of one member."""

from shared.ids import new_id


def loan_of(client, officer, member):
    body = {"unionMemberId": str(member.id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
    return client.post("/loans", json=body, headers=officer.headers).json["data"]


def test_a_branch_is_shown_with_its_officer_members_and_loans(client, officer, supervisor, admin, a_union, a_member):
    union_id, elsewhere = a_union(name="Market Women of Bodija"), a_union()
    first, second = a_member(union=union_id, first_name="Ada"), a_member(union=union_id, first_name="Bola")
    a_member(union=elsewhere)
    loan = loan_of(client, officer, first)
    for who in (officer, supervisor, admin):
        branch = client.get(f"/branches/{union_id}", headers=who.headers).json["data"]
        assert (branch["code"], branch["managerId"], branch["isActive"]) == ("MWOB", str(officer.id), True)
        assert branch["_count"] == {"users": 1, "customers": 2, "loans": 1}
        (user,) = branch["users"]
        assert (user["id"], user["role"], user["isActive"]) == (str(officer.id), "CREDIT_OFFICER", True)
        assert [row["id"] for row in branch["customers"]] == [str(second.id), str(first.id)]
        assert branch["customers"][0]["union"]["name"] == "Market Women of Bodija"
        assert branch["customers"][0]["currentOfficer"]["id"] == str(officer.id)
        assert branch["customers"][0]["gender"] == "female"
        assert [row["id"] for row in branch["loans"]] == [loan["id"]]
        assert branch["loans"][0] == client.get("/loans", headers=who.headers).json["data"][0]


def test_a_branch_counts_its_loans_by_status(client, officer, a_union, a_member):
    union_id = a_union()
    loan_of(client, officer, a_member(union=union_id))
    stats = client.get(f"/branches/{union_id}/stats", headers=officer.headers).json["data"]
    assert stats == {
        "totalUsers": 1, "totalCustomers": 1, "totalLoans": 1, "activeLoans": 0, "pendingLoans": stats["pendingLoans"],
        "completedLoans": 0,
    }  # fmt: skip


def test_a_branch_out_of_scope_is_not_found(client, officer, other_officer, a_union):
    path = f"/branches/{a_union()}"
    for who, asked in ((other_officer, path), (officer, f"/branches/{new_id()}")):
        for address in (asked, f"{asked}/stats"):
            refused = client.get(address, headers=who.headers)
            assert (refused.status_code, refused.json["message"]) == (404, "Branch not found")


def test_a_branch_of_many_takes_as_many_statements_as_one_of_few(client, officer, a_union, a_member, statements):
    few, many = a_union(), a_union()
    for union_id, members in ((few, 1), (many, 5)):
        for _ in range(members):
            loan_of(client, officer, a_member(union=union_id))
    counts = []
    for union_id in (few, few, many):
        statements.clear()
        client.get(f"/branches/{union_id}", headers=officer.headers)
        counts.append(len(statements))
    assert counts[1] == counts[2] == 3


def test_the_loans_of_a_member_are_listed(client, officer, supervisor, a_union, a_member):
    union_id = a_union()
    member, neighbour = a_member(union=union_id), a_member(union=union_id)
    loan = loan_of(client, officer, member)
    loan_of(client, officer, neighbour)
    for who in (officer, supervisor):
        answer = client.get(f"/union-members/{member.id}/loans", headers=who.headers).json
        assert [row["id"] for row in answer["data"]] == [loan["id"]]
        assert answer["pagination"]["total"] == 1
    assert client.get(f"/union-members/{a_member(union=union_id).id}/loans", headers=officer.headers).json["data"] == []


def test_the_loans_of_a_member_out_of_scope_are_not_found(client, officer, other_officer, a_member):
    for who, member_id in ((other_officer, a_member().id), (officer, new_id())):
        refused = client.get(f"/union-members/{member_id}/loans", headers=who.headers)
        assert (refused.status_code, refused.json["message"]) == (404, "Union member not found")
