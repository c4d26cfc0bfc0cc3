"""Links that are slow, for tests on several hosts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from deploy.local.hosts import CannotSlow, Network


@contextmanager
def slow(network: Network, *, milliseconds: int, loss_percent: int) -> Iterator[None]:
    """As `Network.slow`; the test is skipped, and says why, where nothing can be slowed down."""
    with ExitStack() as stack:
        try:
            stack.enter_context(network.slow(milliseconds=milliseconds, loss_percent=loss_percent))
        except CannotSlow as error:
            pytest.skip(str(error))
        yield
