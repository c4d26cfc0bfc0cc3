"""Logos and icons of the institution, sent as files."""

from typing import Any

from flask import Blueprint, Response, jsonify

from services.identity import shapes
from services.identity.api.bodies.settings import UploadBody
from services.identity.api.pictures import (
    MAX_BYTES,
    MAX_FAVICON_BYTES,
    PICTURE_COLUMNS,
    Stored,
    keep_pictures,
    stored_publicly,
)
from services.identity.domain.institution import SETTINGS_ID
from shared.context import Role
from shared.db import UnitOfWork
from shared.storage import unclaimed
from shared.storage.content import PICTURES
from shared.storage.errors import FileTooLarge
from shared.storage.uploads import PICTURE_PART, Accepts, received
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import idempotent

branding = Blueprint("branding", __name__)

_DONE = "File uploaded successfully"


@branding.post("/settings/upload")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Send a logo, an icon or a picture",
    name="upload_picture",
    form=UploadBody,
    files={"file": PICTURE_PART},
    answer=shapes.Upload,
)
def post_upload() -> Response:
    """Keep a picture where everybody may see it, and show it as the `type` says: as logo, logo of the sign-in page or
    icon; `document` only keeps it. At most 2 MB, an icon 500 KB."""
    return _answer_upload(**_receive("file"))


@branding.post("/upload-branding")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Send a logo",
    name="upload_logo",
    form=UploadBody,
    files={"logo": PICTURE_PART},
    answer=shapes.Branding,
    enveloped=False,
)
def post_branding() -> Response:
    """What `POST /settings/upload` does, for an older page: the file is in `logo`, and the path at the top of the
    answer."""
    return _answer_branding(**_receive("logo"))


@idempotent
def _answer_upload(uow: UnitOfWork, stored: Stored, column: str | None) -> Response:
    _keep_upload(uow, stored, column)
    return success(shapes.Upload.of(stored), _DONE)


@idempotent
def _answer_branding(uow: UnitOfWork, stored: Stored, column: str | None) -> Response:
    _keep_upload(uow, stored, column)
    # The page that calls this reads the path from the top of the answer.
    return jsonify(shapes.Branding.of(stored, message=_DONE))


def _receive(name: str) -> dict[str, Any]:
    """What came, stored, and where it belongs in the settings; nowhere when it is for the documents."""
    with received(UploadBody, {name: Accepts(PICTURES, MAX_BYTES)}) as (form, uploads):
        [upload] = uploads[name]
        if form["type"] == "favicon" and upload.size > MAX_FAVICON_BYTES:
            raise FileTooLarge("The icon is too large: at most 500 KB are accepted.", field=name)
        return {"stored": stored_publicly(upload), "column": PICTURE_COLUMNS.get(form["type"])}


def _keep_upload(uow: UnitOfWork, stored: Stored, column: str | None) -> None:
    if column:
        keep_pictures(uow, {column: stored})
    else:
        unclaimed.claim(uow.connection, stored.key)
        uow.audit(action="FILE_UPLOADED", entity_name="Settings", entity_id=SETTINGS_ID, after={"path": stored.path})
