from uuid import UUID

import pytest

from services.identity.domain.staff import (
    Dependants,
    FieldNotAllowed,
    HasDependants,
    InvalidSupervisor,
    LastAdmin,
    OfficerManagesUnions,
    OwnAccount,
    RegistrationClosed,
    RoleNotAllowed,
    Standing,
    SupervisorHasOfficers,
    check_an_admin_stays,
    check_may_change,
    check_may_remove,
    check_new_role,
    check_not_own_authority,
    check_officers_stay_supervised,
    check_registration,
    check_supervision,
    check_unions_stay_managed,
)
from shared.context import Role

ADMIN, SUPERVISOR, OFFICER = Role.ADMIN, Role.SUPERVISOR, Role.CREDIT_OFFICER
ADA, BEN = UUID(int=1), UUID(int=2)
NOTHING, AN_OFFICER = Dependants(), Standing(OFFICER, is_active=True)


def active(role):
    return Standing(role, is_active=True)


def inactive(role):
    return Standing(role, is_active=False)


@pytest.mark.parametrize("registrar", [None, ADMIN, SUPERVISOR, OFFICER])
def test_the_first_admin_may_be_registered_by_anybody(registrar):
    check_registration(registrar, admins=0)


def test_an_admin_registers_others_up_to_six():
    check_registration(ADMIN, admins=5)
    with pytest.raises(RegistrationClosed, match="Admin registration is not allowed"):
        check_registration(ADMIN, admins=6)


@pytest.mark.parametrize(("registrar", "refusal"), [(None, RegistrationClosed), (OFFICER, RoleNotAllowed)])
def test_nobody_else_registers_an_admin_once_there_is_one(registrar, refusal):
    with pytest.raises(refusal):
        check_registration(registrar, admins=1)


def test_a_supervisor_brings_in_credit_officers_only():
    check_new_role(SUPERVISOR, OFFICER)
    for role in (ADMIN, SUPERVISOR):
        check_new_role(ADMIN, role)
        with pytest.raises(RoleNotAllowed):
            check_new_role(SUPERVISOR, role)


@pytest.mark.parametrize("role", [OFFICER, SUPERVISOR])
@pytest.mark.parametrize("supervisor", [active(ADMIN), active(SUPERVISOR)])
def test_officers_and_supervisors_are_supervised_by_supervisors_and_admins(role, supervisor):
    check_supervision(ADA, role, BEN, supervisor)


@pytest.mark.parametrize(
    ("role", "supervisor_id", "supervisor"),
    [
        pytest.param(ADMIN, BEN, active(ADMIN), id="an admin has none"),
        pytest.param(OFFICER, BEN, active(OFFICER), id="an officer supervises nobody"),
        pytest.param(OFFICER, BEN, inactive(SUPERVISOR), id="an inactive one supervises nobody"),
        pytest.param(OFFICER, BEN, None, id="nobody has that id"),
        pytest.param(SUPERVISOR, ADA, active(SUPERVISOR), id="not oneself"),
    ],
)
def test_any_other_supervision_is_refused(role, supervisor_id, supervisor):
    with pytest.raises(InvalidSupervisor):
        check_supervision(ADA, role, supervisor_id, supervisor)


@pytest.mark.parametrize("field", ["email", "role", "is_active", "supervisor_id", "password_hash"])
def test_only_an_admin_changes_more_than_a_profile(field):
    check_may_change(ADMIN, {field})
    for role in (SUPERVISOR, OFFICER):
        check_may_change(role, {"first_name", "phone"})
        with pytest.raises(FieldNotAllowed):
            check_may_change(role, {"phone", field})


def test_the_refusal_names_the_field_as_the_client_does():
    with pytest.raises(FieldNotAllowed, match="supervisorId") as refusal:
        check_may_change(OFFICER, {"supervisor_id"})
    assert refusal.value.field == "supervisorId"


def test_nobody_changes_their_own_authority():
    check_not_own_authority({"email", "phone", "password_hash"})
    for field in ("role", "is_active", "supervisor_id"):
        with pytest.raises(FieldNotAllowed):
            check_not_own_authority({field})


@pytest.mark.parametrize("becomes", [active(SUPERVISOR), inactive(ADMIN)])
def test_the_last_admin_stays(becomes):
    check_an_admin_stays(active(ADMIN), becomes, other_admins=1)
    with pytest.raises(LastAdmin):
        check_an_admin_stays(active(ADMIN), becomes, other_admins=0)


def test_an_inactive_admin_is_not_the_last_one():
    check_an_admin_stays(inactive(ADMIN), inactive(OFFICER), other_admins=0)


@pytest.mark.parametrize("becomes", [active(SUPERVISOR), active(ADMIN), inactive(OFFICER)])
def test_an_officer_with_unions_stays_an_active_officer(becomes):
    check_unions_stay_managed(active(OFFICER), becomes, unions=0)
    with pytest.raises(OfficerManagesUnions, match="2 union"):
        check_unions_stay_managed(active(OFFICER), becomes, unions=2)


def test_an_officer_with_unions_may_be_switched_on_again():
    check_unions_stay_managed(inactive(OFFICER), active(OFFICER), unions=2)


def test_who_supervises_officers_does_not_become_one():
    check_officers_stay_supervised(active(ADMIN), officers=3)
    check_officers_stay_supervised(active(OFFICER), officers=0)
    with pytest.raises(SupervisorHasOfficers, match="3 officer"):
        check_officers_stay_supervised(active(OFFICER), officers=3)


def remove(user_id, dependants=NOTHING, was=AN_OFFICER, other_admins=0):
    check_may_remove(ADA, user_id, was, dependants, other_admins=other_admins)


def test_somebody_on_whom_nothing_depends_may_be_removed_but_not_oneself():
    remove(BEN)
    with pytest.raises(OwnAccount):
        remove(ADA)
    with pytest.raises(LastAdmin):
        remove(BEN, was=Standing(ADMIN, is_active=True))
    remove(BEN, was=Standing(ADMIN, is_active=True), other_admins=1)


@pytest.mark.parametrize(
    ("dependants", "reason"),
    [
        (Dependants(unions=("Potters",)), "manages 1 union(s): Potters."),
        (Dependants(officers=("Ada Obi", "Ben Eze")), "supervises 2 officer(s): Ada Obi, Ben Eze."),
        (Dependants(open_loans=3), "has 3 open loan(s)."),
        (Dependants(unions=tuple("ABCDEFG")), "manages 7 union(s): A, B, C, D, E and 2 more."),
        (Dependants(("Potters",), ("Ada Obi",), 1), "Potters; supervises 1 officer(s): Ada Obi; has 1 open"),
    ],
)
def test_what_depends_on_somebody_is_listed(dependants, reason):
    with pytest.raises(HasDependants) as refusal:
        remove(BEN, dependants)
    assert reason in refusal.value.message
