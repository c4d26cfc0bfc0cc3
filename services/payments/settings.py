"""Every setting of payments."""

from dataclasses import dataclass
from datetime import date

from shared.settings import BaseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(BaseSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="PAYMENTS"), which names every fault at once."""

    bind: str = "127.0.0.1:8104"
    # One for each of those who pay at once, most of them waiting while one of them records for all; a line within the
    # process is shorter and fairer than one at its port.
    web_threads: int = 64
    # A command that moves money is never carried out twice, however late it comes again.
    idempotency_keep_days: int = 0
    # Payments and charges are not dated before this day, nor more than so many days ahead.
    books_open_from: date | None = None
    future_days: int = 366
    # The setting of the institution switches it on as well.
    allow_repayment_reversal: bool = False
