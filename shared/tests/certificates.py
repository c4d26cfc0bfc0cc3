"""Certificates for tests, good ones and each kind of bad one, and a listener that shows them."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from deploy.certificates import Authority, issue, make_authority
from shared import tls
from shared.clock import now

HERE = ("localhost", "127.0.0.1")
OTHER_AUTHORITY, EXPIRED, WRONG_NAME = "other authority", "expired", "wrong name"
# What is wrong with a certificate, and what OpenSSL says of it.
REASONS = {
    OTHER_AUTHORITY: "unable to get local issuer certificate",
    EXPIRED: "certificate has expired",
    WRONG_NAME: "mismatch",
}


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate with its key, and the authority that whoever calls trusts."""

    certificate: Path
    key: Path
    authority: Path


def write(folder: Path, authority: Authority, names: Sequence[str] = HERE, *, days_ago: float = 0) -> Files:
    """A certificate for these names, made so many days ago for one."""
    folder.mkdir(parents=True, exist_ok=True)
    issued = issue(authority, "test", names, now() - timedelta(days=days_ago), days=1)
    files = Files(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")
    for file, text in ((files.certificate, issued.certificate), (files.key, issued.key)):
        file.write_text(text)
    files.authority.write_text(authority.text)
    return files


def write_bad(folder: Path, fault: str) -> Files:
    """A certificate with this fault in the eyes of who trusts the authority beside it."""
    trusted = make_authority(now() - timedelta(days=100))
    other = make_authority(now() - timedelta(days=100)) if fault == OTHER_AUTHORITY else trusted
    names = ("elsewhere.example.org",) if fault == WRONG_NAME else HERE
    files = write(folder, other, names, days_ago=10 if fault == EXPIRED else 0)
    files.authority.write_text(trusted.text)
    return files


@contextmanager
def trusting(authority: Path) -> Iterator[None]:
    """This process trusts that authority, for the length of the context."""
    tls.trust(str(authority))
    try:
        yield
    finally:
        tls.trust("")


Serve = Callable[[ssl.SSLSocket], None]


@contextmanager
def listening(
    files: Files, serve: Serve = lambda _: None, begin: Callable[[socket.socket], None] = lambda _: None
) -> Iterator[int]:
    """A port at which each connection is greeted by `begin` in plain text, then shakes hands, and is served."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                begin(connection)
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    serve(wrapped)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
