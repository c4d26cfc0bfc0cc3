"""What signing in through another provider takes, whichever it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.identity.credentials.links import new_secret
from shared.errors import Unauthenticated

PROVIDER_NAMES: Sequence[str] = ("google", "github")


class NotVouchedFor(Unauthenticated):
    """The provider did not say, in a way that holds, whose verified address this is."""

    def __init__(self) -> None:
        super().__init__("This sign-in is not valid or has expired.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """The secrets of one sign-in under way: only who knows them can finish it."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> "PendingSignIn":
        return cls(state=new_secret()[0], nonce=new_secret()[0], code_verifier=new_secret()[0])


class Provider(Protocol):
    """A provider that speaks OAuth 2.0 with PKCE."""

    def address(self, pending: PendingSignIn, redirect_uri: str) -> str:
        """Where to send the browser. Raises ProviderAway."""

    def verified_email(self, pending: PendingSignIn, *, code: str, issuer: str | None, redirect_uri: str) -> str:
        """Whose address the browser that came back with `code` speaks for; `issuer` is who it says it comes from.
        Raises NotVouchedFor, ProviderAway."""
