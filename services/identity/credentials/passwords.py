"""Password hashes (bcrypt), made and checked so that a burst of sign-ins stalls nobody else."""

import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

import bcrypt

from services.identity.domain.password import MAX_BYTES
from shared.errors import TooManyRequests
from shared.priority import give_way

T = TypeVar("T")

# A third of the weight of what serves requests: enough to give way, and to go on while the machine is busy.
_NICENESS = 5
# The gateway gives up on an answer after 30 seconds.
_LONGEST_WAIT_SECONDS = 20
_RETRY_SECONDS = 5
# A well-formed hash of no password, so that checking it takes as long as checking a real one.
_NOBODY = "$2b${cost:02}$" + "." * 22 + "." * 31

NO_PASSWORD = ""
"""Kept in place of a hash while the owner of an account has not chosen a password; none matches it."""


class TooManySignIns(TooManyRequests):
    """More passwords wait to be hashed than can be in good time; trying again a little later helps."""

    def __init__(self) -> None:
        super().__init__("Too many sign-ins at the moment. Please try again.", retry_after=_RETRY_SECONDS)


class PasswordHashes:
    """Makes and checks hashes of `cost` (2 to the power of `cost` rounds), `at_once` of them in parallel.

    One hash is a quarter of a second of CPU on purpose. bcrypt lets go of the interpreter lock, so the work runs on
    native threads of low priority while its request waits; `places` requests may be at it, those waiting included.
    """

    def __init__(self, *, cost: int, at_once: int, places: int) -> None:
        self._cost = cost
        self._threads = _native_threads(at_once)
        self._slots = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(places)

    def make(self, password: str) -> str:
        """The hash to keep of a password that obeys the rules. Raises TooManySignIns."""
        return self._run(lambda: bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._cost))).decode()

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one hashed; as slow, and False, when there is no hash or the password is longer
        than any we accept. Raises TooManySignIns."""
        secret, kept = password.encode(), password_hash or _NOBODY.format(cost=self._cost)
        equal = self._run(lambda: self._check(secret[:MAX_BYTES], kept))
        return equal and bool(password_hash) and len(secret) <= MAX_BYTES

    def better(self, password: str, password_hash: str) -> str | None:
        """The hash to keep of a password instead of one that was made more cheaply; None when that one is good, or when
        there is no time for it now."""
        if _cost_of(password_hash) >= self._cost:
            return None
        try:
            return self.make(password)
        except TooManySignIns:
            # It can be hashed anew at any later sign-in; this one is not to fail for it.
            return None

    def _check(self, secret: bytes, kept: str) -> bool:
        equal = bcrypt.checkpw(secret, kept.encode())
        # A cheaper hash would answer sooner, and so tell that there is an account: 2^10 + 2^10 + 2^11 rounds make 2^12.
        for cost in range(_cost_of(kept), self._cost):
            bcrypt.checkpw(secret, _NOBODY.format(cost=cost).encode())
        return equal

    def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise TooManySignIns
        try:
            if not self._slots.acquire(timeout=_LONGEST_WAIT_SECONDS):
                raise TooManySignIns
            try:
                return self._threads.submit(_at_low_priority, work).result()
            finally:
                self._slots.release()
        finally:
            self._places.release()


def _cost_of(password_hash: str) -> int:
    """`$2b$12$...` was made with 2 to the power of 12 rounds."""
    return int(password_hash.split("$")[2])


def _native_threads(count: int) -> Executor:
    if "gevent" in sys.modules:  # imported only where it serves the requests, for it costs memory
        from gevent import monkey, threadpool

        if monkey.is_module_patched("threading"):
            # An ordinary pool would hash in the one thread that serves every request.
            executor: Executor = threadpool.ThreadPoolExecutor(max_workers=count)
            return executor
    return ThreadPoolExecutor(max_workers=count)


def _at_low_priority(work: Callable[[], T]) -> T:
    give_way(_NICENESS)
    return work()
