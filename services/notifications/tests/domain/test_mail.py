from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.notifications.domain.institution import Institution
from services.notifications.domain.mail import BACK_OFF, LINKS, MailStatus, after_failure, why_not
from services.notifications.domain.wording import written_amount, written_day
from services.notifications.queries.templates import TEMPLATES, template_named

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
INSTITUTION = Institution()
TEMPLATE = TEMPLATES["loan_approved"]


def test_it_is_tried_ever_less_often_and_then_given_up() -> None:
    waits = []
    for attempts in range(1, len(BACK_OFF) + 1):
        outcome = after_failure("no answer", attempts=attempts, is_final=False, now=NOW)
        assert outcome.status is MailStatus.PENDING
        assert outcome.next_try_at
        waits.append(outcome.next_try_at - NOW)
    assert waits == sorted(set(waits))
    last = after_failure("no answer", attempts=len(BACK_OFF) + 1, is_final=False, now=NOW)
    assert (last.status, last.error) == (MailStatus.DEAD, "no answer")


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    assert after_failure("no such mailbox", attempts=1, is_final=True, now=NOW).status is MailStatus.DEAD


@pytest.mark.parametrize("off", ["server", "notifications", "template", "way out"])
def test_each_switch_keeps_mail_back(off: str) -> None:
    institution = replace(INSTITUTION, email_notifications=off != "notifications")
    template = replace(TEMPLATE, email_enabled=off != "template")
    assert why_not(template, institution, is_enabled=off != "server", has_way_out=off != "way out", may_hold_links=True)
    assert why_not(TEMPLATE, INSTITUTION, is_enabled=True, has_way_out=True, may_hold_links=True) is None


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("DD/MM/YYYY", "05/03/2026"),
        ("YYYY-MM-DD", "2026-03-05"),
        ("MMM D, YYYY", "Mar 5, 2026"),
        ("D MMMM YY", "5 March 26"),
    ],
)
def test_days_are_written_as_the_institution_wants(pattern: str, written: str) -> None:
    assert written_day(NOW.date().replace(day=5), pattern) == written


def test_amounts_are_grouped() -> None:
    assert written_amount(Decimal("1234567.5")) == "1,234,567.50"


@pytest.mark.parametrize("key", sorted(LINKS))
def test_a_mail_with_a_link_that_may_not_be_written_down_is_kept_back_and_says_why(key: str) -> None:
    reason = why_not(template_named(key), INSTITUTION, is_enabled=True, has_way_out=True, may_hold_links=False)
    assert reason
    assert "not written to a file" in reason
    assert why_not(TEMPLATE, INSTITUTION, is_enabled=True, has_way_out=True, may_hold_links=False) is None
