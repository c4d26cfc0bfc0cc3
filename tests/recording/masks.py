"""Makes recorded examples fit to be shown: nothing in them opens anything, and nothing changes with each recording that
need not."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

# Of a list so many are enough to see what it is.
MOST_ROWS = 2
_SECRETS = {
    "password": "(a password)",
    "newPassword": "(a new password)",
    "currentPassword": "(the present password)",
    "confirmPassword": "(a password)",
    "token": "(from the mailed link)",
    "accessToken": "(a JWT)",
    "refreshToken": "(another JWT)",
}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FILE_KEY = re.compile(r"(?<=/)[0-9a-f]{32}(?=\.\w+)")
_RANDOM = re.compile(r"\b[0-9a-f]{8}\b")
_HOST = re.compile(r"https?://(127\.0\.0\.1|localhost)(:\d+)?")
_SIGNED = re.compile(r"(expires|session|signature)=[^&\"]+")
_LINK_TOKEN = re.compile(r"token=[\w.-]+")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_RECORDED_AT = "2026-05-04"
_NEAR = timedelta(days=40)


class Masks:
    """Puts the same stand-in for the same thing, through all examples of one recording."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._ids: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def masked(self, value: Any, name: str = "") -> Any:
        """The value without secrets, with stand-ins for what is random or of the moment, and with short lists."""
        if isinstance(value, dict):
            return {key: self.masked(part, key) for key, part in value.items()}
        if isinstance(value, list):
            return [self.masked(part, name) for part in value[:MOST_ROWS]]
        if isinstance(value, str):
            return _SECRETS[name] if name in _SECRETS and value else self._text(value)
        return value

    def _text(self, text: str) -> str:
        text = _UUID.sub(lambda match: self._id(match[0]), text)
        text = _FILE_KEY.sub("0" * 32, text)
        text = _HOST.sub("https://loans.example.org", text)
        text = _SIGNED.sub(r"\1=(signed)", text)
        text = _LINK_TOKEN.sub("token=(once)", text)
        text = _MOMENT.sub(lambda match: self._moment(match[0]), text)
        return _RANDOM.sub(lambda match: self._word(match[0]), text)

    def _id(self, uuid: str) -> str:
        return self._ids.setdefault(uuid, f"01980000-0000-7000-8000-{len(self._ids) + 1:012d}")

    def _word(self, word: str) -> str:
        """A random part of a name; digits alone are numbers of ours, and the ids above are no words."""
        if word.isdigit() or word == "01980000":
            return word
        return self._words.setdefault(word, f"a{len(self._words) + 1}")

    def _moment(self, text: str) -> str:
        """A moment about the time of the recording; what lies further away was said by somebody."""
        moment = datetime.fromisoformat(text).astimezone(UTC)
        if abs(moment - self._now) > _NEAR:
            return text
        return f"{_RECORDED_AT}{text[10:]}" if text.endswith("T00:00:00.000Z") else f"{_RECORDED_AT}T09:30:00.000Z"
