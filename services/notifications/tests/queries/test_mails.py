"""Claims of mails that are due."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.notifications.queries.mails import claim_due
from shared.db import Sessions

LIMIT, DUE = 10, 200
PLANS = "hashjoin", "mergejoin", "hashagg", "material", "memoize", "sort", "indexscan", "bitmapscan"


@pytest.mark.parametrize("refused", [(), PLANS], ids=["as the database likes", "as where it knows of no mails"])
def test_a_claim_takes_no_more_than_its_limit_by_any_plan(sessions: Sessions, refused: tuple[str, ...]) -> None:
    with sessions() as session:
        connection = session.connection()
        due = "SELECT gen_random_uuid(), 'loan_approved', 'ada@example.org', '{}' FROM generate_series(1, :due)"
        connection.execute(text(f"INSERT INTO mail (id, template, recipient, variables) {due}"), {"due": DUE})
        for plan in refused:
            connection.execute(text(f"SET LOCAL enable_{plan} = off"))
        assert len(claim_due(connection, limit=LIMIT, lease=timedelta(minutes=1))) == LIMIT
