"""A part is read as it was written, and nothing else is taken for one."""

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backup.part import Block, Content, Head, Header, Kind, PartDamaged, PartReader, PartWriter, joined

HEADER = Header(
    service="lending", migration="0008", at="2026-03-11T14:05:00.000000Z", backup_id="b", outbox_seq=7,
    sequences={"loan_number_seq": 12, "unused_seq": None},
)  # fmt: skip
# No row has a line feed, or is the end of a block: COPY writes both with a backslash before.
ROWS = st.lists(st.binary(max_size=40).map(lambda row: row.replace(b"\n", b" ")).filter(lambda row: row != b"\\."))
BLOCKS = st.lists(st.tuples(st.sampled_from(Kind), st.text(min_size=1, max_size=8), ROWS), unique_by=lambda b: b[:2])


def written(blocks: list[tuple[Kind, str, list[bytes]]]) -> tuple[bytes, PartWriter]:
    heads = [Head(kind, name, ("id", "name") if kind is Kind.TABLE else ()) for kind, name, _ in blocks]
    rows = [rows for *_, rows in blocks]
    writer = PartWriter(HEADER, [Block(head, joined(iter(rows))) for head, rows in zip(heads, rows, strict=True)])
    return b"".join(writer.pieces()), writer


def in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    file = io.BytesIO(content)
    return iter(lambda: file.read(size), b"")


def read(content: bytes, size: int = 7) -> PartReader:
    """Read all of a part."""
    part = PartReader(in_pieces(content, size))
    for block in part.blocks():
        block.finish()
    return part


@given(BLOCKS, st.integers(1, 50))
def test_what_is_read_is_what_was_written(blocks, size):
    content, writer = written(blocks)
    part = PartReader(in_pieces(content, size))
    assert part.header == HEADER
    found = [(block.head.kind, block.head.name, list(block.rows())) for block in part.blocks()]
    assert found == blocks
    assert part.contents == writer.contents
    assert writer.rows == sum(len(rows) for *_, rows in blocks)


@given(BLOCKS, st.data())
def test_rows_that_nobody_asked_for_are_counted_all_the_same(blocks, data):
    content, writer = written(blocks)
    part = PartReader([content])
    for block in part.blocks():
        for _ in range(data.draw(st.integers(0, 2))):
            next(block.batches(), None)
    assert part.contents == writer.contents


ONE = written([(Kind.TABLE, "loans", [b"1\tAda", b"2\tObi"])])[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "before its last line", id="nothing"),
        pytest.param(ONE[:-1], "within a line", id="a byte is missing"),
        pytest.param(ONE[: ONE.index(b"2\tObi")], "before its last line", id="rows are missing"),
        pytest.param(ONE.replace(b"Ada", b"Eve"), "not those that were written", id="a row is another one"),
        pytest.param(ONE.replace(b"1\tAda\n", b""), "not those that were written", id="a row is gone"),
        pytest.param(ONE.replace(b'"rows":2', b'"rows":3'), "not those that were written", id="the count is another"),
        pytest.param(ONE + b"{}\n", "follows the end", id="something follows"),
        pytest.param(ONE.replace(b"millenium-part", b"another-part"), "no part of a backup", id="another format"),
        pytest.param(ONE.replace(b'"version":1', b'"version":2'), "version 2", id="another version"),
        pytest.param(ONE.replace(b'"outbox_seq":7,', b""), "lacks something", id="a header without a field"),
        pytest.param(ONE.replace(b'{"table"', b'{"cable"'), "something unknown", id="an unknown block"),
        pytest.param(b"[]\n" + ONE, "no object", id="no object"),
        pytest.param(b"\x00\xff\n" + ONE, "cannot be read", id="no JSON"),
    ],
)
def test_what_is_damaged_or_foreign_is_refused(content, reason):
    with pytest.raises(PartDamaged, match=reason):
        read(content)


@given(BLOCKS, st.data())
def test_no_part_can_be_cut_off_unseen(blocks, data):
    content, _ = written(blocks)
    end = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(PartDamaged):
        read(content[:end], 64)


def test_a_line_without_an_end_is_not_gathered(monkeypatch):
    monkeypatch.setattr("shared.backup.part.LONGEST_LINE", 1000)
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b"x" * 100

    with pytest.raises(PartDamaged, match="no end"):
        PartReader(endless())
    assert len(taken) < 20


def test_a_header_of_a_later_release_is_read_by_the_fields_that_are_known():
    more = ONE.replace(b'{"service"', b'{"added":1,"service"')
    assert read(more).header == replace(HEADER)


def test_rows_are_joined_into_pieces_of_whole_rows():
    pieces = list(joined(b"x" * 1000 for _ in range(1000)))
    assert 1 < len(pieces) < 10
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert b"".join(pieces) == (b"x" * 1000 + b"\n") * 1000


def test_an_empty_block_has_the_hash_of_nothing():
    _, writer = written([(Kind.SECTION, "loans", [])])
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert writer.contents == {"section loans": Content(0, nothing)}
