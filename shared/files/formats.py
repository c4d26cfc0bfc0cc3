"""The formats that tables leave in."""

from enum import StrEnum

MAX_PDF_ROWS = 1000
"""Some 25 pages, which is what somebody still reads on paper; while they are made, each cell takes 15 kB."""


class FileFormat(StrEnum):
    """A format by its name in `?format=`, which is also the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """The content type of such a file."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PDF: "application/pdf",
}
