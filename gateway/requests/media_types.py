"""The media type of a body, in one spelling before anything is decided by it."""

FORM = "multipart/form-data"


def canonical_type(content_type: str) -> str:
    """A Content-Type header with its media type in small letters and without blanks around it; its parameters, such as
    the boundary of a form, stay as they are."""
    media_type, semicolon, parameters = content_type.partition(";")
    return f"{media_type.strip().lower()}{semicolon}{parameters}"


def is_form(content_type: str) -> bool:
    """Whether a body of this canonical type may carry files."""
    return content_type.partition(";")[0] == FORM
