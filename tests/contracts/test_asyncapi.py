"""The AsyncAPI documents are valid, whole, and allow what the rules of events allow."""

import importlib
import json
from copy import deepcopy
from pathlib import Path

import jsonschema
import orjson
import pytest
from msgspec import structs

from gateway.documentation.asyncapi import merged_asyncapi
from shared.messaging.asyncapi import asyncapi_document, envelope_schema
from shared.messaging.events import Envelope
from tests.contracts.test_events import CONTRACTS, SERVICES

# The official schema, as @asyncapi/specs publishes it (Apache 2.0).
OFFICIAL = json.loads((Path(__file__).parents[1] / "data" / "asyncapi-3.0.0.json").read_text())


def document_of(name):
    service = importlib.import_module(f"services.{name}.__main__").SERVICE
    return asyncapi_document(service.handlers, service.folder / "contracts")


MERGED = merged_asyncapi({name: document_of(name) for name in SERVICES})


def faults(document):
    return list(jsonschema.Draft7Validator(OFFICIAL).iter_errors(document))


def check(document, event_type, event):
    """Raise when the document does not allow an event of a type."""
    payload = document["channels"][event_type]["messages"]["event"]["payload"]
    schema = {"allOf": [payload], "components": document["components"]}
    jsonschema.validate(event, schema, jsonschema.Draft202012Validator, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("name", SERVICES)
def test_the_document_of_each_service_is_valid(name):
    assert faults(document_of(name)) == []


def test_the_document_of_all_is_valid_and_its_validity_can_be_lost():
    assert faults(MERGED) == []
    broken = deepcopy(MERGED)
    broken["servers"]["inside"].pop("protocol")
    assert faults(broken)


def test_it_says_where_events_are_and_how_they_travel():
    assert set(MERGED["servers"]) == {"inside", "outside"}
    for event_type in CONTRACTS:
        channel = MERGED["channels"][event_type]
        assert channel["bindings"]["amqp"]["exchange"]["name"] == "mp.events"
        assert "x-signatures" in channel["messages"]["event"]["headers"]["properties"]
    senders = {key for key, operation in MERGED["operations"].items() if operation["action"] == "send"}
    assert senders == {f"{event_type.partition('.')[0]}: send {event_type}" for event_type in CONTRACTS}


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_examples_are_whole_events_and_new_fields_are_allowed(event_type):
    for example in MERGED["channels"][event_type]["messages"]["event"]["examples"]:
        event = example["payload"]
        assert Envelope.from_json(orjson.dumps(event)).type == event_type
        check(MERGED, event_type, event)
        check(MERGED, event_type, event | {"new": 1, "data": event["data"] | {"new": {"of": "tomorrow"}}})
        for name in ("id", "version", "data"):
            with pytest.raises(jsonschema.ValidationError):
                check(MERGED, event_type, {key: value for key, value in event.items() if key != name})


def test_the_envelope_is_described_as_it_is_written():
    names = [field.encode_name for field in structs.fields(Envelope)]
    schema = envelope_schema()
    assert list(schema["properties"]) == names
    assert all(schema["properties"][name]["description"] for name in names)
    examples = MERGED["channels"]["payments.repayment.recorded.v1"]["messages"]["event"]["examples"]
    assert set(orjson.loads(Envelope.from_json(orjson.dumps(examples[0]["payload"])).to_json())) == set(names)


def test_a_publisher_is_held_to_the_very_fields_it_promises():
    contract = CONTRACTS["payments.repayment.recorded.v1"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(contract["examples"][0] | {"new": 1}, contract)
