"""What a new installation begins with, once its tables are there."""

from services.identity.credentials.passwords import PasswordHashes
from services.identity.settings import Settings
from services.identity.usecases.institution import found_institution
from services.identity.usecases.registration import ensure_an_admin
from shared import production
from shared.clock import now
from shared.db import make_sessions, unit_of_work
from shared.postgres.engine import make_engine


def set_up(settings: Settings) -> None:
    """Give a new installation its settings, and make the admin named in the environment unless there is one."""
    engine = make_engine(settings.direct_url, pool_size=1)
    sessions = make_sessions(engine)
    with unit_of_work(sessions, "identity") as uow:
        found_institution(uow, is_production=settings.environment == production.PRODUCTION)
    if settings.admin_email:
        email, password = settings.admin_email.strip().lower(), settings.admin_password
        hashes = PasswordHashes(cost=settings.bcrypt_cost, at_once=1, places=1)
        with unit_of_work(sessions, "identity") as uow:
            ensure_an_admin(uow, hashes, email=email, password=password, at=now())
    engine.dispose()
