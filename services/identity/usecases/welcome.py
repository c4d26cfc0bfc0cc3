"""Telling new members of staff that they have an account."""

from collections.abc import Collection
from datetime import datetime

from services.identity.credentials.passwords import NO_PASSWORD
from services.identity.domain.recovery import LinkPurpose
from services.identity.models import RecoveryRequest, User
from services.identity.usecases.mailing import Wanted, queue_mails
from shared.db import UnitOfWork
from shared.ids import new_id


def welcome(uow: UnitOfWork, users: Collection[User], *, login_url: str, at: datetime) -> None:
    """Mail each of them once; who was given no password gets a link to choose one too."""
    mails = [
        Wanted(
            "welcome_user",
            user.email,
            {"officer_name": user.first_name or user.email, "link": login_url},
            dedupe=f"welcome {user.id}",
        )
        for user in users
    ]
    queue_mails(uow, mails)
    uow.session.add_all(
        RecoveryRequest(id=new_id(), email=user.email, purpose=LinkPurpose.PASSWORD_RESET.value, requested_at=at)
        for user in users
        if user.password_hash == NO_PASSWORD
    )
