"""How audit entries and dashboards look to the web client."""

from typing import Any

import orjson

from services.reporting.domain.calendar import label
from services.reporting.domain.performance import Performance
from services.reporting.queries.staff import Officer, StaffMember
from services.reporting.queries.trail import FoundEntry
from services.reporting.usecases.dashboard import Dashboard
from shared.wire import number, timestamp


def audit_entry(row: FoundEntry) -> dict[str, Any]:
    """AuditLog."""
    return {
        "id": str(row.id),
        "actorUserId": str(row.actor_id) if row.actor_id else None,
        "actor": _actor(row),
        "action": row.action,
        "entityName": row.entity_name,
        "entityId": row.entity_id,
        "before": _read(row.before),
        "after": _read(row.after),
        "metadata": _read(row.metadata),
        "ipAddress": row.ip_address,
        "userAgent": row.user_agent,
        "createdAt": timestamp(row.occurred_at),
    }


def _actor(row: FoundEntry) -> dict[str, Any] | None:
    """The actor as now known, else as they were when they acted."""
    if row.actor_id is None:
        return None
    return {
        "id": str(row.actor_id),
        "email": row.staff_email or row.actor_email,
        "role": row.staff_role or row.actor_role,
        "firstName": row.first_name,
        "lastName": row.last_name,
    }


def _read(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


def dashboard(person: StaffMember, board: Dashboard) -> dict[str, Any]:
    """The dashboard of a supervisor; `person` is whom it is about."""
    return {
        "supervisor": {"id": str(person.id), "name": person.name, "email": person.email},
        "summary": {"totalOfficers": len(board.officers), **_figures(board.summary)},
        "officerPerformance": [_officer_line(officer, performance) for officer, performance in board.officers],
        "loanStatusDistribution": [
            {"status": status, "count": loans, "amount": number(principal)}
            for status, (loans, principal) in board.distribution.items()
        ],
        "monthlyTrends": [
            {
                "month": label(month.month),
                "disbursed": number(month.disbursed),
                "repaid": number(month.repaid),
                "newLoans": month.new_loans,
                "newMembers": month.new_members,
            }
            for month in board.months
        ],
    }


def _officer_line(officer: Officer, performance: Performance) -> dict[str, Any]:
    return {
        "officerId": str(officer.id),
        "officerName": officer.name,
        "email": officer.email,
        **_figures(performance),
        "lastActivityAt": timestamp(officer.last_activity_at),
    }


def _figures(performance: Performance) -> dict[str, Any]:
    return {
        "totalUnions": performance.unions,
        "totalMembers": performance.verified_members + performance.pending_members,
        "verifiedMembers": performance.verified_members,
        "pendingMembers": performance.pending_members,
        "totalLoans": performance.loans,
        "activeLoans": performance.active_loans,
        "completedLoans": performance.completed_loans,
        "defaultedLoans": performance.defaulted_loans,
        "totalDisbursed": number(performance.disbursed),
        "totalRepaid": number(performance.repaid),
        "totalOutstanding": number(performance.outstanding),
        "collectionRate": number(performance.collection_rate),
    }


def officer(row: Officer) -> dict[str, Any]:
    """An officer with their sign-ins and unions."""
    return {
        "id": str(row.id),
        "firstName": row.first_name,
        "lastName": row.last_name,
        "name": row.name,
        "email": row.email,
        "isActive": row.is_active,
        "lastLoginAt": timestamp(row.last_login_at),
        "lastActivityAt": timestamp(row.last_activity_at),
        "loginCount": row.login_count,
        "_count": {"unions": row.unions},
        "unionCount": row.unions,
    }
