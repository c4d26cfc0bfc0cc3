"""What an admin who acts as somebody else may not do."""

from shared.context import Actor
from shared.errors import Forbidden


class NotWhileImpersonating(Forbidden):
    """Who acts as somebody else administers nothing in their name."""


def check_acts_as_oneself(actor: Actor | None) -> None:
    """Refuse an admin who acts as somebody else. Raises NotWhileImpersonating."""
    if actor and actor.impersonator_id:
        raise NotWhileImpersonating("You do not have permission to do this while you act as somebody else.")
