"""The machine codes of failures: what each means, its status, and which of them a view can answer with.

An error class is its own entry: its name is the code, its docstring the meaning. Codes that no class stands for are in
PLAIN, where `shared.web.problems` and the gateway take them from the framework.
"""

from collections.abc import Callable, Iterable
from typing import Any

from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from shared.context import Role
from shared.errors import DomainError
from shared.web.auth import PasswordChangeRequired, RoleNotAllowed
from shared.web.problems import PLAIN, Statuses, code_of_http, status_of
from shared.web.reach import Reached

Codes = dict[str, dict[str, Any]]

# Kinds, which nobody raises as they are.
_KINDS = "shared.errors"
# What any view may answer with.
_ALWAYS = ("internal-error", "unavailable")
# An address with an id in it may turn out to be no address of ours, or one for other methods.
_WITH_PARAMETERS = ("not-found", "method-not-allowed")


def codes_of(
    reached: Reached, access: tuple[Role, ...], statuses: Statuses, *, has_parameters: bool
) -> dict[str, list[str]]:
    """By status, the codes that a view can answer with: `access` are the roles it is open to."""
    found = {
        (status_of(error, statuses), error.code)
        for error in _answered(reached.errors)
        if not _cannot_happen(error, access)
    }
    plain = {*_ALWAYS, *(_WITH_PARAMETERS if has_parameters else ())}
    for error in reached.errors:
        if issubclass(error, HTTPException) and error.code:
            plain.add(code_of_http(HTTP_STATUS_CODES[error.code]))
        elif issubclass(error, ValidationError):
            plain |= {"validation-failed", "value-out-of-range"}
    plain |= {code for function in reached.functions for code in _written_out(function)}
    found |= {(PLAIN[code].status, code) for code in plain}
    by_status: dict[str, list[str]] = {}
    for status, code in sorted(found):
        by_status.setdefault(str(status), []).append(code)
    return by_status


def catalogue(errors: Iterable[type[Exception]], statuses: Statuses) -> Codes:
    """What codes mean, those that every service can answer with included."""
    codes: Codes = {code: {"status": plain.status, "meaning": plain.meaning} for code, plain in PLAIN.items()}
    for error in sorted(_answered(errors), key=lambda error: (error.code, error.__module__)):
        meaning = " ".join((error.__doc__ or "").split())
        codes.setdefault(error.code, {"status": status_of(error, statuses), "meaning": meaning})
    return codes


def _answered(errors: Iterable[type[Exception]]) -> list[type[DomainError]]:
    return [error for error in errors if issubclass(error, DomainError) and error.__module__ != _KINDS]


def _cannot_happen(error: type[DomainError], access: tuple[Role, ...]) -> bool:
    """Nobody is refused for their role where every role is let in, nor for their sign-in where none is needed."""
    if error is RoleNotAllowed:
        return set(access) == set(Role)
    return error is PasswordChangeRequired and not access


def _written_out(function: Callable[..., Any]) -> list[str]:
    """Codes that a function writes out, for a failure that is answered and not raised."""
    return [constant for constant in function.__code__.co_consts if isinstance(constant, str) and constant in PLAIN]
