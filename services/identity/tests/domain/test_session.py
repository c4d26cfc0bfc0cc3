from datetime import UTC, datetime, timedelta

import pytest

from services.identity.domain.session import Refresh, judge_refresh

ROTATED = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("presented", "seconds", "verdict"),
    [
        pytest.param(5, 3600, Refresh.ROTATE, id="the current token, whenever"),
        pytest.param(4, 0, Refresh.REPEAT, id="the one before at the same moment, from another tab"),
        pytest.param(4, 10, Refresh.REPEAT, id="the one before after a lost answer"),
        pytest.param(4, 10.001, Refresh.REVOKE, id="the one before, too late"),
        pytest.param(3, 0, Refresh.REVOKE, id="one spent before that"),
        pytest.param(0, 5, Refresh.REVOKE, id="the first of all"),
        pytest.param(6, 0, Refresh.REVOKE, id="one that was never issued"),
    ],
)
def test_a_spent_refresh_token_ends_the_session_unless_its_answer_was_lost(presented, seconds, verdict):
    now = ROTATED + timedelta(seconds=seconds)
    assert judge_refresh(presented, 5, rotated_at=ROTATED, now=now) is verdict
