"""Cloudinary's upload, download and destroy API as its documentation describes it, over HTTP, signatures checked."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLOUD, KEY, SECRET = "potters", "874837483274837", "a676b67565c6767a6767d6767f676fe1"


class Cloud:
    """What is stored, and the calls it got."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.secret = SECRET
        self.is_honest = True
        self.fails = False

    def __call__(self, environ, start_response):
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        action = request.path.removeprefix(f"/v1_1/{CLOUD}/raw/")
        self.calls.append(action)
        if self.fails:
            return _json('{"error": {"message": "Server error"}}', 500)
        given = (request.args if action == "download" else request.form).to_dict()
        if not self._is_signed(given):
            return _json('{"error": {"message": "Invalid Signature"}}', 401)
        public_id = given["public_id"]
        if given.get("type") != "authenticated":
            return _json('{"error": {"message": "Not private"}}', 400)
        match action:
            case "upload":
                self.files[public_id] = request.files["file"].read()
                version = 1571218039
                signed = f"public_id={public_id}&version={version}{self.secret if self.is_honest else 'guess'}"
                signature = hashlib.sha1(signed.encode()).hexdigest()
                return _json(f'{{"public_id": "{public_id}", "version": {version}, "signature": "{signature}"}}')
            case "download" if int(given["expires_at"]) > time.time() and public_id in self.files:
                return Response(self.files[public_id], mimetype="application/octet-stream")
            case "destroy":
                found = self.files.pop(public_id, None) is not None
                return _json(f'{{"result": "{"ok" if found else "not found"}"}}')
        return _json('{"error": {"message": "Resource not found"}}', 404)

    def _is_signed(self, given: dict[str, str]) -> bool:
        """By the rule of the documentation: the parameters but these, sorted, joined as in a query, and the secret."""
        signed = {
            name: value for name, value in given.items() if name not in {"signature", "api_key", "file"} and value
        }
        text = "&".join(f"{name}={value}" for name, value in sorted(signed.items())) + self.secret
        fresh = abs(int(given.get("timestamp", 0)) - time.time()) < 3600
        return fresh and given.get("api_key") == KEY and hashlib.sha1(text.encode()).hexdigest() == given["signature"]


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="application/json")


@contextmanager
def running_cloud() -> Iterator[tuple[Cloud, str]]:
    """The cloud on a port of this machine, and the CLOUDINARY_URL that leads to it."""
    cloud = Cloud()
    server = make_server("127.0.0.1", 0, cloud, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield cloud, f"cloudinary://{KEY}:{SECRET}@{CLOUD}?upload_prefix=http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()
