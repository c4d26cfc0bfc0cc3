"""Whether an actor may still act, from the accounts and sessions themselves, and when they last did."""

from flask import g
from sqlalchemy import Engine

from services.identity.domain.activity import is_stale
from services.identity.queries.activity import touch
from services.identity.queries.sessions import AccountOfSession, account_of_session
from shared.clock import now
from shared.context import Actor
from shared.web.auth import current_actor
from shared.web.transactions import reading


class AccountAuthority:
    """Asks the database at every request, because nobody is closer to the truth than identity."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_live(self, actor: Actor) -> bool:
        """Whether the session is alive and its account active in the same role."""
        with self._engine.connect() as connection:
            # Kept, because `/auth/me`, which pages call many times, shows this very row.
            g.account = account_of_session(connection, actor.session_id)
        return g.account is not None and g.account.role is actor.role


def current_account() -> AccountOfSession:
    """The account of the signed-in member of staff, as of this request."""
    account: AccountOfSession = g.account
    return account


def note_activity() -> None:
    """Note that who asks is active, at most once a minute; what an admin does in their name is not theirs."""
    account, at = current_account(), now()
    if current_actor().impersonator_id is None and is_stale(account.last_activity_at, at):
        with reading() as connection:
            touch(connection, [account.id], at)
