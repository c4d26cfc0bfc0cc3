"""What everybody sees of a team's work, wherever they look."""

from collections.abc import Collection
from typing import Any

from tests.going_back import answers, reads
from tests.institution import Team


def every_read(team: Team, loans: Collection[str], members: Collection[str]) -> dict[str, Any]:
    """By who asks and what for: what `reads` has, and some two hundred more."""
    union, officer = team.union["id"], team.officer.id
    filters = {
        "/loans": (
            "status=ACTIVE", "status=COMPLETED", "status=DRAFT", "search=LN", "limit=1&page=2", f"unionId={union}",
            "dateFrom=2026-01-01", "minAmount=60000",
        ),
        "/union-members": ("search=ngozi", "search=mem", "limit=1&page=2", f"unionId={union}"),
        "/repayments": ("method=CASH", "limit=1", f"unionId={union}", f"receivedByUserId={officer}", "search=ngozi"),
        "/schedules": ("status=PAID", "status=PENDING", "limit=5&page=2", f"unionId={union}", "dateTo=2026-06-30"),
        "/unions": ("search=union", "limit=1", f"creditOfficerId={officer}"),
    }  # fmt: skip
    paths = [f"{path}?{query}" for path, queries in filters.items() for query in queries]
    # Without what counts sign-ins, is of this installation, or names versions, which are other ones in a new epoch.
    paths += [
        "/notes", "/notes/categories", f"/notes/user/{officer}", "/settings/company", "/settings/general",
        "/settings/system", "/settings/email", "/settings/email-templates", "/branches", f"/branches/{union}",
        f"/branches/{union}/stats", "/branch-transfers", "/unions/ids", "/unions/export/csv",
        "/union-members/export/csv", "/union-members/check-email?email=ada@example.org", "/assignment-history",
        "/loans/stats", "/loans/reschedules",
        "/loans/export?format=csv", "/repayments/export?format=csv", "/schedules/export?format=csv",
        "/repayments/summary", "/repayments/arrears", "/repayments/portfolio-at-risk", "/repayments/officer-day",
        "/repayments/team-day", "/supervisor-reports/catalogue", "/search?q=ngozi",
        f"/backup/dependencies/user/{officer}", f"/backup/dependencies/union/{union}",
    ]  # fmt: skip
    of_loan = (
        "/loans/{}/schedule-history", "/loans/{}/reschedules", "/loans/{}/settlement", "/documents/loan/{}",
        "/repayments/schedules/{}",
    )  # fmt: skip
    of_member = (
        "/union-members/{}/record", "/documents/union-member/{}", "/backup/dependencies/unionMember/{}",
    )  # fmt: skip
    paths += [path.format(loan) for loan in loans for path in of_loan]
    paths += [path.format(member) for member in members for path in of_member]
    people = {"officer": team.officer, "supervisor": team.supervisor, "admin": team.admin}
    return reads(team, loans, members) | answers(people, paths)
