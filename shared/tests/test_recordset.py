from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shared.db import Sessions
from shared.ids import new_id
from shared.postgres.recordset import json_rows, recordset_statement

_BOTH = recordset_statement(
    "SELECT paid.*, owed.amount AS owed FROM {paid} JOIN {owed} USING (id) ORDER BY paid.amount",
    paid="id uuid, amount numeric, paid_on date, paid_at timestamptz",
    owed="id uuid, amount numeric",
)


def test_rows_arrive_as_they_were_sent(sessions: Sessions) -> None:
    first = {"id": new_id(), "amount": Decimal("0.10"), "paid_on": date(2026, 1, 2), "paid_at": datetime.now(UTC)}
    second = {"id": new_id(), "amount": Decimal("12345678901234.56")}
    owed = [{"id": row["id"], "amount": Decimal(1)} for row in (first, second)]
    with sessions() as session:
        values = {"paid": json_rows([second, first]), "owed": json_rows(owed)}
        found = session.connection().execute(_BOTH, values).mappings().all()
    assert found == [
        first | {"owed": Decimal(1)},
        second | {"paid_on": None, "paid_at": None, "owed": Decimal(1)},
    ]


def test_what_is_no_value_of_a_row_is_refused() -> None:
    with pytest.raises(TypeError):
        json_rows([{"id": object()}])
