"""Files at Cloudinary: private ones of the type `raw`, so that what comes back is byte for byte what went in."""

import hmac
from http import HTTPStatus
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import urlopen

import cloudinary.exceptions
from cloudinary import uploader
from cloudinary.utils import api_sign_request, now, private_download_url

from shared.storage.backends import StoredFile
from shared.storage.errors import FileMissing, StorageUnavailable
from shared.storage.keys import check_key

TIMEOUT_SECONDS = 20
# For how long the address of a download is good; it never leaves this process.
_DOWNLOAD_SECONDS = 60


class CloudinaryStorage:
    """Bytes under `folder/key` of one cloud. Each call is signed here, and nobody can fetch anything without a
    signature of ours (delivery type `authenticated`). No address that Cloudinary names is ever stored or followed."""

    def __init__(self, url: str, folder: str) -> None:
        parts = urlsplit(url)
        self._folder = folder
        self._options: dict[str, Any] = {
            "cloud_name": parts.hostname,
            "api_key": unquote(parts.username or ""),
            "api_secret": unquote(parts.password or ""),
            "resource_type": "raw",
            "type": "authenticated",
        }
        if prefix := parse_qs(parts.query).get("upload_prefix"):
            self._options["upload_prefix"] = prefix[0]

    def put(self, key: str, content: IO[bytes], content_type: str) -> None:
        public_id = self._public_id(key)
        try:
            stored = uploader.upload(
                content, filename="file", public_id=public_id, overwrite=False, timeout=TIMEOUT_SECONDS, **self._options
            )
        except cloudinary.exceptions.Error as error:
            raise StorageUnavailable(f"A file could not be kept: {error}") from error
        self._check_answer(stored, public_id)

    def open(self, key: str) -> StoredFile:
        address = private_download_url(
            self._public_id(key), "", expires_at=int(now()) + _DOWNLOAD_SECONDS, **self._options
        )
        try:
            answer = urlopen(address, timeout=TIMEOUT_SECONDS)  # noqa: S310 - the address comes from our settings
        except HTTPError as error:
            error.close()
            if error.code == HTTPStatus.NOT_FOUND:
                raise FileMissing("File not found") from error
            raise StorageUnavailable(f"A file could not be read: {error}") from error
        except (URLError, OSError) as error:
            raise StorageUnavailable(f"A file could not be read: {error}") from error
        return StoredFile(int(answer.headers["Content-Length"]), answer)

    def delete(self, key: str) -> None:
        try:
            uploader.destroy(self._public_id(key), invalidate=True, timeout=TIMEOUT_SECONDS, **self._options)
        except cloudinary.exceptions.Error as error:
            raise StorageUnavailable(f"A file could not be removed: {error}") from error

    def _public_id(self, key: str) -> str:
        return f"{self._folder}/{check_key(key)}"

    def _check_answer(self, stored: dict[str, Any], public_id: str) -> None:
        """Believe what is said to be stored only under the signature of the cloud. Raises StorageUnavailable."""
        said = {"public_id": public_id, "version": stored.get("version")}
        expected = api_sign_request(said, self._options["api_secret"], signature_version=1)
        if not hmac.compare_digest(expected.encode(), str(stored.get("signature")).encode()):
            raise StorageUnavailable("The answer to an upload is not signed by our cloud.")
