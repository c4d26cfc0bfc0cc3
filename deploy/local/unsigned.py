"""Events that a release which signed none has left on the broker: they are signed once."""

from pathlib import Path

from deploy.broker.provision import sign_waiting
from deploy.local.broker import Broker

# Below the folder of a platform; there when nothing on the broker is unsigned.
_SIGNED = Path("run/events-signed")


def may_hold_unsigned(root: Path, broker: Broker) -> bool:
    """Whether the broker may hold such events; a node that begins anew holds nothing."""
    if broker.is_in_process or (root / _SIGNED).exists():
        return False
    if broker.commands and not (root / "rabbitmq" / "data").exists():
        (root / _SIGNED).touch()
        return False
    return True


def sign_unsigned(root: Path, broker: Broker, secret: str) -> None:
    """Sign what waits on the broker, with keys that are made of the secret, and note that it was done."""
    sign_waiting(broker.url, secret)
    (root / _SIGNED).touch()
