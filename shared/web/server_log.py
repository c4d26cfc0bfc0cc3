"""What gunicorn writes down, without what clients sent: a malformed header may hold a token, or end a log line."""

import re
import sys
from typing import Any

from gunicorn.glogging import Logger

# gunicorn puts the request's own words behind the colon.
_REFUSED = "Invalid request from ip="
_FAILED = "Error handling request "
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn's log, in which a refused request is the address it came from and the kind of its fault, and a path has
    no query."""

    def warning(self, message: str, *args: Any, **kwargs: Any) -> None:
        if message.startswith(_REFUSED):
            kind = sys.exc_info()[0]
            message, args = f"{message.partition(': ')[0]}: {kind.__name__ if kind else 'refused'}", ()
        super().warning(_one_line(message), *map(_plain, args), **kwargs)

    def exception(self, message: str, *args: Any, **kwargs: Any) -> None:
        if message.startswith(_FAILED) and args:
            args = (*args[:-1], str(args[-1]).partition("?")[0])
        super().exception(_one_line(message), *map(_plain, args), **kwargs)

    def error(self, message: str, *args: Any, **kwargs: Any) -> None:
        super().error(_one_line(message), *map(_plain, args), **kwargs)


def _plain(value: Any) -> Any:
    return _one_line(value) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text)
