"""The example consumer of the documentation, run as it stands there, with the rights the documentation gives it."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing import eventually

DOCUMENT = Path(__file__).parent.parent / "docs" / "events.md"


@pytest.fixture
def example(tmp_path):
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert len(program.splitlines()) < 40
    path = tmp_path / "consumer.py"
    path.write_text(program)
    return path


def test_the_example_adds_up_what_is_collected(example, platform, team):
    loan = team.active_loan()
    command = [sys.executable, str(example), platform.broker.url]
    consumer = subprocess.Popen(command, cwd=example.parent, stderr=subprocess.PIPE)

    def collected():
        assert consumer.poll() is None, consumer.stderr.read()
        if not (example.parent / "collections.db").exists():
            return 0
        with sqlite3.connect(example.parent / "collections.db") as store:
            tables = store.execute("SELECT count(*) FROM sqlite_master WHERE name = 'collected'").fetchone()
            return tables[0] and (store.execute("SELECT sum(kobo) FROM collected").fetchone()[0] or 0)

    def paid_and_seen():
        team.pay(loan["id"], "1.23").accepted()
        return collected() > 0

    try:
        # The queue is there only once the consumer has made it; what is paid before is not for it.
        eventually(paid_and_seen, seconds=20)
        before = collected()
        team.pay(loan["id"], "100.50").accepted()
        eventually(lambda: (collected() - before) % 123 == 10050 % 123 and collected() >= before + 10050)
    finally:
        consumer.kill()
        consumer.wait()
