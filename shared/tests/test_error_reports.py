"""Faults reach Sentry, and nothing private does."""

from secrets import token_hex

import pytest
import sentry_sdk

from shared import error_reports


def test_a_fault_is_reported_with_its_request_and_without_secrets(reports: list[bytes]) -> None:
    # Made now, because the source around a fault is told; what the variables held is not.
    secret = token_hex(16)

    def fail(password: str) -> None:
        raise ZeroDivisionError(f"of {len(password)}")

    try:
        fail(secret)
    except ZeroDivisionError as error:
        error_reports.report(error, request_id="0197-request")
    sentry_sdk.flush(5)
    reported = b"".join(reports)
    assert b"ZeroDivisionError" in reported
    assert b"0197-request" in reported
    assert b'"lending"' in reported
    assert secret.encode() not in reported


def test_without_an_address_nothing_is_loaded_or_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reports, "_reporting", False)
    error_reports.start("", service="lending", environment="testing")
    error_reports.report(ValueError("nobody hears this"))
    assert error_reports._reporting is False
