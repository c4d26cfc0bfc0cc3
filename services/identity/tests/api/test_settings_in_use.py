"""Every setting that is accepted has an effect, or changing it is refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import fields

from services.identity.api.bodies import FIELD_NAMES
from services.identity.api.bodies.settings import CompanyChangesBody, GeneralChangesBody, SystemChangesBody
from services.identity.domain.institution import NOT_OFFERED
from services.identity.models import SignIn
from services.identity.queries.retention import remove_expired
from services.identity.tests.conftest import AT, Work, with_settings
from shared.ids import new_id
from shared.testing import SignedIn

ROOT = Path(__file__).parents[4]
_TESTS = "services/identity/tests"
_SHOWN = (f"{_TESTS}/api/test_settings_in_use.py", "test_what_the_clients_read_is_given_back")
# Where it is seen what a setting does; what only the clients go by is given back to them.
EFFECTS: dict[str, tuple[str, str]] = {
    "name": (
        "services/notifications/tests/usecases/test_delivery.py",
        "test_a_queued_mail_is_sent_once_with_its_variables_and_those_of_the_company",
    ),
    "maintenanceMode": ("gateway/tests/test_maintenance.py", "test_officers_are_told_why_and_when_to_come_back"),
    "maintenanceMessage": ("gateway/tests/test_maintenance.py", "test_officers_are_told_why_and_when_to_come_back"),
    "sessionTimeout": (f"{_TESTS}/usecases/test_timeouts.py", "test_a_shorter_timeout_ends_open_sessions_at_once"),
    "idleTimeout": (f"{_TESTS}/usecases/test_timeouts.py", "test_who_gives_no_sign_of_life_is_signed_out"),
    "maxLoginAttempts": (
        f"{_TESTS}/steps/test_attempts.py",
        "test_after_ten_failures_even_the_right_password_is_not_judged",
    ),
    "passwordMinLength": (f"{_TESTS}/domain/test_password.py", "test_shorter_and_longer_ones_are_refused_not_cut"),
    "requirePasswordChange": (
        f"{_TESTS}/usecases/test_sign_in.py",
        "test_a_password_chosen_by_somebody_else_has_to_be_changed_where_the_settings_say_so",
    ),
    "allowRepaymentReversal": (
        "services/payments/tests/usecases/test_reversal.py",
        "test_reversals_are_off_unless_the_institution_switched_them_on",
    ),
    "passwordsByCreator": (
        f"{_TESTS}/api/test_invitations.py",
        "test_a_password_somebody_else_knows_is_taken_only_where_the_institution_wants_it",
    ),
    "separationDays": (
        "services/lending/tests/api/test_separation.py",
        "test_nobody_decides_on_the_loans_of_an_officer_whom_they_made",
    ),
    "fourEyes": ("services/lending/tests/api/test_separation.py", "test_every_way_to_approve_or_to_pay_out_is_covered"),
    "fourEyesAmount": (
        "services/lending/tests/api/test_separation.py",
        "test_a_loan_needs_three_people_above_the_amount",
    ),
    "logRetentionDays": (f"{_TESTS}/api/test_settings_in_use.py", "test_the_sign_in_history_is_kept_as_long_as_is_set"),
    "emailNotifications": ("services/notifications/tests/domain/test_mail.py", "test_each_switch_keeps_mail_back"),
} | dict.fromkeys(
    (
        "email",
        "phone",
        "address",
        "currency",
        "currencySymbol",
        "dateFormat",
        "timeFormat",
        "timezone",
        "invoicePrefix",
        "expensePrefix",
        "logo",
        "loginLogo",
        "favicon",
        "theme",
        "systemName",
        "systemVersion",
    ),
    _SHOWN,
)
REFUSED = {
    "smsNotifications": True, "pushNotifications": True, "allowRegistration": True, "backupFrequency": "hourly",
    "maxFileSize": 99, "allowedFileTypes": ["exe"],
}  # fmt: skip
_NOTIFICATIONS = ("smsNotifications", "pushNotifications", "emailNotifications")


def accepted() -> Iterator[str]:
    for body in (CompanyChangesBody(), GeneralChangesBody(), SystemChangesBody()):
        for name, field in body.fields.items():
            if isinstance(field, fields.Nested) and name == "notifications":
                yield from _NOTIFICATIONS
            else:
                yield field.data_key or name


def place_of(name: str) -> str:
    return "general" if name == "allowRegistration" else "system"


def put(client: FlaskClient, admin: SignedIn, name: str, value: Any) -> Any:
    body = {"notificationSettings": {name: value}} if name in _NOTIFICATIONS else {name: value}
    return client.put(f"/settings/{place_of(name)}", headers=admin.headers, json=body)


def test_every_setting_that_is_accepted_does_something_or_is_refused() -> None:
    assert set(accepted()) == EFFECTS.keys() | REFUSED.keys()
    assert {FIELD_NAMES[name] for name in NOT_OFFERED} == REFUSED.keys()


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_what_a_setting_does_is_seen_in_a_test(name: str) -> None:
    file, test = EFFECTS[name]
    assert f"def {test}(" in (ROOT / file).read_text()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_nobody_goes_by_cannot_be_changed_and_the_form_can_be_saved(
    client: FlaskClient, admin: SignedIn, name: str
) -> None:
    answer = put(client, admin, name, REFUSED[name])
    assert (answer.status_code, answer.json["code"]) == (400, "setting-not-offered")
    assert answer.json["errors"][0]["field"] == name
    # The form sends everything back that it was given.
    shown = client.get(f"/settings/{place_of(name)}", headers=admin.headers).json["data"]
    assert client.put(f"/settings/{place_of(name)}", headers=admin.headers, json=shown).status_code == 200


def test_the_sign_in_history_is_kept_as_long_as_is_set(work: Work, officer: SignedIn) -> None:
    with work() as uow:
        uow.session.query(SignIn).delete()
        uow.session.add(SignIn(id=new_id(), user_id=officer.id, happened_at=AT))
        with_settings(uow, log_retention_days=30)
        remove_expired(uow.connection, at=AT.replace(month=4, day=9), sessions_kept=timedelta(days=180))
        assert uow.session.query(SignIn).count() == 1
        remove_expired(uow.connection, at=AT.replace(month=4, day=11), sessions_kept=timedelta(days=180))
        assert uow.session.query(SignIn).count() == 0


def test_what_the_clients_read_is_given_back(client: FlaskClient, admin: SignedIn) -> None:
    company = {
        "email": "office@example.org", "phone": "0800", "address": "1 Market Road", "currency": "USD",
        "currencySymbol": "$", "dateFormat": "YYYY-MM-DD", "timeFormat": "12h", "timezone": "Africa/Accra",
        "invoicePrefix": "I-", "expensePrefix": "E-",
    }  # fmt: skip
    assert client.put("/settings/company", headers=admin.headers, json=company).status_code == 200
    shown = client.get("/settings/company", headers=admin.headers).json["data"]
    assert shown | company == shown
    general = {"systemName": "Loans", "systemVersion": "2.0"}
    assert client.put("/settings/general", headers=admin.headers, json=general).json["data"].items() >= general.items()
