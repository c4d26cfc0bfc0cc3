"""JSON whose numbers keep their digits: whole ones are read as int and all others as Decimal, none as float."""

import json
import re
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson

# Each value stands behind one of these, or is the whole.
_BEFORE_A_VALUE = (",", ":", "[")
# A string, also one without an end, or one of these outside of any.
_STRING_OR_SIGN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[,:\[]', re.DOTALL)
_LONGEST_KEY = 100


class RefusedJson(ValueError):
    """JSON by its grammar, and not to be read all the same. The message is written for whoever sent it."""


class DuplicateKey(RefusedJson):
    """One object names a key twice: readers differ in which of the two counts."""

    def __init__(self, key: str) -> None:
        super().__init__("This field is given more than once")
        self.key = key[:_LONGEST_KEY]


class Scientific(Decimal):
    """A number written with an exponent, such as 5e4. It is the same number, and no way to write an amount."""


def loads(text: bytes | str, *, most_values: int | None = None) -> Any:
    """The value of a JSON text, of at most so many values: keys and what stands under them or in a list.

    Raises ValueError for what is no JSON, and RefusedJson. orjson, which knows no Decimal, judges it first: it refuses
    what the standard reader would take, such as NaN, lone surrogates, and what is no UTF-8.
    """
    if most_values is not None and _has_more_values(text, most_values):
        raise RefusedJson(f"The body holds too many values: at most {most_values} are accepted.")
    orjson.loads(text)
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _has_more_values(text: bytes | str, most: int) -> bool:
    if len(text) <= most:
        return False
    read = text if isinstance(text, str) else text.decode("latin-1")
    # Strings are left out of the count only where there may be too many.
    if sum(read.count(sign) for sign in _BEFORE_A_VALUE) <= most:
        return False
    signs = (found for found in _STRING_OR_SIGN.finditer(read) if not found[0].startswith('"'))
    return next(islice(signs, most, None), None) is not None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        left = set(made)
        for name, _ in pairs:
            if name not in left:
                raise DuplicateKey(name)
            left.remove(name)
    return made


def _number(text: str) -> Decimal:
    return Scientific(text) if "e" in text or "E" in text else Decimal(text)


_DECODER = json.JSONDecoder(parse_float=_number, object_pairs_hook=_object)
