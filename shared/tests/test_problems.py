import psycopg
import pytest
from flask import Flask
from marshmallow import Schema, fields
from psycopg.errors import (
    AdminShutdown,
    CannotConnectNow,
    ConfigurationLimitExceeded,
    CrashShutdown,
    DeadlockDetected,
    DiskFull,
    IoError,
    OutOfMemory,
    ReadOnlySqlTransaction,
    SerializationFailure,
    SystemError,
    TooManyConnections,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.errors import RuleViolated
from shared.web.problems import register_problems


class _Line(Schema):
    amount = fields.Integer(required=True)


class _Form(Schema):
    ids = fields.List(fields.UUID())
    lines = fields.List(fields.Nested(_Line))


def answer(error_of_view, **options):
    app = Flask(__name__)
    register_problems(app, **options)

    @app.get("/")
    def view():
        raise error_of_view

    return app.test_client().get("/")


@pytest.mark.parametrize("lost", [SerializationFailure, DeadlockDetected])
def test_a_transaction_that_lost_every_race_may_be_asked_for_again(lost):
    answered = answer(OperationalError("UPDATE", {}, lost("lost")))
    assert (answered.status_code, answered.headers["Retry-After"], answered.json["code"]) == (503, "2", "unavailable")


@pytest.mark.parametrize(
    "kind",
    [
        DiskFull, OutOfMemory, TooManyConnections, ConfigurationLimitExceeded, IoError, SystemError,
        ReadOnlySqlTransaction, CannotConnectNow, AdminShutdown, CrashShutdown,
    ],
)  # fmt: skip
def test_a_database_that_cannot_do_its_work_is_no_fault_of_ours(kind):
    error = DBAPIError.instance("INSERT", {}, kind("could not extend file"), psycopg.Error)
    answered = answer(error)
    assert (answered.status_code, answered.headers["Retry-After"], answered.json["code"]) == (503, "2", "unavailable")


def test_a_fault_in_a_list_is_named_after_the_list():
    with pytest.raises(Exception, match="Must be a valid id") as faults:
        _Form().load({"ids": ["x"], "lines": [{"amount": 1}, {"amount": "x"}]})
    answered = answer(faults.value)
    assert answered.status_code == 400
    assert [error["field"] for error in answered.json["errors"]] == ["ids", "amount"]


@pytest.mark.parametrize(("field", "name"), [("annual_rate", "interestRate"), ("notes", "notes")])
def test_a_field_at_fault_is_called_as_clients_call_it(field, name):
    answered = answer(RuleViolated("Too high", field=field), field_names={"annual_rate": "interestRate"})
    assert answered.json["errors"] == [{"field": name, "message": "Too high"}]
