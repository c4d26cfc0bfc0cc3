"""Files that everybody may see: logos and profile pictures. A service that has some registers `uploads` in its app and
keeps their paths; `shared.wire.PublicFile` makes an address of a path."""

from flask import Blueprint, Response

from shared.storage.content import PICTURES
from shared.storage.downloads import SANDBOX, file_answer, files, store
from shared.storage.errors import FileMissing
from shared.storage.keys import PUBLIC, check_key, public_path
from shared.storage.uploads import Upload
from shared.web.auth import public
from shared.web.schema import documented

_TYPES = {kind.extension: kind.media_type for kind in PICTURES}
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": SANDBOX,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}

uploads = Blueprint("uploads", __name__, url_prefix="/uploads")


@uploads.get("/<name>")
@public
@documented("Show a logo or a profile picture", name="show_picture", enveloped=False, media_type="image/*")
def get_upload(name: str) -> Response:
    """A logo or a profile picture. Anybody may see it, from any page; it may be kept for an hour."""
    try:
        key = check_key(f"{PUBLIC}/{name}")
        media_type = _TYPES[name.rpartition(".")[2]]
    except (KeyError, ValueError) as error:
        raise FileMissing("File not found") from error
    return file_answer(key, media_type=media_type, headers=_HEADERS)


def store_publicly(upload: Upload) -> tuple[str, str]:
    """Keep a picture for everybody; its key, to be claimed by the transaction that writes its row, and its path."""
    key = store(upload, PUBLIC).key
    return key, public_path(files().service, key)
