"""Password providers: this service, which keeps hashes, or Supabase, which is asked. Both answer in proofs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.identity.credentials.links import digest, made_for
from services.identity.credentials.passwords import PasswordHashes
from services.identity.credentials.supabase import Supabase, SupabaseSession
from services.identity.domain.password import CurrentPasswordIncorrect
from services.identity.domain.proof import Method, Proof
from services.identity.domain.recovery import LinkPurpose
from services.identity.models import User
from services.identity.queries import accounts, links
from services.identity.queries.institution import Reading
from shared.clock import now
from shared.db import UnitOfWork

# What the owner and the audit trail call it when somebody came by a link.
_METHODS = {
    LinkPurpose.MAGIC_LINK: Method.MAGIC_LINK,
    LinkPurpose.PASSWORD_RESET: Method.RESET_LINK,
    LinkPurpose.INVITATION: Method.INVITATION,
}
# The page of the web client where a password is chosen knows one kind of link.
_ACCEPTED = {
    LinkPurpose.MAGIC_LINK: (LinkPurpose.MAGIC_LINK,),
    LinkPurpose.PASSWORD_RESET: (LinkPurpose.PASSWORD_RESET, LinkPurpose.INVITATION),
}


class PasswordProvider(Protocol):
    """What is asked before any transaction, because it takes a quarter of a second or a call over the network."""

    def prove_password(self, reading: Reading, *, email: str, password: str) -> Proof | None:
        """Whose address and password these are; as slow when it is nobody's."""

    def prove_link(self, reading: Reading, *, purpose: LinkPurpose, email: str | None, token: str) -> Proof | None:
        """Who was mailed this link; nobody when an `email` is named that is not theirs."""

    def keep(self, proof: Proof | None, password: str) -> str | None:
        """Take a new password of who gave the proof; the hash to store, None when it is kept elsewhere."""


@dataclass(frozen=True, slots=True)
class OwnPasswords:
    """Passwords kept here, as hashes."""

    hashes: PasswordHashes

    def prove_password(self, reading: Reading, *, email: str, password: str) -> Proof | None:
        with reading() as connection:
            account = accounts.password_of(connection, email)
        # The connection went back before this wait: there are fewer of them than waiters.
        if not self.hashes.matches(password, account.password_hash if account else None) or account is None:
            return None
        better_hash = self.hashes.better(password, account.password_hash)
        return Proof(user_id=account.user_id, password_hash=account.password_hash, better_hash=better_hash)

    def prove_link(self, reading: Reading, *, purpose: LinkPurpose, email: str | None, token: str) -> Proof | None:
        with reading() as connection:
            link = links.usable_link(connection, digest(token), _ACCEPTED[purpose], at=now())
        if link is None or link.made_for != made_for(link.email, link.password_hash):
            return None
        if email not in (None, link.email):
            return None
        method = _METHODS[LinkPurpose(link.purpose)]
        return Proof(user_id=link.user_id, method=method, password_hash=link.password_hash, link_id=link.id)

    def keep(self, proof: Proof | None, password: str) -> str | None:
        return self.hashes.make(password)


@dataclass(frozen=True, slots=True)
class SupabasePasswords:
    """Passwords kept by Supabase, which mails the links too; who it vouches for must be staff of ours."""

    supabase: Supabase

    def prove_password(self, reading: Reading, *, email: str, password: str) -> Proof | None:
        return self._proof(reading, self.supabase.sign_in(email, password), Method.PASSWORD)

    def prove_link(self, reading: Reading, *, purpose: LinkPurpose, email: str | None, token: str) -> Proof | None:
        session = self.supabase.redeem(purpose, token)
        if session and email not in (None, session.email):
            return None
        return self._proof(reading, session, _METHODS[purpose])

    def keep(self, proof: Proof | None, password: str) -> str | None:
        if proof is None or proof.ticket is None:
            # Supabase changes a password only for who has just shown to know the old one.
            raise CurrentPasswordIncorrect
        self.supabase.set_password(proof.ticket, password)
        return None

    def send_link(self, uow: UnitOfWork, user: User, purpose: LinkPurpose, at: datetime) -> None:
        self.supabase.send_link(purpose, user.email)

    def _proof(self, reading: Reading, session: SupabaseSession | None, method: Method) -> Proof | None:
        if session is None:
            return None
        with reading() as connection:
            account = accounts.password_of(connection, session.email)
        return Proof(user_id=account.user_id, method=method, ticket=session.access_token) if account else None
