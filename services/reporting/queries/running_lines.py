"""Which lines of schedules count in a period: those that fall due on loans which were running when their day began, by
the schedule that counted then."""

THEIRS = """
    theirs AS (
        SELECT loan_id FROM loan_states
         WHERE (CAST(:officers AS uuid[]) IS NULL OR union_id IN (
                   SELECT union_id FROM held WHERE officer_id = ANY(CAST(:officers AS uuid[]))))
           AND (CAST(:unions AS uuid[]) IS NULL OR union_id = ANY(CAST(:unions AS uuid[])))
           AND (CAST(:union_id AS uuid) IS NULL OR union_id = :union_id)
    )
"""
"""A common table expression behind `held`: the loans that were ever in unions of a window, so that no others are looked
at. It is not read where the window has all unions."""

RUNNING_LINES = """
          portfolio_loans AS loan
          JOIN loan_schedules AS schedule ON schedule.loan_id = loan.id
         CROSS JOIN LATERAL (
               SELECT width_bucket(CAST(:first AS date) - 1, schedule.due_on) AS before,
                      width_bucket(CAST(:last AS date), schedule.due_on) AS until OFFSET 0) AS place
         CROSS JOIN LATERAL (
               SELECT status, union_id, counts_from FROM loan_states AS state
                WHERE state.loan_id = loan.id AND state.counts_from < :last ORDER BY version DESC LIMIT 1) AS latest
         CROSS JOIN LATERAL (
               SELECT schedule.due_on[number] AS due_on, coalesce(schedule.total_by[number - 1], 0) AS from_cents,
                      schedule.total_by[number] AS to_cents
                 FROM generate_series(place.before + 1, place.until) AS number) AS line
         CROSS JOIN LATERAL (
               SELECT latest.status, latest.union_id WHERE latest.counts_from < line.due_on
                UNION ALL
               (SELECT status, union_id FROM loan_states AS state
                 WHERE state.loan_id = loan.id AND state.counts_from < line.due_on
                   AND latest.counts_from >= line.due_on ORDER BY version DESC LIMIT 1)) AS state
         WHERE loan.disbursed_on < :last AND NOT loan.is_deleted
           AND (loan.status IN ('ACTIVE', 'DEFAULTED') OR loan.last_counts_from >= :first)
           AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
           AND schedule.due_on <> '{}' AND place.before < place.until AND schedule.counts_from < line.due_on
           AND NOT EXISTS (
               SELECT FROM loan_schedules AS newer
                WHERE newer.loan_id = loan.id AND newer.version > schedule.version AND newer.version > 1
                  AND newer.counts_from < line.due_on)
           AND state.status IN ('ACTIVE', 'DEFAULTED')
           AND (CAST(:union_id AS uuid) IS NULL OR state.union_id = :union_id)
           AND (CAST(:unions AS uuid[]) IS NULL OR state.union_id = ANY(CAST(:unions AS uuid[])))
           AND (coalesce(CAST(:officers AS uuid[]), CAST(:unions AS uuid[])) IS NULL AND CAST(:union_id AS uuid) IS NULL
                OR loan.id IN (SELECT loan_id FROM theirs))
"""
"""What stands behind FROM, up to a condition that may be added to: `loan`, `schedule`, `line` (`due_on`, and all that
falls due before it and with it, in cents) and `state` (the union of that day). Its parameters are those of a window.

The state a loan was in last is looked up once for all its lines, an earlier one only for lines before that.
"""
