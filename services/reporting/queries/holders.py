"""Who had which union when: in SQL, for sums, and as a whole, for rows that are at hand."""

from sqlalchemy import Connection, text

from services.reporting.domain.holders import Assignment, Holders

_HELD = """
    assignment AS (
        SELECT union_id, officer_id, version, counts_from FROM union_officers WHERE {union_id}
         UNION ALL
        SELECT id, officer_id, 0, DATE '0001-01-01' FROM directory_union
         WHERE NOT EXISTS (SELECT FROM union_officers AS known WHERE known.union_id = directory_union.id) AND {id}
    ),
    lasting AS (
        SELECT union_id, officer_id, version, counts_from,
               coalesce(min(counts_from) OVER (PARTITION BY union_id ORDER BY version
                        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), DATE 'infinity') AS until
          FROM assignment
    ),
    held AS MATERIALIZED (
        SELECT union_id, officer_id, until,
               CASE WHEN row_number() OVER (PARTITION BY union_id ORDER BY counts_from) = 1 THEN DATE '-infinity'
                    ELSE counts_from END AS since
          FROM lasting WHERE counts_from < until
    )
"""
HELD = _HELD.format(union_id="true", id="true")
"""Common table expressions, of which `held` has the officer of each union for the days from `since` to before `until`:
the one whose assignment counts, of those that do the one of the highest version. The first one has the days before as
well, and a union whose history has not come is the officer's who has it now."""

_THEIR_UNIONS = """
    {column} IN (
        SELECT union_id FROM union_officers WHERE officer_id = ANY(CAST(:officers AS uuid[]))
         UNION
        SELECT id FROM directory_union WHERE officer_id = ANY(CAST(:officers AS uuid[])))
"""
HELD_BY_OFFICERS = _HELD.format(union_id=_THEIR_UNIONS.format(column="union_id"), id=_THEIR_UNIONS.format(column="id"))
"""`HELD` for those unions alone that any of `:officers` had on some day."""

BY_DAY_AND_UNION = """
      FROM {rows} AS counted
      LEFT JOIN held ON held.union_id = counted.union_id AND counted.day >= held.since AND counted.day < held.until
     WHERE CAST(:officers AS uuid[]) IS NULL OR held.officer_id = ANY(CAST(:officers AS uuid[]))
     GROUP BY GROUPING SETS ((counted.day), (counted.union_id, held.officer_id))
"""
"""The end of a query over rows of a `day` and a `union_id`: sums of each day, and beside them sums of each union and
officer who had it on the days in question, of those officers only who are asked for. Both are of the same rows."""

KEYS = "counted.day, counted.union_id, held.officer_id, GROUPING(counted.day) = 0 AS is_of_day"
"""What stands before the sums of such a query."""

_ASSIGNMENTS = text(
    f"WITH {HELD} SELECT union_id, version, counts_from, officer_id FROM lasting WHERE counts_from < until"  # noqa: S608 - put together of constants; values are parameters
)


def holders(connection: Connection) -> Holders:
    """The officers of all unions by day. They are few beside loans and payments."""
    return Holders(Assignment(*row) for row in connection.execute(_ASSIGNMENTS))
