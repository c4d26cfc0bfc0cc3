"""The one way to write a table, in whatever format."""

from dataclasses import replace
from datetime import tzinfo
from itertools import count
from typing import IO

from shared.clock import now
from shared.files.csv import csv_pieces
from shared.files.formats import FileFormat
from shared.files.pdf import table_as_pdf
from shared.files.table import Table
from shared.files.xlsx import write_xlsx


def write_table(table: Table, file_format: FileFormat, target: IO[bytes], *, zone: tzinfo) -> int:
    """Write the table into an open file, moments in this time zone; returns how many rows it had.

    CSV and XLSX hold a row at a time, whatever the length; a PDF is made as a whole, of at most MAX_PDF_ROWS rows.
    Raises TooManyRows.
    """
    counted = count()
    table = replace(table, rows=(row for row, _ in zip(table.rows, counted, strict=False)))
    match file_format:
        case FileFormat.CSV:
            for piece in csv_pieces(table, zone):
                target.write(piece)
        case FileFormat.XLSX:
            write_xlsx(table, target, zone)
        case FileFormat.PDF:
            target.write(table_as_pdf(table, zone, printed_at=now()))
    return next(counted)
