"""Unforeseen errors, reported to Sentry when its address is set."""

from typing import Any

_PRIVATE = frozenset({"authorization", "cookie", "idempotency-key", "x-forwarded-for"})
_reporting = False


def start(dsn: str, *, service: str, environment: str, release: str = "") -> None:
    """Report errors to the project `dsn` names. With an empty one this does nothing, and costs nothing."""
    global _reporting
    if not dsn:
        return
    import sentry_sdk  # 12 MB that no process needs without a DSN

    sentry_sdk.init(
        dsn,
        environment=environment,
        release=release or None,
        server_name=service,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        default_integrations=False,
        before_send=_without_secrets,
    )
    sentry_sdk.set_tag("service", service)
    _reporting = True


def report(error: BaseException, *, request_id: str | None = None) -> None:
    """Report an error that nobody foresaw."""
    if not _reporting:
        return
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        if request_id:
            scope.set_tag("request_id", request_id)
        scope.capture_exception(error)


def _without_secrets(event: Any, _hint: Any) -> Any:
    request = event.get("request", {})
    request.pop("cookies", None)
    request.pop("query_string", None)
    headers = request.get("headers", {})
    request["headers"] = {name: value for name, value in headers.items() if name.lower() not in _PRIVATE}
    return event
