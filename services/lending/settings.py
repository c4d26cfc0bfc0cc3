"""Every setting of lending, read once at start."""

from dataclasses import dataclass
from datetime import date

from services.lending.domain.application import CreateFlow
from shared.storage.settings import StorageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StorageSettings):
    """`loan_create_flow` is the policy for applications that do not say whether to be submitted. No loan is disbursed
    on a day before `books_open_from`."""

    bind: str = "127.0.0.1:8103"
    # A command that moves money is never carried out twice, however late it comes again.
    idempotency_keep_days: int = 0
    loan_create_flow: CreateFlow = CreateFlow.COMPLETE_APPLICATION
    books_open_from: date | None = None
