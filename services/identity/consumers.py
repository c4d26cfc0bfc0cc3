"""What identity hears from the others: which unions an officer manages, so that nobody leaves them behind."""

from shared.directory.handlers import follow_unions
from shared.messaging.handlers import Handlers

handlers = Handlers("identity")
follow_unions(handlers)
