"""`python -m services.identity web|worker|migrate|dead-letters|replay-events|new-signing-key|rotate-keys`."""

from pathlib import Path

from services.identity.commands.installation import set_up
from services.identity.commands.signing_keys import NEW_SIGNING_KEY, ROTATE_KEYS
from services.identity.consumers import handlers
from services.identity.settings import Settings
from services.identity.usecases.restatement import KINDS, end_sessions
from services.identity.worker import make_worker
from shared.cli import ServiceParts, main

SERVICE = ServiceParts(
    name="identity",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.identity.app:create_app",
    make_worker=make_worker,
    after_migrate=set_up,
    restated=KINDS,
    after_going_back=end_sessions,
    commands={"new-signing-key": NEW_SIGNING_KEY, "rotate-keys": ROTATE_KEYS},
)

if __name__ == "__main__":
    main(SERVICE)
