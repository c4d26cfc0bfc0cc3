"""Ports on the loopback interface, held from the moment they are chosen."""

import random
import socket

from deploy.local.errors import CannotStart

LOOPBACK = "127.0.0.1"
# Below the range from which the kernel takes the ports of outgoing connections, so that a process which is
# started again after a crash finds its port free.
_RANGE = range(20000, 32000)


class Ports:
    """Takes free ports and holds them, so that nobody else is given one before its server listens or while it restarts.

    Two sockets hold a port. One is bound to it and does not listen: the server, which may share the address with it,
    still can, and everybody else finds it taken. The other bears its number in the kernel's list of socket names, for
    two platforms that start at the same moment would both be let share the address. Both are gone with this object, or
    with the process, however that ends.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self, preferred: int = 0) -> int:
        """`preferred` when it is free, else any free port."""
        candidates = [preferred] if preferred else []
        candidates += random.sample(_RANGE, 200)
        return next(port for port in candidates if self._hold(port))

    def take_exactly(self, port: int) -> int:
        """This port. Raises CannotStart when somebody else has it."""
        if not self._hold(port):
            raise CannotStart(f"Port {port} is taken: end the program that has it, or choose another with PORT=....")
        return port

    def release(self) -> None:
        """Hold none of them any more."""
        while self._held:
            self._held.pop().close()

    def _hold(self, port: int) -> bool:
        name, place = socket.socket(socket.AF_UNIX), socket.socket()
        # As servers do, so that connections of an earlier run that are still closing do not count.
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            name.bind(f"\0millenium-potters/port/{port}")
            place.bind((LOOPBACK, port))
        except OSError:
            name.close()
            place.close()
            return False
        self._held += (name, place)
        return True
