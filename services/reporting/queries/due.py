"""What falls due on loans, in SQL: the schedule that counts, with the charges that are on it.

Instalments are paid oldest first, and within each the penalty, the fee, the interest, then the principal. So of a loan
only three lists are needed, with a place for each instalment: its due day, and all that falls due up to it, in cents:
of everything and of the principal. How much was paid then says which instalment is the oldest that is not paid in full
(`width_bucket` searches a sorted list), and how much of the principal is paid.
"""

PRESENT_SCHEDULE, PRESENT_CHARGE, PRESENT_REVERSAL = "true", "charge.waived_on IS NULL", "true"

_DUE = """
    plan AS (
        SELECT chosen.* FROM {loans} AS loan CROSS JOIN LATERAL (
            SELECT loan_id, due_on, total_by, principal_by FROM loan_schedules AS schedule
             WHERE schedule.loan_id = loan.{id} AND {schedules} ORDER BY version DESC LIMIT 1) AS chosen
    ),
    charge_on AS (
        SELECT charge.loan_id, charge.due_on, charge.kind = 'INTEREST_REBATE' AS is_rebate,
               (charge.amount * 100)::bigint AS cents
          FROM loan_charges AS charge JOIN {loans} AS loan ON loan.{id} = charge.loan_id
         WHERE {charges} AND (charge.kind <> 'INTEREST_REBATE' OR NOT EXISTS (
             SELECT FROM repayments AS repaid JOIN repayments AS reversal ON reversal.reversal_of_id = repaid.id
              WHERE repaid.loan_id = charge.loan_id AND reversal.loan_id = charge.loan_id
                AND repaid.recorded_at = charge.recorded_at AND {reversals}))
    ),
    charged AS (
        SELECT loan_id, coalesce(sum(cents) FILTER (WHERE is_rebate), 0)::bigint AS rebate,
               max(due_on) FILTER (WHERE NOT is_rebate) AS last_on
          FROM charge_on GROUP BY loan_id
    ),
    event AS (
        SELECT plan.loan_id, line.due_on, true AS is_line, line.total_by, line.principal_by, 0::bigint AS cents
          FROM plan JOIN charged USING (loan_id) CROSS JOIN LATERAL
               unnest(plan.due_on, plan.total_by, plan.principal_by) AS line (due_on, total_by, principal_by)
        UNION ALL
        SELECT plan.loan_id, last_on, true, total_by[cardinality(total_by)], principal_by[cardinality(principal_by)], 0
          FROM plan JOIN charged USING (loan_id) WHERE last_on > due_on[cardinality(due_on)]
        UNION ALL
        SELECT loan_id, due_on, false, NULL, NULL, cents FROM charge_on WHERE NOT is_rebate
    ),
    line AS (
        SELECT loan_id, due_on, is_line, principal_by, total_by,
               sum(cents) OVER (PARTITION BY loan_id ORDER BY due_on, is_line)::bigint AS charges_by
          FROM event
    ),
    due AS (
        SELECT plan.loan_id, plan.due_on, plan.total_by, plan.principal_by
          FROM plan WHERE loan_id NOT IN (SELECT loan_id FROM charged)
        UNION ALL
        SELECT line.loan_id, array_agg(line.due_on ORDER BY line.due_on),
               array_agg(line.total_by + line.charges_by - greatest(0, charged.rebate -
                   (plan.total_by[cardinality(plan.total_by)] - plan.principal_by[cardinality(plan.principal_by)]
                    - line.total_by + line.principal_by)) ORDER BY line.due_on),
               array_agg(line.principal_by ORDER BY line.due_on)
          FROM line JOIN charged USING (loan_id) JOIN plan USING (loan_id)
         WHERE is_line GROUP BY line.loan_id
    )
"""


def due_of(
    loans: str,
    *,
    loan_id: str = "loan_id",
    schedules: str = PRESENT_SCHEDULE,
    charges: str = PRESENT_CHARGE,
    reversals: str = PRESENT_REVERSAL,
) -> str:
    """Common table expressions, of which `due` has what falls due on the loans of a table: `loan_id`, `due_on`,
    `total_by`, `principal_by`; no row where no schedule counts.

    The conditions say which rows count that the names `schedule`, `charge` and `reversal` stand for: those of the
    present, unless others are given. A charge belongs to the first instalment due on its day or later; those after the
    last share a line of their own. A rebate takes interest from the last instalment backwards.
    """
    return _DUE.format(loans=loans, id=loan_id, schedules=schedules, charges=charges, reversals=reversals)
