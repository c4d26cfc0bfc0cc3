"""Addresses of files: signed ones that expire, for documents, and plain ones for what everybody may see."""

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from shared.storage.errors import FileMissing

LIFETIME = timedelta(hours=1)


class Links:
    """Makes and checks the signed addresses of one service's documents.

    The signature covers the document, the method, the end and the session of the person it was made for; so it opens
    nothing else, for reading only, and dies with their session. It has a key of its own, derived for this use.
    """

    def __init__(self, secret: str, public_url: str, service: str) -> None:
        self._key = hmac.digest(secret.encode(), f"links to documents of {service}".encode(), "sha256")
        self._public_url = public_url

    def url(self, document_id: UUID, session_id: UUID, at: datetime) -> str:
        """The address of a document, good for an hour from `at`."""
        expires = int((at + LIFETIME).timestamp())
        signature = self._signature(str(document_id), str(expires), str(session_id))
        query = urlencode({"expires": expires, "session": session_id, "signature": signature})
        return f"{self._public_url}/api/documents/serve/{document_id}?{query}"

    def session_of(self, document_id: UUID, *, expires: str, session: str, signature: str, at: datetime) -> UUID:
        """Whose session a link was made for, when it is genuine and in its time. Raises FileMissing, for every fault
        alike."""
        expected = self._signature(str(document_id), expires, session)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise FileMissing("Document not found")
        if int(expires) <= at.timestamp():
            raise FileMissing("Document not found")
        return UUID(session)

    def _signature(self, document_id: str, expires: str, session_id: str) -> str:
        message = "\n".join(("GET", document_id, expires, session_id))
        return hmac.new(self._key, message.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
