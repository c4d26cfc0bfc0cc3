"""What nobody may know: made at random once, kept in files that only their owner can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from services.identity.credentials.keys import new_signing_key
from services.identity.credentials.tokens import TokenSigner

ADMIN_EMAIL = "admin@millenium-potters.local"


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the first admin signs in, and where."""

    url: str
    email: str
    password: str


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on; it is there completely or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def kept_secret(folder: Path, name: str) -> str:
    """The secret of that name in `folder`, made at the first call."""
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(path, secrets.token_urlsafe(32))
    return path.read_text()


def kept_signing_keys(private: Path, public: Path) -> None:
    """Make identity's signing keys when they are missing, and publish their public halves."""
    if not private.exists():
        private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(private, json.dumps(new_signing_key()))
    public.parent.mkdir(parents=True, exist_ok=True)
    public.write_text(json.dumps(TokenSigner(private.read_text()).public_key_set))


def kept_credentials(path: Path, url: str) -> Credentials:
    """The first admin's credentials: the password is made once, the address is that of this run."""
    kept = json.loads(path.read_text()) if path.exists() else {"email": ADMIN_EMAIL, "password": strong_password()}
    credentials = Credentials(url, kept["email"], kept["password"])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_secret(path, json.dumps(asdict(credentials), indent=2) + "\n")
    return credentials


def strong_password() -> str:
    """A random password that also has each kind of character which password rules ask for."""
    return f"{secrets.token_urlsafe(18)}-aA1!"
