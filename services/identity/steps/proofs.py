"""What a proof is worth once a transaction is open: things may have changed since it was given."""

from datetime import datetime

from services.identity.domain.proof import Proof
from services.identity.models import User
from services.identity.queries import accounts, links
from shared.db import UnitOfWork


def account_proved(uow: UnitOfWork, proof: Proof, *, at: datetime) -> User | None:
    """The account, locked, if what was proved of it still holds."""
    user = accounts.live_user(uow.session, proof.user_id, lock=True)
    if user is None or (proof.password_hash is not None and user.password_hash != proof.password_hash):
        return None
    if proof.link_id and not links.spend_link(uow.connection, proof.link_id, at=at):
        return None
    return user
