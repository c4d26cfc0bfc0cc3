"""Where there is no mail server: each mail becomes a file."""

import os
from email.message import EmailMessage
from pathlib import Path


def write_mail(folder: str, name: str, message: EmailMessage) -> None:
    """Write a mail as `name`.eml, which only this account may read; it is there completely or not at all."""
    place = Path(folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place / f".{name}.draft"
    with open(draft, "wb", opener=_for_us_only) as file:
        file.write(message.as_bytes())
    draft.replace(place / f"{name}.eml")


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
