"""JSON whose numbers keep their digits: whole ones are read as int and all others as Decimal, none as float."""

import json
from decimal import Decimal
from typing import Any

import orjson


def loads(text: bytes | str) -> Any:
    """The value of a JSON text. Raises ValueError for what is none.

    orjson, which knows no Decimal, judges it first: it refuses what the standard reader would take, such as NaN, lone
    surrogates, and what is no UTF-8.
    """
    orjson.loads(text)
    try:
        return json.loads(text, parse_float=Decimal)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
