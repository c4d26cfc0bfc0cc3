"""Things that several people do at the same moment, each in a transaction of their own."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from services.membership.models import Member, Union
from services.membership.tests.conftest import AT, TODAY
from services.membership.usecases.members import EmailTaken, create_member, update_member
from services.membership.usecases.unions import assign_union
from shared.db import run_transaction

RIVALS = 8


@pytest.fixture
def at_once(sessions):
    """Runs works in parallel transactions; returns what each returned or the business error it met."""

    def run(works):
        def attempt(work):
            try:
                return run_transaction(sessions, "membership", work)[0]
            except EmailTaken as error:
                return type(error)

        with ThreadPoolExecutor(RIVALS) as threads:
            return list(threads.map(attempt, works))

    return run


def joining(union_id, admin, **facts):
    facts = {"first_name": "Ada", "last_name": "Obi", "at": AT, "today": TODAY} | facts
    return lambda uow: create_member(uow, union_id=union_id, by=admin.actor, **facts)


def test_members_taken_in_at_once_get_different_codes(at_once, admin, a_union):
    members = at_once([joining(a_union().id, admin)] * 24)
    assert len({member.code for member in members}) == 24


def test_of_members_with_one_email_taken_in_at_once_one_wins(at_once, admin, a_union):
    outcomes = at_once([joining(a_union().id, admin, email="ada@example.com")] * RIVALS)
    assert Counter(outcome is EmailTaken for outcome in outcomes) == {False: 1, True: RIVALS - 1}


def test_every_member_has_the_unions_officer_while_all_change_at_once(
    at_once, sessions, admin, officer, other_officer, a_union, a_member
):
    here, there = a_union(), a_union()
    mover = a_member(union_id=here.id)

    def handing(union_id, to):
        return lambda uow: assign_union(uow, union_id=union_id, officer_id=to.id, by=admin.actor, at=AT)

    def moving(union_id):
        facts = {"member_id": mover.id, "union_id": union_id, "at": AT, "today": TODAY}
        return lambda uow: update_member(uow, by=admin.actor, **facts)

    changes = [
        joining(here.id, admin), handing(here.id, other_officer), moving(there.id), joining(there.id, admin),
        handing(there.id, other_officer), moving(here.id), handing(here.id, officer), joining(here.id, admin),
    ]  # fmt: skip
    at_once(changes * 4)

    with sessions() as session:
        pairs = session.execute(select(Member.officer_id, Union.officer_id).join(Union)).all()
    assert len(pairs) == 13
    assert all(of_member == of_union for of_member, of_union in pairs)
