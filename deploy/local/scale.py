"""What of a platform can have another number of processes."""

from deploy.broker.keys import GATEWAY
from deploy.database.provision import SERVICES
from deploy.local.errors import CannotStart

# A service alone means its workers.
SCALABLE = (*SERVICES, *(f"{name}-{role}" for name in SERVICES for role in ("worker", "web")), GATEWAY)


def check_scale(part: str, count: int) -> None:
    """Raises CannotStart when there is no such part, or it cannot have so few processes."""
    if part not in SCALABLE:
        raise CannotStart(f"SERVICE is one of {', '.join(SCALABLE)}.")
    if count < (least := 1 if part == GATEWAY or part.endswith("-web") else 0):
        raise CannotStart(f"N is a number from {least}.")
