"""What every table of identity shares."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Enum, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from shared.context import Role
from shared.postgres.tables import NAMING

IS_LIVE = text("deleted_at IS NULL")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text,
        datetime: DateTime(timezone=True),
        Role: Enum(Role, native_enum=False, create_constraint=True, length=20, name="role"),
        dict[str, Any]: JSONB,
    }
