"""What one service promises of its events is what the others rely on."""

import importlib
import json
import re
from operator import attrgetter

import jsonschema
import pytest

from deploy.event_contracts import contracts_of
from shared.messaging.contracts import SERVICES as ROOT
from shared.messaging.contracts import promised, read_contracts
from shared.messaging.events import in_json

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
    assert SERVICES == ["identity", "lending", "membership", "notifications", "payments", "reporting"]


@pytest.mark.parametrize("handler", every_handler(), ids=attrgetter("event_type"))
def test_what_is_heard_is_what_was_promised(handler):
    assert handler.event_type in CONTRACTS, "nobody promises this event"
    for example in CONTRACTS[handler.event_type]["examples"]:
        handler.read(in_json(example))


@pytest.mark.parametrize("service", SERVICES)
def test_contracts_are_as_the_events_are_declared(service):
    written = {path.name: json.loads(path.read_text()) for path in (ROOT / service / "contracts").glob("*.json")}
    for contract in written.values():
        contract.pop("examples", None)
    assert written == contracts_of(service), "Run make contracts."


# By service and aggregate: the events that it can do without, and why.
_PASSED_OVER = {
    ("notifications", "lending.loan_type"): {"deleted"},  # a mail names the type of a loan, also when it is gone
    ("payments", "lending.loan_type"): {"deleted"},  # what was lent by it is still shown with its name
}


def followed():
    """(service, aggregate) by the aggregate's events that the service follows, of those that publish several."""
    found = {}
    for name in SERVICES:
        for event_type in importlib.import_module(f"services.{name}.__main__").SERVICE.handlers.event_types:
            aggregate, step = event_type.removesuffix(".v1").rsplit(".", 1)
            found.setdefault((name, aggregate), set()).add(step)
    return found


@pytest.mark.parametrize(("service", "aggregate"), sorted(followed()))
def test_who_follows_several_events_of_an_aggregate_misses_none(service, aggregate):
    steps = followed()[service, aggregate]
    if len(steps) > 1:
        missed = {event_type.split(".")[2] for event_type in promised(f"{aggregate}.*.v1")} - steps
        assert missed == _PASSED_OVER.get((service, aggregate), set())


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
    names = set(CONTRACTS[event_type]["properties"])
    assert not names & {"first_name", "last_name", "email", "phone", "address"}


def test_reporting_hears_every_audit_entry():
    heard = {handler.event_type for handler in importlib.import_module("services.reporting.__main__").SERVICE.handlers}
    assert {event_type for event_type in CONTRACTS if ".audit.recorded." in event_type} <= heard
