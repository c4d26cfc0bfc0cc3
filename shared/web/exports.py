"""Tables of people's data that leave the platform."""

from flask import request

from shared.db import UnitOfWork
from shared.web.auth import current_actor


def audit_export(uow: UnitOfWork, *, action: str, entity_name: str, count: int) -> None:
    """Leave an entry of who took so many rows out of here, by which filters, and as what."""
    filters = request.args.to_dict()
    wanted = filters.pop("format", None)
    metadata = {"format": wanted, "filters": filters, "count": count}
    uow.audit(action=action, entity_name=entity_name, entity_id=current_actor().id, metadata=metadata)
