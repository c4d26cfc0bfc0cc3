"""The tables of the requests that the gateways counted.

Not logged by the database: what a crash of it forgets begins again, the sums together with what was added to them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class RequestCount(Base):
    """How many requests of one person or address all gateways answered in one quarter of an hour."""

    __tablename__ = "request_count"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    quarter: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer)


class SpentId(Base):
    """What may be used once and was: the signature of a request, and a batch of counts."""

    __tablename__ = "spent_id"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    spent_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
