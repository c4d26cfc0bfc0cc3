"""A copy of the institution's settings, which identity publishes, for a service that goes by them."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, Integer, MetaData, SmallInteger, Table, select
from sqlalchemy.dialects import postgresql

from shared.db import UnitOfWork
from shared.files.table import Letterhead
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Payload
from shared.postgres.newest import keep_newest
from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

# One row; the settings by their names on the wire.
institution_settings = Table(
    "institution_settings",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("values", postgresql.JSONB, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
_VALUES = select(institution_settings.c["values"])


def create_table(op: Any) -> None:
    """The table as of its first version; the migration that lets a service keep the settings calls it."""
    metadata.create_all(op.get_bind())


class SettingsEvent(Payload):
    """All settings of the institution by their names on the wire."""

    settings: dict[str, Any]


def follow_settings(handlers: Handlers) -> None:
    """Keep the settings. The newest version wins, so order does not matter."""

    @handlers.on("identity.settings.updated.v1", payload=SettingsEvent)
    def keep(uow: UnitOfWork, updated: SettingsEvent, envelope: Envelope) -> None:
        keep_settings(uow.connection, updated.settings, envelope.version)


def keep_settings(connection: Connection, values: Mapping[str, Any], version: int) -> None:
    """Write the settings unless newer ones exist."""
    keep_newest(connection, institution_settings, {"id": 1, "version": version, "values": values})


def setting(connection: Connection, name: str) -> Any:
    """One setting by its name on the wire, None while identity has published none by that name."""
    return connection.execute(select(institution_settings.c["values"][name])).scalar()


def all_settings(connection: Connection) -> Mapping[str, Any]:
    """All settings by their names on the wire; none while identity has published none."""
    settings: Mapping[str, Any] | None = connection.execute(_VALUES).scalar()
    return settings or {}


_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def letterhead(connection: Connection) -> Letterhead:
    """The institution as it stands above what it prints; by its name in the platform while it has published none."""
    return letterhead_of(all_settings(connection))


def letterhead_of(settings: Mapping[str, Any]) -> Letterhead:
    """The letterhead by settings under their names on the wire. A colour that is none is left out."""
    colour = ((settings.get("theme") or {}).get("light") or {}).get("primary") or ""
    return Letterhead(
        name=settings.get("name") or "Millenium Potters",
        address=tuple(line.strip() for line in (settings.get("address") or "").splitlines() if line.strip()),
        phone=settings.get("phone") or "",
        email=settings.get("email") or "",
        colour=colour if _COLOUR.fullmatch(colour) else "",
        logo=_picture(settings.get("printedLogo")),
    )


def _picture(encoded: str | None) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True) if encoded else None
    except binascii.Error:
        return None
