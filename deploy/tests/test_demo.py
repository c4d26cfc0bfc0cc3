import json
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import Different, check_account, main
from deploy.local.ports import Ports


def account() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The schedule and the balance as they must be."""
    schedule = [
        {"sequence": sequence, "totalDue": "4166.67", "paidAmount": "0.00", "status": "PENDING"}
        for sequence in range(1, 13)
    ]
    schedule[0] |= {"paidAmount": "4166.67", "status": "PAID"}
    schedule[1] |= {"paidAmount": "833.33", "status": "PARTIAL"}
    schedule[11] |= {"totalDue": "4166.63"}
    return schedule, {"totalPaid": 5000, "totalOutstanding": 45000}


def test_the_right_figures_pass() -> None:
    check_account(*account())


@pytest.mark.parametrize(
    ("sequence", "change"),
    [(1, {"status": "PARTIAL"}), (2, {"paidAmount": "833.34"}), (12, {"totalDue": "4166.67"})],
)
def test_a_wrong_instalment_is_named(sequence: int, change: dict[str, str]) -> None:
    schedule, summary = account()
    schedule[sequence - 1] |= change
    with pytest.raises(Different, match=f"instalment {sequence} "):
        check_account(schedule, summary)


def test_a_wrong_balance_is_named() -> None:
    schedule, summary = account()
    with pytest.raises(Different, match="outstanding is 44999, but must be 45000"):
        check_account(schedule, summary | {"totalOutstanding": 44999})


@pytest.mark.parametrize("is_saved", [False, True])
def test_a_platform_that_does_not_run_gives_one_clear_line(
    is_saved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials.json"
    if is_saved:
        nowhere = f"http://127.0.0.1:{Ports().take()}"
        credentials.write_text(json.dumps({"url": nowhere, "email": "a@b.local", "password": "secret"}))
    monkeypatch.setattr(sys, "argv", ["demo", "--credentials", str(credentials)])
    with pytest.raises(SystemExit, match=r"^demo: .*`make up`.*$"):
        main()
