"""How fast files are written, and what memory it takes: each measured in a process of its own, in its CPU time."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

from bench.verdicts import Verdict, at_least, at_most
from shared.files.columns import Column, Kind, Row
from shared.files.formats import FileFormat
from shared.files.pdf import table_as_pdf
from shared.files.slip import Slip, SlipSize, slip_as_pdf
from shared.files.table import Fact, Letterhead, Table
from shared.files.writer import write_table

ROWS = 100_000
_PRINTS = 30
_ZONE = ZoneInfo("Africa/Lagos")
_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_COLUMNS = (
    *(Column(name, name) for name in ("Loan", "Member", "Union", "Officer", "Phone", "Status")),
    Column("start", "Start", Kind.DAY),
    Column("recorded", "Recorded", Kind.MOMENT),
    Column("principal", "Principal", Kind.AMOUNT),
    Column("paid", "Paid", Kind.AMOUNT),
    Column("days", "Days", Kind.COUNT),
    Column("rate", "Rate", Kind.PERCENT),
)
_HEAD = Letterhead("Millenium Potters", ("12 Marina", "Lagos"), "+234 803 000 0001", "office@example.org", "#7a1f3d")
# CPU milliseconds of what is printed, rows a CPU second, and megabytes that a long table may add.
RECEIPT_MILLISECONDS, STATEMENT_MILLISECONDS = 30, 60
CSV_ROWS, XLSX_ROWS, MEGABYTES = 30_000, 10_000, 60


def measure_files() -> Iterator[Verdict]:
    """What is found, beside what is needed."""
    for file_format, needed in ((FileFormat.CSV, CSV_ROWS), (FileFormat.XLSX, XLSX_ROWS)):
        found = _in_a_process(file_format)
        yield at_least(f"{file_format}: rows a CPU second", found["rate"], needed, "")
        yield at_most(f"{file_format}: memory added", found["megabytes"], MEGABYTES, " MB")
    yield at_most("receipt: CPU when warm", _in_a_process("receipt")["milliseconds"], RECEIPT_MILLISECONDS, " ms")
    yield at_most(
        "statement of two pages: CPU when warm",
        _in_a_process("statement")["milliseconds"],
        STATEMENT_MILLISECONDS,
        " ms",
    )


def _in_a_process(what: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "bench.files", what], check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _long_table(file_format: FileFormat) -> dict[str, float]:
    table = Table(title="Loans", columns=_COLUMNS, rows=_rows(ROWS))
    before, started = _megabytes(), time.process_time()
    with TemporaryFile() as target:
        write_table(table, file_format, target, zone=_ZONE)
    return {"rate": ROWS / (time.process_time() - started), "megabytes": _megabytes() - before}


def _rows(number: int) -> Iterator[Row]:
    for count in range(number):
        yield (
            f"LN{count:08d}", "Ṣẹ́gun Ọláńrewájú", "Market Women", "Ada Obi", "+2348030000001", "Active",
            date(2026, 3, 1), _AT, Decimal("50000.00") + count, Decimal("1234.56"), count % 90, Decimal("12.50"),
        )  # fmt: skip


def _printed(make: Callable[[int], bytes]) -> dict[str, float]:
    make(0)
    spent = []
    for turn in range(1, _PRINTS + 1):
        started = time.process_time()
        make(turn)
        spent.append((time.process_time() - started) * 1000)
    return {"milliseconds": median(spent)}


def _receipt(turn: int) -> bytes:
    groups = [
        [Fact("Member", "Ṣẹ́gun Ọláńrewájú"), Fact("Union", "Market Women"), Fact("Loan", f"LN{turn:08d}")],
        [Fact("Principal", Decimal(turn), Kind.AMOUNT), Fact("Received", Decimal(5000), Kind.AMOUNT)],
    ]
    slip = Slip(title=f"Receipt LN{turn:08d}-0004", groups=groups, letterhead=_HEAD, strong=frozenset({"Received"}))
    return slip_as_pdf(slip, SlipSize.A6, _ZONE)


def _statement(turn: int) -> bytes:
    columns = (
        Column("on", "Day", Kind.DAY),
        Column("entry", "Entry"),
        *(Column(name, name, Kind.AMOUNT) for name in ("Charged", "Paid", "Interest", "Principal", "Balance")),
    )
    rows = [
        (date(2026, 1, 1) + timedelta(days=day), f"Repayment: Cash, REF {turn}", None, *[Decimal(day + turn)] * 4)
        for day in range(60)
    ]
    table = Table(
        title=f"Statement of loan LN{turn:08d}",
        columns=columns,
        rows=rows,
        facts=[Fact("Member", "Ṣẹ́gun Ọláńrewájú"), Fact("Principal", Decimal(50000), Kind.AMOUNT)],
        letterhead=_HEAD,
    )
    return table_as_pdf(table, _ZONE, printed_at=_AT)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure the one thing that is named, and print what was found as JSON."""
    match sys.argv[1]:
        case "receipt":
            found = _printed(_receipt)
        case "statement":
            found = _printed(_statement)
        case other:
            found = _long_table(FileFormat(other))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
