"""What notifications puts into a backup."""

from services.notifications.models import Base
from shared.backup.contents import Contents
from shared.institution import metadata as settings

CONTENTS = Contents(
    service="notifications",
    metadata=[Base.metadata, settings],
    # Mails are a record of what was sent: one that comes back from a backup would be sent again.
    left_out=frozenset({"mail", "carry_over"}),
)
