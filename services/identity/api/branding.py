"""Logos and icons of the institution: sent as files, or written out in a field of the settings."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, jsonify

from services.identity.api.settings_schemas import INLINE, BrandingAnswer, UploadAnswer, UploadBody
from services.identity.domain.institution import SETTINGS_ID, Institution
from services.identity.usecases.institution import change_settings
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.fields import refuse
from shared.storage import unclaimed
from shared.storage.content import PICTURES, judge
from shared.storage.errors import FileTooLarge
from shared.storage.keys import key_of
from shared.storage.pictures import redraw
from shared.storage.public import store_publicly
from shared.storage.settings import MEGABYTE
from shared.storage.uploads import PICTURE_PART, Accepts, Upload, received
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import idempotent
from shared.wire import PublicFile

branding = Blueprint("branding", __name__)

MAX_BYTES = 2 * MEGABYTE
MAX_FAVICON_BYTES = 500 * 1024
_DONE = "File uploaded successfully"
_FIELDS = {"logo": "logo", "login-logo": "login_logo", "favicon": "favicon"}
PICTURES_OF_COMPANY = tuple(_FIELDS.values())


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture whose bytes are kept, and which no row refers to yet."""

    key: str
    path: str


@branding.post("/settings/upload")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Send a logo, an icon or a picture",
    name="upload_picture",
    form=UploadBody,
    files={"file": PICTURE_PART},
    answer=UploadAnswer,
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
    answer=BrandingAnswer,
    enveloped=False,
)
def post_branding() -> Response:
    """What `POST /settings/upload` does, for an older page: the file is in `logo`, and the path at the top of the
    answer."""
    return _answer_branding(**_receive("logo"))


@idempotent
def _answer_upload(uow: UnitOfWork, stored: Stored, column: str | None) -> Response:
    return success({"url": _keep_upload(uow, stored, column)}, _DONE)


@idempotent
def _answer_branding(uow: UnitOfWork, stored: Stored, column: str | None) -> Response:
    # The page that calls this reads the path from the top of the answer.
    return jsonify(success=True, message=_DONE, logoPath=_keep_upload(uow, stored, column))


def _receive(name: str) -> dict[str, Any]:
    """What came, stored, and where it belongs in the settings; nowhere when it is for the documents."""
    with received(UploadBody, {name: Accepts(PICTURES, MAX_BYTES)}) as (form, uploads):
        [upload] = uploads[name]
        if form["type"] == "favicon" and upload.size > MAX_FAVICON_BYTES:
            raise FileTooLarge("The icon is too large: at most 500 KB are accepted.", field=name)
        return {"stored": Stored(*store_publicly(upload)), "column": _FIELDS.get(form["type"])}


def _keep_upload(uow: UnitOfWork, stored: Stored, column: str | None) -> str | None:
    """The address at which everybody may see it."""
    if column:
        keep_pictures(uow, {column: stored})
    else:
        unclaimed.claim(uow.connection, stored.key)
        uow.audit(action="FILE_UPLOADED", entity_name="Settings", entity_id=SETTINGS_ID, after={"path": stored.path})
    return PublicFile.url(stored.path)


def keep_pictures(uow: UnitOfWork, changes: Mapping[str, Any]) -> Institution:
    """Change the settings of the company, of which some may be pictures just stored; pictures no longer shown are let
    go of. Raises UploadForgotten, ValidationError for a picture of ours that was never the company's."""
    stored = [value for value in changes.values() if isinstance(value, Stored)]
    for picture in stored:
        unclaimed.claim(uow.connection, picture.key)
    values = {name: value.path if isinstance(value, Stored) else value for name, value in changes.items()}
    before, after = change_settings(uow, changes=values, action="COMPANY_SETTINGS_UPDATED", at=now())
    shown_before, shown_after = _shown(before), _shown(after)
    for name, path in values.items():
        is_new = any(path == picture.path for picture in stored)
        if name in PICTURES_OF_COMPANY and key_of(path) and not is_new and path not in shown_before:
            # Whoever could name the picture of somebody else here could have it removed.
            raise refuse(name, "Please upload this picture first.")
    for path in shown_before - shown_after:
        if key := key_of(path):
            unclaimed.note(uow.connection, key)
    return after


def with_stored_pictures(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, where pictures written out in a field have become stored ones. Raises FileRefused, FileTooLarge."""
    return {
        name: _store_inline(name, value) if isinstance(value, str) and value.startswith(INLINE) else value
        for name, value in changes.items()
    }


def _store_inline(name: str, address: str) -> Stored:
    head, _, encoded = address.partition(";base64,")
    try:
        content = BytesIO(base64.b64decode(encoded, validate=True))
    except binascii.Error as error:
        raise refuse(name, "Not a picture in base64.") from error
    size = len(content.getbuffer())
    if size > (MAX_FAVICON_BYTES if name == "favicon" else MAX_BYTES):
        raise FileTooLarge("The picture is too large.", field=name)
    extension = head.removeprefix(INLINE)
    kind = judge(content, f"{name}.{extension}", PICTURES)
    drawn = redraw(content, kind)
    return Stored(*store_publicly(Upload(drawn, size, kind, f"{name}.{kind.extension}")))


def _shown(institution: Institution) -> set[str]:
    return {path for name in PICTURES_OF_COMPANY if (path := getattr(institution, name))}
