"""Money received in a period, with what it was put on."""

from dataclasses import astuple, dataclass, fields
from decimal import Decimal

from sqlalchemy import Connection, text

from services.reporting.queries.day_sums import read_sums
from services.reporting.queries.holders import BY_DAY_AND_UNION, HELD, KEYS
from services.reporting.queries.window import Sums, Window, sums_of

_NARROWED = """
       AND (CAST(:union_id AS uuid) IS NULL OR repayment.union_id = :union_id)
       AND (CAST(:unions AS uuid[]) IS NULL OR repayment.union_id = ANY(CAST(:unions AS uuid[])))
       AND (CAST(:loan_type_id AS uuid) IS NULL OR EXISTS (
            SELECT FROM portfolio_loans AS loan
             WHERE loan.id = repayment.loan_id AND loan.loan_type_id = :loan_type_id))
"""
# Each time a payment was put somewhere: first when it came, then whenever the account was replayed, and nowhere once it
# was reversed. What changes by that counts on the day it was recorded, so that no day before shows other figures.
_MONEY = f"""
    touched AS MATERIALIZED (
        SELECT loan_id FROM reallocations WHERE recorded_on BETWEEN :first AND :last
         UNION
        SELECT loan_id FROM repayments WHERE kind = 'REVERSAL' AND paid_on BETWEEN :first AND :last
    ),
    placed AS (
        SELECT id, loan_id, union_id, paid_on AS day, account_version, penalty, fee, interest, principal
          FROM repayments AS repayment JOIN touched USING (loan_id)
         WHERE kind <> 'REVERSAL' {_NARROWED}
         UNION ALL
        SELECT part.id, loan_id, NULL, recorded_on, account_version,
               part.penalty * 0.01, part.fee * 0.01, part.interest * 0.01, part.principal * 0.01
          FROM reallocations JOIN touched USING (loan_id) CROSS JOIN LATERAL
               unnest(repayment_ids, penalty, fee, interest, principal) AS part (id, penalty, fee, interest, principal)
         UNION ALL
        SELECT reversal_of_id, loan_id, NULL, paid_on, account_version, 0, 0, 0, 0
          FROM repayments JOIN touched USING (loan_id) WHERE kind = 'REVERSAL'
    ),
    moved AS (
        SELECT day, loan_id, first_value(union_id) OVER in_turn AS union_id,
               lag(id) OVER in_turn IS NOT NULL AS is_again,
               penalty - lag(penalty) OVER in_turn AS penalty, fee - lag(fee) OVER in_turn AS fee,
               interest - lag(interest) OVER in_turn AS interest, principal - lag(principal) OVER in_turn AS principal
          FROM placed WINDOW in_turn AS (PARTITION BY id ORDER BY account_version)
    ),
    money AS (
        SELECT paid_on AS day, union_id, {{loan_type}} AS loan_type_id,
               count(*) FILTER (WHERE amount > 0) AS payments,
               count(*) FILTER (WHERE kind = 'RECOVERY') AS recoveries,
               coalesce(sum(amount) FILTER (WHERE amount > 0 AND kind IS DISTINCT FROM 'RECOVERY'), 0) AS repaid,
               coalesce(sum(amount) FILTER (WHERE kind = 'RECOVERY'), 0) AS recovered,
               coalesce(sum(amount) FILTER (WHERE amount < 0), 0) AS reversed,
               coalesce(sum(penalty), 0) AS penalty, coalesce(sum(fee), 0) AS fee,
               coalesce(sum(interest), 0) AS interest, coalesce(sum(principal), 0) AS principal
          FROM repayments AS repayment
         WHERE paid_on BETWEEN :first AND :last {_NARROWED}
         GROUP BY 1, 2, 3
         UNION ALL
        SELECT day, repayment.union_id, {{loan_type}}, 0, 0, 0, 0, 0, penalty, fee, interest, principal
          FROM moved AS repayment
         WHERE is_again AND repayment.union_id IS NOT NULL AND day BETWEEN :first AND :last
    )
"""  # noqa: S608 - put together of constants; values are parameters
_RECEIVED = text(
    f"""
    WITH {HELD}, {_MONEY.format(loan_type="NULL::uuid")}
    SELECT {KEYS}, sum(payments)::integer AS payments, sum(recoveries)::integer AS recoveries,
           round(sum(repaid), 2) AS repaid, round(sum(recovered), 2) AS recovered, round(sum(reversed), 2) AS reversed,
           round(sum(penalty), 2) AS penalty, round(sum(fee), 2) AS fee, round(sum(interest), 2) AS interest,
           round(sum(principal), 2) AS principal {BY_DAY_AND_UNION.format(rows="money")}
    """
)


_LOAN_TYPE = "(SELECT loan_type_id FROM portfolio_loans AS loan WHERE loan.id = repayment.loan_id)"
KEPT = f"""
    WITH {_MONEY.format(loan_type=_LOAN_TYPE)}
    SELECT day, union_id, loan_type_id, sum(payments) AS payments, sum(recoveries) AS recoveries,
           sum(repaid) * 100 AS repaid, sum(recovered) * 100 AS recovered, sum(reversed) * 100 AS reversed,
           sum(penalty) * 100 AS penalty, sum(fee) * 100 AS fee, sum(interest) * 100 AS interest,
           sum(principal) * 100 AS principal
      FROM money GROUP BY 1, 2, 3
"""  # noqa: S608 - put together of constants; values are parameters
"""Rows for `day_sums`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Money that came in. `payments` counts recoveries as well; `reversed` is negative; the four parts are those of all
    three amounts together."""

    payments: int = 0
    recoveries: int = 0
    repaid: Decimal = Decimal(0)
    recovered: Decimal = Decimal(0)
    reversed: Decimal = Decimal(0)
    penalty: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    principal: Decimal = Decimal(0)

    def __add__(self, other: "Received") -> "Received":
        both = zip(astuple(self), astuple(other), strict=True)
        return Received(**dict(zip(_NAMES, (one + more for one, more in both), strict=True)))

    @property
    def collected(self) -> Decimal:
        """All that came in, less what was taken back."""
        return self.repaid + self.recovered + self.reversed


_NAMES = tuple(each.name for each in fields(Received))


def received(connection: Connection, window: Window) -> Sums[Received]:
    """What came in, from the sums of days that are over and the facts of the others: see `received_from_facts`."""
    return read_sums(connection, window, Received, {name: name for name in _NAMES}, received_from_facts)


def received_from_facts(connection: Connection, window: Window) -> Sums[Received]:
    """What came in, by the value date of payments and the day of reversals; the union is the one that the loan was in
    when the money came."""
    return sums_of(connection.execute(_RECEIVED, window.values()), Received)
