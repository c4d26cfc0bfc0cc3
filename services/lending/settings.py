"""Every setting of lending, read once at start."""

from dataclasses import dataclass

from services.lending.domain.application import CreateFlow
from shared.settings import BaseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(BaseSettings):
    """`loan_create_flow` is the policy for applications that do not say whether to be submitted."""

    bind: str = "127.0.0.1:8103"
    # A command that moves money is never carried out twice, however late it comes again.
    idempotency_keep_days: int = 0
    loan_create_flow: CreateFlow = CreateFlow.COMPLETE_APPLICATION
