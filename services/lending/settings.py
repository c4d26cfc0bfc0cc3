"""Every setting of lending, read once at start."""

from dataclasses import dataclass
from datetime import date

from services.lending.domain.application import CreateFlow
from shared.jobs.settings import JobSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(JobSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="LENDING"), which names every fault at once."""

    bind: str = "127.0.0.1:8103"
    # How long an answer is given again for its Idempotency-Key; 0 is for ever: a command that moves money is never
    # carried out twice, however late it comes again.
    idempotency_keep_days: int = 0
    # What becomes of an application that does not say whether it is to be submitted.
    loan_create_flow: CreateFlow = CreateFlow.COMPLETE_APPLICATION
    # No loan is disbursed on a day before this one; all days are open without it.
    books_open_from: date | None = None
