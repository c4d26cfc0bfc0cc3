"""A cable that is long and bad, between two ports of this namespace that it makes: frames take their time, and some are
lost. It needs nothing of the kernel but such ports, where netem is a module that few machines have.

    python -m deploy.local.slow_link near far --milliseconds 100 --loss-percent 5

Says `ready` when the ports are there; they go with the process.
"""

import argparse
import fcntl
import os
import random
import selectors
import struct
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

DEVICE = Path("/dev/net/tun")
_MAKE_PORT = 0x400454CA
_FRAMES, _NOTHING_BEFORE_THEM = 0x0002, 0x1000
_LONGEST_FRAME = 65536


@dataclass(slots=True)
class Cable:
    """What is on its way between two ports, by when it arrives: all of it takes equally long, so in the order in which
    it was sent."""

    seconds: float
    loss: float
    _way: deque[tuple[float, int, bytes]] = field(default_factory=deque)

    def put(self, frame: bytes, to: int) -> None:
        """Send a frame, which may be lost, to a port."""
        if random.random() >= self.loss:
            self._way.append((time.monotonic() + self.seconds, to, frame))

    def deliver(self) -> float | None:
        """Hand over what has arrived; returns for how long nothing will, None when nothing is on its way."""
        while self._way:
            left = self._way[0][0] - time.monotonic()
            if left > 0:
                return left
            _, to, frame = self._way.popleft()
            # A port that is not plugged in takes nothing.
            with suppress(OSError):
                os.write(to, frame)
        return None


def carry(near: int, far: int, cable: Cable) -> None:
    """Carry frames between two ports, for ever."""
    with selectors.DefaultSelector() as selector:
        selector.register(near, selectors.EVENT_READ, far)
        selector.register(far, selectors.EVENT_READ, near)
        while True:
            for key, _ in selector.select(cable.deliver()):
                # Until nothing more is here, and while a port is not plugged in.
                with suppress(OSError):
                    while True:
                        cable.put(os.read(key.fd, _LONGEST_FRAME), key.data)


def make_port(name: str) -> int:
    """A port of the namespace of this process, whose frames are read and written here. Raises OSError."""
    port = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(port, _MAKE_PORT, struct.pack("16sH22x", name.encode(), _FRAMES | _NOTHING_BEFORE_THEM))
    return port


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("ports", nargs=2, metavar="PORT")
    parser.add_argument("--milliseconds", type=int, required=True, help="that a frame takes, on either way")
    parser.add_argument("--loss-percent", type=int, required=True, help="of all frames, on either way")
    options = parser.parse_args()
    near, far = map(make_port, options.ports)
    print("ready", flush=True)
    carry(near, far, Cable(options.milliseconds / 1000, options.loss_percent / 100))


if __name__ == "__main__":
    main()
