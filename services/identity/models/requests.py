"""The table of what was asked of the gateways."""

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class RequestCount(Base):
    """How many requests of one person or address all gateways answered in one quarter of an hour.

    Not logged by the database: a count that a crash of the database forgets begins again.
    """

    __tablename__ = "request_count"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    quarter: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
