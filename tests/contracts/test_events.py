"""What one service promises of its events is what the others rely on."""

import importlib
import re
from operator import attrgetter
from pathlib import Path

import jsonschema
import pytest

from shared.messaging.asyncapi import read_contracts

ROOT = Path(__file__).parents[2] / "services"
SERVICES = sorted(folder.name for folder in ROOT.iterdir() if (folder / "__main__.py").is_file())
CONTRACTS = {
    event_type: contract
    for service in SERVICES
    for event_type, contract in read_contracts(ROOT / service / "contracts").items()
}
NAME = re.compile(r"[a-z]+\.[a-z_]+\.[a-z_]+\.v[1-9]")


def every_handler():
    services = (importlib.import_module(f"services.{name}.__main__").SERVICE for name in SERVICES)
    return [handler for service in services for handler in service.handlers]


def test_all_five_services_are_there():
    assert SERVICES == ["identity", "lending", "membership", "payments", "reporting"]


@pytest.mark.parametrize("handler", every_handler(), ids=attrgetter("event_type"))
def test_what_is_heard_is_what_was_promised(handler):
    assert handler.event_type in CONTRACTS, "nobody promises this event"
    for example in CONTRACTS[handler.event_type]["examples"]:
        handler.schema.load(example)


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_every_promise_has_examples_that_keep_it(event_type):
    contract = CONTRACTS[event_type]
    assert NAME.fullmatch(event_type)
    assert contract["examples"]
    jsonschema.Draft202012Validator.check_schema(contract)
    for example in contract["examples"]:
        jsonschema.validate(example, contract, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_names_and_contact_data_travel_only_with_their_owner(event_type):
    if event_type.startswith(("identity.user.", "membership.member.", "membership.union.")) or ".audit." in event_type:
        return
    told = set(CONTRACTS[event_type]["properties"])
    assert not told & {"first_name", "last_name", "email", "phone", "address"}


def test_reporting_hears_every_audit_entry():
    heard = {handler.event_type for handler in importlib.import_module("services.reporting.__main__").SERVICE.handlers}
    assert {event_type for event_type in CONTRACTS if ".audit.recorded." in event_type} <= heard
