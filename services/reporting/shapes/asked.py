"""What is shown of a report that somebody asks for as a file."""

from shared import shapes
from shared.files.formats import FileFormat


class AskedReport(shapes.Shape):
    """A report of the catalogue, what it is to be narrowed to, and the format of its file."""

    id = shapes.identifier()
    name = shapes.text()
    title = shapes.text()
    format = shapes.choice(FileFormat)
    filters = shapes.anything({"type": "object", "additionalProperties": {"type": "string"}})
