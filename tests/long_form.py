"""What only `make chaos` plays: it takes too long for each change."""

import os

import pytest

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "1"))
"""How often the tests that kill do so."""
IS_LONG = ROUNDS > 1
in_long_form = pytest.mark.skipif(not IS_LONG, reason="make chaos plays it: a minute for each of them")
