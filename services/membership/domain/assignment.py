"""The kinds of entries in the history of assignments."""

from enum import StrEnum


class AssignmentKind(StrEnum):
    """A union that went to another officer, or a member who went to another union."""

    UNION_ASSIGNED = "MANAGER_ASSIGNMENT"
    MEMBER_MOVED = "USER_ASSIGNMENT"
