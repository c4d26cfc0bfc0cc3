"""Keys of stored files: random, so that nobody can guess one, and never made from anything a client sent."""

import re
import secrets
from dataclasses import dataclass

# Never served without asking who wants it, and served to everybody.
PRIVATE, PUBLIC = "documents", "public"
# Parts of backups, and copies of files that belong to them; sealed, and served by nobody as they are.
BACKUPS = "backups"
_KEY = re.compile(rf"({PRIVATE}|{PUBLIC}|{BACKUPS})/[0-9a-f]{{32}}(\.[a-z]{{3,4}})?")
PUBLIC_PATH = "/uploads/"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was stored, in the columns of a document."""

    key: str
    file_name: str
    media_type: str
    size: int


def new_key(folder: str, extension: str = "") -> str:
    """A key in PRIVATE, PUBLIC or BACKUPS; the extension, if any, tells a web server the type."""
    return f"{folder}/{secrets.token_hex(16)}{extension and '.' + extension}"


def check_key(key: str) -> str:
    """The key, when it is one of ours. Raises ValueError: no other text ever becomes a path."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a key of the storage.")
    return key


def public_path(service: str, key: str) -> str:
    """Where a public file is served: `/uploads/identity/1f...jpg`. The gateway sends it to the service it names."""
    return f"{PUBLIC_PATH}{service}/{key.partition('/')[2]}"


def key_of(path: str | None) -> str | None:
    """The key of a public file by its path, so that its bytes can be let go of; None for what is not one of ours."""
    if not path or not path.startswith(PUBLIC_PATH):
        return None
    return f"{PUBLIC}/{path.rpartition('/')[2]}"
