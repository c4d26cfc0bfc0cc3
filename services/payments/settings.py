"""Every setting of payments."""

from dataclasses import dataclass
from datetime import date

from shared.jobs.settings import JobSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(JobSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="PAYMENTS"), which names every fault at once."""

    bind: str = "127.0.0.1:8104"
    # Threads of each process of the web role: one for each of those who pay at once, most of them waiting while one of
    # them records for all, which is why two processes record less than one.
    web_threads: int = 64
    # How long an answer is given again for its Idempotency-Key; 0 is for ever: a command that moves money is never
    # carried out twice, however late it comes again.
    idempotency_keep_days: int = 0
    # Payments and charges are not dated before this day; all days are open without it.
    books_open_from: date | None = None
    # How many days after the business date a payment may be dated.
    future_days: int = 366
    # Whether admins may reverse a repayment; the setting of the institution switches it on as well.
    allow_repayment_reversal: bool = False
