from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.membership.domain.officer import NotACreditOfficer, OfficerInactive
from services.membership.models import Member, UnionAssignment
from services.membership.queries.counts import LOAN, MEMBER, UNION, loans_changed
from services.membership.queries.staff import CreditOfficerNotFound
from services.membership.queries.unions import UnionNotFound
from services.membership.tests.conftest import AT, audit_entries, audited, counted
from services.membership.usecases.unions import assign_union, create_union, update_union
from shared.context import Role
from shared.directory.tables import directory_staff
from shared.ids import new_id
from shared.tally import EVERYBODY
from shared.testing import published_events, published_types

LATER = AT + timedelta(days=1)


def test_founding_a_union_tells_the_others_and_counts_it(uow, admin, officer):
    union = create_union(uow, name="Market Women", officer_id=officer.id, location="Surulere", by=admin.actor, at=AT)
    assert published_types(uow) == ["membership.union.created.v1"]
    assert counted(uow, UNION, EVERYBODY, officer.id) == [1, 1]
    assert audited(uow) == ["UNION_CREATED"]
    assert (union.officer_id, union.location, union.address) == (officer.id, "Surulere", None)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"role": "SUPERVISOR"}, NotACreditOfficer, id="not a credit officer"),
        pytest.param({"is_active": False}, OfficerInactive, id="inactive"),
        pytest.param({"is_deleted": True}, CreditOfficerNotFound, id="deleted"),
    ],
)
def test_a_union_needs_an_active_credit_officer(uow, admin, officer, change, error):
    uow.session.execute(update(directory_staff).where(directory_staff.c.id == officer.id).values(**change))
    with pytest.raises(error):
        create_union(uow, name="Market Women", officer_id=officer.id, by=admin.actor, at=AT)


def test_a_supervisor_founds_unions_for_their_own_officers_only(uow, supervisor, officer, other_officer):
    create_union(uow, name="Ours", officer_id=officer.id, by=supervisor.actor, at=AT)
    for hidden in (other_officer.id, new_id()):
        with pytest.raises(CreditOfficerNotFound):
            create_union(uow, name="Theirs", officer_id=hidden, by=supervisor.actor, at=AT)


def test_updating_writes_what_is_given_and_keeps_the_rest(uow, admin, a_union):
    union = update_union(
        uow, union_id=a_union(address="1 Broad Street").id, name="Tailors", location=None, by=admin.actor, at=LATER
    )
    assert (union.name, union.location, union.address) == ("Tailors", None, "1 Broad Street")
    assert (union.updated_at, union.version) == (LATER, 2)
    assert published_types(uow) == ["membership.union.updated.v1"]
    assert audited(uow) == ["UNION_UPDATED"]


def test_updating_with_the_same_officer_leaves_no_history(uow, admin, officer, a_union):
    update_union(uow, union_id=a_union().id, officer_id=officer.id, by=admin.actor, at=LATER)
    assert published_types(uow) == ["membership.union.updated.v1"]
    assert uow.session.scalars(select(UnionAssignment)).all() == []


def test_updating_with_another_officer_also_assigns_the_union(uow, admin, other_officer, a_member):
    member = a_member()
    update_union(uow, union_id=member.union_id, name="Tailors", officer_id=other_officer.id, by=admin.actor, at=LATER)
    assert published_types(uow) == ["membership.union.updated.v1", "membership.union.assigned.v1"]
    assert audited(uow) == ["UNION_UPDATED", "UNION_ASSIGNED"]
    assert uow.session.get_one(Member, member.id).officer_id == other_officer.id


def test_assigning_hands_the_union_and_its_members_over(uow, admin, officer, other_officer, a_member, a_union):
    union, elsewhere = a_union(), a_member()
    members = [a_member(union_id=union.id) for _ in range(3)]
    loans_changed(uow.connection, {union.id: 1})
    assign_union(
        uow, union_id=union.id, officer_id=other_officer.id, by=admin.actor, at=LATER, reason="Maternity leave"
    )

    officers = {member.id: uow.session.get_one(Member, member.id).officer_id for member in [*members, elsewhere]}
    assert officers == {**dict.fromkeys((member.id for member in members), other_officer.id), elsewhere.id: officer.id}
    assert counted(uow, MEMBER, officer.id, other_officer.id, union.id, EVERYBODY) == [1, 3, 3, 4]
    assert counted(uow, UNION, officer.id, other_officer.id, EVERYBODY) == [1, 1, 2]
    assert counted(uow, LOAN, union.id) == [1]


def test_assigning_leaves_a_line_in_the_history_and_in_the_audit_trail(uow, admin, officer, other_officer, a_member):
    union_id = a_member().union_id
    assign_union(uow, union_id=union_id, officer_id=other_officer.id, by=admin.actor, at=LATER)
    line = uow.session.scalars(select(UnionAssignment)).one()
    assert (line.old_officer_id, line.new_officer_id, line.reason) == (
        officer.id,
        other_officer.id,
        "Union reassignment",
    )
    assert (line.assigned_by, line.assigned_at) == (admin.id, LATER)
    entry = audit_entries(uow)[0]
    reason = {"from": str(officer.id), "to": str(other_officer.id), "reason": "Union reassignment"}
    assert (entry["action"], entry["metadata"]) == ("UNION_ASSIGNED", reason | {"members": 1, "loans": 0})
    assert entry["before"]["creditOfficerId"] == str(officer.id)
    assert entry["after"]["creditOfficerId"] == str(other_officer.id)


def test_the_assignment_event_names_both_officers_and_a_newer_version(uow, admin, officer, other_officer, a_union):
    union = a_union()
    assign_union(uow, union_id=union.id, officer_id=other_officer.id, by=admin.actor, at=LATER)
    assigned, _ = published_events(uow)
    assert (assigned.version, assigned.data["officer_id"]) == (union.version + 1, str(other_officer.id))
    assert assigned.data["previous_officer_id"] == str(officer.id)


def test_assigning_to_the_same_officer_records_nothing(uow, admin, officer, a_union):
    assign_union(uow, union_id=a_union().id, officer_id=officer.id, by=admin.actor, at=LATER)
    assert uow.published == []
    assert uow.session.scalars(select(UnionAssignment)).all() == []


def test_a_union_is_only_assigned_to_an_active_credit_officer(uow, admin, sign_in, a_union):
    with pytest.raises(NotACreditOfficer):
        assign_union(uow, union_id=a_union().id, officer_id=sign_in(Role.SUPERVISOR).id, by=admin.actor, at=LATER)


def test_an_unknown_union_is_not_found(uow, admin, other_officer):
    with pytest.raises(UnionNotFound):
        assign_union(uow, union_id=new_id(), officer_id=other_officer.id, by=admin.actor, at=LATER)
