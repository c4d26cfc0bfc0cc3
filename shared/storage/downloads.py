"""Downloads: who may have a file, and the headers it is sent with."""

import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from urllib.parse import quote
from uuid import UUID

from flask import Flask, Response, current_app, request
from sqlalchemy import bindparam, select

from shared.clock import now
from shared.context import Actor, Role
from shared.directory.tables import directory_staff, revoked_session
from shared.storage import unclaimed
from shared.storage.backends import Storage, make_storage
from shared.storage.content import PDF, PICTURES
from shared.storage.errors import FileMissing
from shared.storage.keys import PUBLIC, Stored, new_key
from shared.storage.links import Bearer, Links
from shared.storage.settings import StorageSettings
from shared.storage.uploads import Upload
from shared.web.auth import current_actor, open_to, requires
from shared.web.transactions import reading

View = Callable[..., Response]

# A reader of PDFs is no script and refuses to start in a sandbox.
_POLICIES = {PDF.media_type: "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"}
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_INLINE = {PDF.media_type, *(kind.media_type for kind in PICTURES)}


@dataclass(frozen=True, slots=True)
class Files:
    """The storage and the links of a service that keeps files, at `app.extensions["files"]`."""

    service: str
    storage: Storage
    links: Links
    max_bytes: int


def keep_files(app: Flask, settings: StorageSettings, service: str) -> None:
    """Give an app its storage."""
    links = Links(settings.internal_secret, settings.public_url, service)
    app.extensions["files"] = Files(service, make_storage(settings, service), links, settings.max_file_size)


def files() -> Files:
    """The files of the service that is answering."""
    found: Files = current_app.extensions["files"]
    return found


def store(upload: Upload, folder: str) -> Stored:
    """Keep the bytes of an upload in PRIVATE or PUBLIC. They are noted as unclaimed before: the transaction that writes
    their row must `unclaimed.claim` the key. Raises StorageUnavailable."""
    key = new_key(folder, upload.kind.extension if folder == PUBLIC else "")
    with current_app.extensions["mp"].sessions.begin() as session:
        unclaimed.note(session.connection(), key)
    files().storage.put(key, upload.content, upload.kind.media_type)
    return Stored(key, upload.name, upload.kind.media_type, upload.size)


def file_url(document_id: UUID) -> str:
    """The address at which the person who asks may open a document for an hour, while they may see it."""
    actor = current_actor()
    return files().links.url(document_id, Bearer(actor.id, actor.session_id), now())


def signed_in_or_by_link(view: View) -> View:
    """Let a view be called by any signed-in staff, and by whoever has a signed link to the `document_id`; `reader` is
    the member of staff, for a link the one it was made for, as they are now."""

    @wraps(view)
    def run(document_id: UUID) -> Response:
        if "signature" not in request.args:
            return signed_in(document_id=document_id)
        return view(document_id=document_id, reader=_reader_by_link(document_id))

    @requires()
    def signed_in(document_id: UUID) -> Response:
        return view(document_id=document_id, reader=current_actor())

    return open_to(run, tuple(Role))


_BEARER = select(directory_staff.c.email, directory_staff.c.role).where(
    directory_staff.c.id == bindparam("person_id"),
    directory_staff.c.is_active,
    ~directory_staff.c.is_deleted,
    ~select(revoked_session.c.session_id).where(revoked_session.c.session_id == bindparam("session_id")).exists(),
)


def _reader_by_link(document_id: UUID) -> Actor:
    said = {name: request.args.get(name, "") for name in ("expires", "reader", "session", "signature")}
    bearer = files().links.bearer_of(document_id, **said, at=now())
    with reading() as connection:
        found = connection.execute(_BEARER, asdict(bearer)).one_or_none()
    if found is None:
        raise FileMissing("Document not found")
    return Actor(bearer.person_id, found.email, Role(found.role), bearer.session_id)


def document_answer(key: str, *, size: int, media_type: str, name: str) -> Response:
    """The bytes of a document, as they come. Raises FileMissing, StorageUnavailable."""
    headers = {
        "Content-Disposition": disposition("inline" if media_type in _INLINE else "attachment", name),
        "Content-Security-Policy": _POLICIES.get(media_type, SANDBOX),
        "Cache-Control": "private, max-age=300",
        "X-Content-Type-Options": "nosniff",
    }
    return file_answer(key, size=size, media_type=media_type, headers=headers)


def file_answer(key: str, *, media_type: str, headers: dict[str, str], size: int | None = None) -> Response:
    """The bytes under a key; where the size is known, whoever asks for the headers alone does not trouble the storage.
    Raises FileMissing, StorageUnavailable."""
    if request.method == "HEAD" and size is not None:
        answer = Response(mimetype=media_type)
    else:
        stored = files().storage.open(key)
        size = stored.size
        answer = Response(stored.pieces(), mimetype=media_type)
        answer.call_on_close(stored.content.close)
    answer.headers.extend(headers)
    answer.content_length = size
    return answer


def disposition(kind: str, name: str) -> str:
    """Content-Disposition with a name a person gave: quoted for every client, and encoded for those that understand."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "replace").decode()
    quotable = "".join(character if character not in '"\\?' else "_" for character in plain)
    return f"{kind}; filename=\"{quotable}\"; filename*=UTF-8''{quote(name, safe='')}"
