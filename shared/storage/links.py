"""Addresses of files: signed ones that expire, for documents, and plain ones for what everybody may see."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from shared.storage.errors import FileMissing

LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a link was made for, and in which session."""

    person_id: UUID
    session_id: UUID


class Links:
    """Makes and checks the signed addresses of one service's documents.

    The signature covers the document, the method, the end, and the person it was made for with their session; so it
    opens nothing else, for reading only, and whoever checks it can ask what this person may see now. It has a key of
    its own, derived for this use.
    """

    def __init__(self, secret: str, public_url: str, service: str) -> None:
        self._key = hmac.digest(secret.encode(), f"links to documents of {service}".encode(), "sha256")
        self._public_url = public_url

    def url(self, document_id: UUID, bearer: Bearer, at: datetime) -> str:
        """The address of a document, good for an hour from `at`."""
        expires, reader, session = str(int((at + LIFETIME).timestamp())), str(bearer.person_id), str(bearer.session_id)
        signature = self._signature(str(document_id), expires, reader, session)
        query = urlencode({"expires": expires, "reader": reader, "session": session, "signature": signature})
        return f"{self._public_url}/api/documents/serve/{document_id}?{query}"

    def bearer_of(
        self, document_id: UUID, *, expires: str, reader: str, session: str, signature: str, at: datetime
    ) -> Bearer:
        """Whom a link was made for, when it is genuine and in its time. Raises FileMissing, for every fault alike."""
        expected = self._signature(str(document_id), expires, reader, session)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise FileMissing("Document not found")
        if int(expires) <= at.timestamp():
            raise FileMissing("Document not found")
        return Bearer(UUID(reader), UUID(session))

    def _signature(self, *parts: str) -> str:
        message = "\n".join(("GET", *parts))
        return hmac.new(self._key, message.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
