"""What is read as JSON, and what is not although its grammar is right."""

import json
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exact_json import DuplicateKey, RefusedJson, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(codec="utf-8")),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), children),
    max_leaves=20,
)


@given(VALUES)
def test_what_was_written_is_read(value: Any) -> None:
    assert loads(json.dumps(value)) == value
    assert loads(json.dumps(value).encode(), most_values=1000) == value


def test_numbers_keep_their_digits() -> None:
    read = loads(b'{"whole": 12345678901234567, "part": 0.10000000000000000001, "power": 5e4}')
    assert read == {"whole": 12345678901234567, "part": Decimal("0.10000000000000000001"), "power": 50000}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"a": 1, "b": 2, "\\u0062": 3}', "b"),
        (b'[{"x": {"deep": [{"": 1, "": 2}]}}]', ""),
        (b'{"' + b"k" * 500 + b'": 1, "' + b"k" * 500 + b'": 1}', "k" * 100),
    ],
)
def test_a_key_is_given_once(text: bytes, key: str) -> None:
    with pytest.raises(DuplicateKey) as caught:
        loads(text)
    assert caught.value.key == key


@pytest.mark.parametrize(
    "text",
    [
        b"{" + b",".join(b'"k%d":1' % n for n in range(90_000)) + b"}",
        b"[" + b",".join([b"[]"] * 300_000) + b"]",
        b'{"a":' * 500 + b"1" + b"}" * 500 + b" " * 1000,
    ],
    ids=["keys", "lists", "nested"],
)
def test_how_much_is_read_has_a_bound(text: bytes) -> None:
    with pytest.raises(RefusedJson):
        loads(text, most_values=400)


def test_signs_inside_of_texts_are_no_values() -> None:
    text = json.dumps({"notes": ',:[{"\\' * 5000})
    assert loads(text, most_values=5) == json.loads(text)


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b'{"a": Infinity}', b'"\\ud800"', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        loads(text)
