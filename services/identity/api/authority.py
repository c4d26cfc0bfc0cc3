"""Whether an actor may still act, from the accounts and sessions themselves."""

from typing import Any

from flask import g
from sqlalchemy import Engine, Row

from services.identity import queries
from shared.context import Actor


class AccountAuthority:
    """Asks the database at every request, because nobody is closer to the truth than identity."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_live(self, actor: Actor) -> bool:
        """Whether the session is alive and its account active in the same role."""
        with self._engine.connect() as connection:
            # Kept, because `/auth/me`, which pages call many times, shows this very row.
            g.account = queries.account_of_session(connection, actor.session_id)
        return g.account is not None and g.account.role is actor.role


def current_account() -> Row[Any]:
    """The account of the signed-in member of staff, as of this request."""
    account: Row[Any] = g.account
    return account
