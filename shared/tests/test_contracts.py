"""What publishers promise is found by pattern, and read with its definitions."""

from decimal import Decimal
from uuid import UUID

import msgspec
import orjson
import pytest

from shared.ids import new_id
from shared.messaging.contracts import promised, read_contracts
from shared.messaging.events import in_json
from shared.messaging.handlers import Handlers, Moment, Payload


def write_contract(services, event_type, **contract):
    folder = services / event_type.split(".")[0] / "contracts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{event_type}.json").write_bytes(orjson.dumps(contract))
    return folder


def test_a_family_holds_every_event_of_its_aggregate_that_has_a_contract(tmp_path):
    for event_type in ("sample.thing.made.v1", "sample.thing.sold.v1", "sample.thing.sold.v2", "sample.part.made.v1"):
        write_contract(tmp_path, event_type)
    assert promised("sample.thing.*.v1", tmp_path) == ("sample.thing.made.v1", "sample.thing.sold.v1")
    write_contract(tmp_path, "sample.thing.lost.v1")
    assert "sample.thing.lost.v1" in promised("sample.thing.*.v1", tmp_path)


def test_a_family_that_nobody_publishes_is_refused_at_start():
    with pytest.raises(LookupError, match="lone"):
        Handlers("sample").on("lending.lone.*.v1", payload=Payload)(print)


def test_a_definition_is_put_in_where_it_is_referred_to(tmp_path):
    reference = {"$ref": "definitions.json#/$defs/Size", "description": "How large."}
    folder = write_contract(tmp_path, "sample.thing.made.v1", properties={"size": reference})
    (folder / "definitions.json").write_bytes(orjson.dumps({"$defs": {"Size": {"type": "integer"}}}))
    contract = {"properties": {"size": {"type": "integer", "description": "How large."}}}
    assert read_contracts(folder) == {"sample.thing.made.v1": contract}


class Sold(Payload):
    thing_id: UUID
    price: Decimal
    sold_at: Moment
    buyer: str | None = None


def read(**data):
    handlers = Handlers("sample")
    handlers.on("sample.thing.sold.v1", payload=Sold)(lambda uow, sold, envelope: None)
    return next(iter(handlers)).read(in_json(data))


def test_a_follower_reads_what_it_names_and_ignores_the_rest():
    thing_id = new_id()
    sold = read(thing_id=str(thing_id), price="12.50", sold_at="2026-03-11T09:30:00+00:00", colour={"of": "tomorrow"})
    assert (sold.thing_id, sold.price, sold.buyer) == (thing_id, Decimal("12.50"), None)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"thing_id": "x"}, id="no id"),
        pytest.param({"price": "much"}, id="no amount"),
        pytest.param({"sold_at": "2026-03-11T09:30:00"}, id="no zone"),
        pytest.param({"thing_id": None}, id="null"),
    ],
)
def test_a_broken_promise_is_an_error(broken):
    kept = {"thing_id": str(new_id()), "price": "12.50", "sold_at": "2026-03-11T09:30:00+00:00"}
    with pytest.raises(msgspec.ValidationError):
        read(**kept | broken)
