"""A check of schemathesis: a failure says a code that the document names for this route and status."""

from typing import Any

import schemathesis


@schemathesis.check
def documented_code(ctx: Any, response: Any, case: Any) -> None:
    """Fails for a code that the operation does not name; of a method that a route does not have no operation speaks."""
    if response.status_code < 400 or case.method.upper() != case.operation.method.upper():
        return
    code = response.json().get("code")
    named = case.operation.definition.raw.get("x-codes", {}).get(str(response.status_code), [])
    if code is not None and code not in named:
        raise AssertionError(f"{response.status_code} {code} is not among {named}")
