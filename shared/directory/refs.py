"""People and unions as the wire shows them inside other things (contract section 2)."""

from typing import Any, Protocol
from uuid import UUID


class Staff(Protocol):
    """A row with the columns of a member of staff."""

    id: UUID
    email: str
    first_name: str | None
    last_name: str | None
    role: str


def user_ref(row: Staff) -> dict[str, Any]:
    """UserRef."""
    return {"id": str(row.id), "firstName": row.first_name, "lastName": row.last_name, "email": row.email}


def staff_ref(row: Staff) -> dict[str, Any]:
    """StaffRef: a UserRef with the role."""
    return user_ref(row) | {"role": row.role}
