"""Pictures among the settings of the institution, sent as files or written out in a field."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from services.identity.api.bodies.settings import INLINE
from services.identity.domain.institution import Institution
from services.identity.queries.institution import current_settings
from services.identity.usecases.institution import change_settings
from shared.clock import now
from shared.db import UnitOfWork
from shared.fields import refuse
from shared.storage import unclaimed
from shared.storage.content import PICTURES, judge
from shared.storage.errors import FileTooLarge
from shared.storage.keys import key_of
from shared.storage.pictures import redraw, small_png
from shared.storage.public import store_publicly
from shared.storage.settings import MEGABYTE
from shared.storage.uploads import Upload

MAX_BYTES = 2 * MEGABYTE
MAX_FAVICON_BYTES = 500 * 1024
# What the form of an upload calls them, and their columns.
PICTURE_COLUMNS: Mapping[str, str] = {"logo": "logo", "login-logo": "login_logo", "favicon": "favicon"}
_COLUMNS = frozenset(PICTURE_COLUMNS.values())


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture whose bytes are kept, and which no row refers to yet."""

    key: str
    path: str
    printed: str
    """The picture small, as PNG in base64."""


def keep_pictures(uow: UnitOfWork, changes: Mapping[str, Any]) -> Institution:
    """Change the settings of the company, of which some may be pictures just stored; pictures no longer shown are let
    go of. Raises UploadForgotten, ValidationError for a picture of ours that was never the company's."""
    stored = [value for value in changes.values() if isinstance(value, Stored)]
    for picture in stored:
        unclaimed.claim(uow.connection, picture.key)
    values = {name: value.path if isinstance(value, Stored) else value for name, value in changes.items()}
    if "logo" in changes:
        values |= _printed_logo(uow, changes["logo"])
    before, after = change_settings(uow, changes=values, action="COMPANY_SETTINGS_UPDATED", at=now())
    shown_before, shown_after = _shown(before), _shown(after)
    for name, path in values.items():
        is_new = any(path == picture.path for picture in stored)
        if name in _COLUMNS and key_of(path) and not is_new and path not in shown_before:
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
    return stored_publicly(Upload(drawn, size, kind, f"{name}.{kind.extension}"))


def stored_publicly(upload: Upload) -> Stored:
    """A picture kept for everybody to see. Raises StorageUnavailable."""
    printed = base64.b64encode(small_png(upload.content)).decode()
    return Stored(*store_publicly(upload), printed)


def _printed_logo(uow: UnitOfWork, logo: Any) -> Mapping[str, str | None]:
    """What is printed for a new logo; the form sends the address of the present one back, which changes nothing."""
    if isinstance(logo, Stored):
        return {"printed_logo": logo.printed}
    return {} if logo == current_settings(uow.connection).logo else {"printed_logo": None}


def _shown(institution: Institution) -> set[str]:
    return {path for name in _COLUMNS if (path := getattr(institution, name))}
