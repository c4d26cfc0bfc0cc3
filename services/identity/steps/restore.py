"""What identity does beside when everything is restored: nobody but admins comes in meanwhile, everybody has to sign in
again, and who asked for it can."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.events import SettingsUpdated
from services.identity.models import CompanySetting, User
from services.identity.queries import sessions
from services.identity.queries.accounts import user_with_email, users_by_id
from services.identity.queries.institution import current_settings, settings_for_update
from services.identity.shapes import PublishedSettings
from services.identity.steps.sessions import revoke
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.restore.participant import Hooks
from shared.restore.tasks import Task

RESTORED = "data-restored"
MESSAGE = "Data is being restored. Please come back in a few minutes."
_OWN = [column.name for column in User.__table__.columns if column.computed is None]


def close(uow: UnitOfWork, task: Task) -> Mapping[str, Any]:
    """Switch the maintenance mode on; what it was is remembered."""
    return _switch_on(uow, settings_for_update(uow.session))


def end_sessions_before(uow: UnitOfWork, task: Task) -> Mapping[str, Any]:
    """End every session, and remember the account of who asked."""
    at = now()
    revoke(uow, sessions.all_live_sessions(uow.session, at=at), reason=RESTORED, at=at)
    found = users_by_id(uow.session, [task.admin_id]) if task.admin_id else ()
    account = {name: getattr(found[0], name) for name in _OWN} if found else {}
    uow.session.flush()
    # What follows replaces the rows under these objects.
    uow.session.expunge_all()
    return account


def let_admin_in(uow: UnitOfWork, task: Task, account: Mapping[str, Any]) -> Mapping[str, Any]:
    """See to it that who asked for it can sign in as before, and that nobody else comes in yet."""
    if account:
        keep_admin(uow.session, account)
    uow.session.flush()
    return _switch_on(uow, settings_for_update(uow.session))


def keep_admin(session: Session, account: Mapping[str, Any]) -> None:
    """Make an account an active admin with its password of before: the one of its address, its own, or a new one."""
    lasting = {"password_hash": account["password_hash"], "role": Role.ADMIN, "is_active": True, "deleted_at": None}
    existing = user_with_email(session, account["email"]) or session.get(User, account["id"])
    if existing is None:
        session.execute(insert(User).values({**account, **lasting, "supervisor_id": None, "created_by": None}))
        return
    for name, value in lasting.items():
        setattr(existing, name, value)


def reopen(uow: UnitOfWork, memory: Mapping[str, Any]) -> None:
    """Set the maintenance mode to what it was before, or is in what was restored."""
    row = settings_for_update(uow.session)
    row.maintenance_mode, row.maintenance_message = memory["mode"], memory["message"]
    _publish(uow, row)


def _switch_on(uow: UnitOfWork, row: CompanySetting) -> Mapping[str, Any]:
    memory = {"mode": row.maintenance_mode, "message": row.maintenance_message}
    row.maintenance_mode, row.maintenance_message = True, MESSAGE
    _publish(uow, row)
    return memory


def _publish(uow: UnitOfWork, row: CompanySetting) -> None:
    row.version += 1
    uow.session.flush()
    current = current_settings(uow.connection)
    uow.publish(SettingsUpdated.of(current.version, PublishedSettings.of(current)))


HOOKS = Hooks(close=close, before=end_sessions_before, after=let_admin_in, open=reopen)
