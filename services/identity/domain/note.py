"""Notes on members of staff: who may write about whom, and who may change what is written."""

from enum import StrEnum
from uuid import UUID

from shared.context import Role
from shared.errors import Forbidden


class Category(StrEnum):
    """What a note is about, in the words of the wire."""

    GENERAL = "general"
    PERFORMANCE = "performance"
    CUSTOMER_FEEDBACK = "customer_feedback"
    TRAINING = "training"


class NotTheAuthor(Forbidden):
    """Only whoever wrote a note, or an admin, changes it."""


def check_may_rewrite(reader_id: UUID, role: Role, author_id: UUID) -> None:
    """Accept the author and admins. Raises NotTheAuthor."""
    if role is not Role.ADMIN and reader_id != author_id:
        raise NotTheAuthor("You do not have permission to change this note.")
