import subprocess
import sys
import time
from statistics import median
from threading import Thread

import bcrypt
import pytest

from services.identity.credentials.passwords import PasswordHashes, TooManySignIns
from shared.testing import eventually

GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent
from services.identity.credentials.passwords import PasswordHashes
hashes = PasswordHashes(cost=10, at_once=2, places=8)
ticks = 0
def tick():
    global ticks
    while True:
        gevent.sleep(0.001); ticks += 1
clock = gevent.spawn(tick)
made = [gevent.spawn(hashes.make, "correct horse") for _ in range(3)]
gevent.joinall(made)
assert all(hashes.matches("correct horse", job.get()) for job in made)
print(ticks)
"""


@pytest.fixture
def hashes():
    return PasswordHashes(cost=4, at_once=2, places=8)


def test_a_hash_matches_its_password_and_no_other(hashes):
    made = hashes.make("correct horse")
    assert hashes.matches("correct horse", made)
    assert not hashes.matches("Correct horse", made)
    assert made != hashes.make("correct horse")


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
def test_hashes_made_elsewhere_match_too(hashes, prefix):
    made = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4, prefix=prefix)).decode()
    assert hashes.matches("correct horse", made)


def test_nobody_has_no_password(hashes):
    assert not hashes.matches("correct horse", None)
    assert not hashes.matches("", None)


def test_a_password_longer_than_bcrypt_reads_never_matches(hashes):
    assert not hashes.matches("x" * 73, hashes.make("x" * 72))


def test_refusing_an_unknown_user_takes_as_long_as_refusing_a_wrong_password():
    hashes = PasswordHashes(cost=8, at_once=1, places=1)
    real = hashes.make("correct horse")
    seconds = {real: [], None: []}
    for _ in range(11):
        for kept, taken in seconds.items():
            started = time.process_time()
            assert not hashes.matches("wrong horse", kept)
            taken.append(time.process_time() - started)
    assert median(seconds[None]) == pytest.approx(median(seconds[real]), rel=0.25)


def test_a_hash_made_more_cheaply_takes_as_long_and_is_replaced():
    hashes, cheap = PasswordHashes(cost=8, at_once=1, places=1), PasswordHashes(cost=5, at_once=1, places=1)
    old = cheap.make("correct horse")
    seconds = {old: [], None: []}
    for _ in range(11):
        for kept, taken in seconds.items():
            started = time.process_time()
            assert not hashes.matches("wrong horse", kept)
            taken.append(time.process_time() - started)
    assert median(seconds[old]) == pytest.approx(median(seconds[None]), rel=0.25)
    better = hashes.better("correct horse", old)
    assert better.startswith("$2b$08$")
    assert hashes.matches("correct horse", better)
    assert hashes.better("correct horse", better) is None


def test_who_finds_every_place_taken_is_sent_away_at_once():
    hashes = PasswordHashes(cost=12, at_once=1, places=1)
    first = Thread(target=hashes.make, args=("correct horse",))
    first.start()

    def is_sent_away():
        try:
            hashes.matches("correct horse", None)
        except TooManySignIns as refusal:
            return refusal.retry_after > 0
        return False

    assert eventually(is_sent_away)
    first.join()


def test_under_gevent_others_go_on_while_passwords_are_hashed():
    run = subprocess.run([sys.executable, "-c", GEVENT], capture_output=True, text=True, check=True, timeout=60)
    assert int(run.stdout) > 10
