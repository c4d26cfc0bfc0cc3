from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.membership.domain.member import MemberTooYoung
from services.membership.domain.officer import OfficerOfAnotherUnion
from services.membership.models import MemberReassignment
from services.membership.queries.counts import LOAN, MEMBER, loans_changed
from services.membership.queries.loans import KeptLoan, add_loans
from services.membership.queries.members import MemberNotFound
from services.membership.queries.unions import UnionNotFound
from services.membership.tests.conftest import AT, TODAY, audited, counted
from services.membership.usecases.members import EmailTaken, MoveForbidden, create_member, update_member
from shared.ids import new_id
from shared.tally import EVERYBODY
from shared.testing import published_events, published_types

LATER = AT + timedelta(days=1)
ADA = {"first_name": "Ada", "last_name": "Obi", "at": AT, "today": TODAY}
CHANGE = {"at": LATER, "today": TODAY}


def test_a_new_member_gets_the_unions_officer_and_the_next_code(uow, admin, officer, a_union):
    union = a_union()
    first = create_member(uow, union_id=union.id, by=admin.actor, **ADA)
    second = create_member(uow, union_id=union.id, by=admin.actor, **ADA)
    assert (first.officer_id, first.union_id, first.is_verified) == (officer.id, union.id, True)
    assert int(second.code.removeprefix("MEM")) == int(first.code.removeprefix("MEM")) + 1
    assert published_types(uow) == ["membership.member.created.v1"] * 2
    assert audited(uow) == ["UNION_MEMBER_CREATED"] * 2
    assert counted(uow, MEMBER, EVERYBODY, officer.id, union.id) == [2, 2, 2]


def test_the_event_of_a_member_carries_their_facts(uow, admin, a_union):
    facts = ADA | {"email": "ada@example.com", "date_of_birth": date(1990, 5, 17), "gender": "FEMALE", "note": "Trader"}
    create_member(uow, union_id=a_union().id, by=admin.actor, **facts)
    details = published_events(uow)[0].data["details"]
    assert (details["email"], details["date_of_birth"], details["gender"]) == (
        "ada@example.com",
        "1990-05-17",
        "female",
    )


def test_a_member_joins_only_a_union_in_sight(uow, officer, other_officer, supervisor, a_union):
    union = a_union()
    for insider in (officer, supervisor):
        create_member(uow, union_id=union.id, by=insider.actor, **ADA)
    with pytest.raises(UnionNotFound):
        create_member(uow, union_id=union.id, by=other_officer.actor, **ADA)


def test_a_member_has_no_other_officer_than_the_union(uow, admin, officer, other_officer, a_union):
    union = a_union()
    create_member(uow, union_id=union.id, officer_id=officer.id, by=admin.actor, **ADA)
    with pytest.raises(OfficerOfAnotherUnion, match="Officer must belong to the same union"):
        create_member(uow, union_id=union.id, officer_id=other_officer.id, by=admin.actor, **ADA)
    with pytest.raises(OfficerOfAnotherUnion, match="Admin cannot be assigned"):
        create_member(uow, union_id=union.id, officer_id=admin.id, by=admin.actor, **ADA)


def test_a_member_below_sixteen_is_refused_at_creation_and_at_change(uow, admin, a_union, a_member):
    too_young = {"date_of_birth": date(2010, 3, 12)}
    with pytest.raises(MemberTooYoung):
        create_member(uow, union_id=a_union().id, by=admin.actor, **ADA, **too_young)
    with pytest.raises(MemberTooYoung):
        update_member(uow, member_id=a_member().id, by=admin.actor, **CHANGE, **too_young)


def test_two_live_members_never_share_an_email(uow, admin, a_member):
    a_member(email="ada@example.com")
    with pytest.raises(EmailTaken, match="Email already exists"):
        update_member(uow, member_id=a_member().id, email="ada@example.com", by=admin.actor, **CHANGE)


def test_the_email_of_a_deleted_member_is_free_again(uow, admin, a_union, a_member):
    member = a_member(email="ada@example.com")
    uow.session.merge(member).deleted_at = AT
    uow.session.flush()
    create_member(uow, union_id=a_union().id, email="ada@example.com", by=admin.actor, **ADA)


def test_changing_a_member_writes_what_is_given_and_keeps_the_rest(uow, officer, a_member):
    member = a_member(phone="0803", city="Lagos")
    changed = update_member(uow, member_id=member.id, phone=None, marital_status="SINGLE", by=officer.actor, **CHANGE)
    assert (changed.phone, changed.city, changed.marital_status) == (None, "Lagos", "single")
    assert (changed.version, changed.updated_at) == (2, LATER)
    assert published_types(uow) == ["membership.member.updated.v1"]
    assert audited(uow) == ["UNION_MEMBER_UPDATED"]


def test_a_member_out_of_sight_is_not_found(uow, other_officer, a_member):
    for member_id in (a_member().id, new_id()):
        with pytest.raises(MemberNotFound):
            update_member(uow, member_id=member_id, city="Ibadan", by=other_officer.actor, **CHANGE)


def test_an_admin_moves_a_member_with_all_that_is_counted(uow, admin, officer, other_officer, a_union, a_member):
    member, target = a_member(), a_union(officer_id=other_officer.id)
    old_union_id = member.union_id
    add_loans(uow.connection, [KeptLoan(new_id(), member.id, "ACTIVE", 1)])
    loans_changed(uow.connection, {old_union_id: 1})

    moved = update_member(uow, member_id=member.id, union_id=target.id, city="Ibadan", by=admin.actor, **CHANGE)

    assert (moved.union_id, moved.officer_id, moved.city) == (target.id, other_officer.id, "Ibadan")
    assert counted(uow, MEMBER, old_union_id, target.id, officer.id, other_officer.id, EVERYBODY) == [0, 1, 0, 1, 1]
    assert counted(uow, LOAN, old_union_id, target.id) == [0, 1]
    assert published_types(uow) == ["membership.member.updated.v1"]
    assert audited(uow) == ["UNION_MEMBER_REASSIGNED", "UNION_MEMBER_UPDATED"]
    line = uow.session.scalars(select(MemberReassignment)).one()
    assert (line.old_union_id, line.new_union_id) == (old_union_id, target.id)
    assert (line.old_officer_id, line.new_officer_id) == (officer.id, other_officer.id)


def test_naming_the_same_union_moves_nobody(uow, officer, a_member):
    member = a_member()
    update_member(uow, member_id=member.id, union_id=member.union_id, by=officer.actor, **CHANGE)
    assert uow.session.scalars(select(MemberReassignment)).all() == []


def test_nobody_but_an_admin_moves_members(uow, officer, supervisor, a_union, a_member):
    member, target = a_member(), a_union()
    for actor in (officer.actor, supervisor.actor):
        with pytest.raises(MoveForbidden, match="You do not have permission"):
            update_member(uow, member_id=member.id, union_id=target.id, by=actor, **CHANGE)
