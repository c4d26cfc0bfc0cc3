"""A release takes the place of the one before while people work. In every mix of old and new gateways, web processes
and workers no request is lost and no event, and one that was replaced can come back."""

import dataclasses
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.versions import check_out
from deploy.database.provision import SERVICES
from deploy.local.errors import CannotStart
from deploy.local.folder import CODE
from deploy.local.parts import BOTH
from deploy.local.platform import Platform, temporary_platform
from tests.chaos.payers import Payers
from tests.chaos.test_kills import assert_agreement
from tests.chaos.test_reloads import Workers
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.institution import new_team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800), in_long_form]

BEFORE = "e0bb844c02493c3768b7e7cc15c3101c0f15a070"
"""The commit of release 0.1.0."""
GATEWAYS = ("gateway", "gateway-2")
WEBS = tuple(f"{service}-web" for service in SERVICES)
WORKERS = (*(f"{service}-worker" for service in SERVICES if service not in BOTH), "payments-worker-2")
# Each step puts one kind in the other release than before, so that all eight mixes are seen, and the new one is left.
STEPS = (WORKERS, WEBS, WORKERS, GATEWAYS, WEBS, WORKERS, WEBS)
LOANS, REQUESTS = 3, 20


@dataclasses.dataclass(slots=True)
class Balanced(Person):
    """A person before whose gateways something stands that passes over one which takes no connections."""

    others: tuple[str, ...] = ()

    def again(self, url: str | None = None) -> "Balanced":
        return dataclasses.replace(self, url=url or self.url, _connection=None)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        try:
            return Person._send(self, method, path, body, headers)
        except ConnectionRefusedError:
            self.url, *rest = (*self.others, self.url)
            self.others = tuple(rest)
            return Person._send(self, method, path, body, headers)


@pytest.fixture(scope="module")
def code_before() -> Path:
    """The code of the release before, with its packages."""
    try:
        folder = check_out(BEFORE)
    except CannotStart as error:
        pytest.skip(f"The release before is not in this copy of the repository: {error}")
    subprocess.run(["sh", "deploy/local/venv.sh", "requirements-local.txt"], cwd=folder, check=True)
    return folder


@pytest.fixture
def releases(code_before: Path) -> dict[str, Path]:
    """By process, the code that it does not run in our release."""
    return dict.fromkeys(("migrate", *GATEWAYS, *WEBS, *WORKERS), code_before)


@pytest.fixture
def platform(releases: dict[str, Path]) -> Iterator[Platform]:
    environment = CHEAP_HASHES | PATIENCE | REVERSALS
    workers = {"payments": 2}
    with temporary_platform(gateways=2, workers=workers, environment=environment, releases=releases) as platform:
        yield platform


def test_every_mix_of_two_releases_loses_nothing(
    platform: Platform, releases: dict[str, Path], code_before: Path
) -> None:
    admin = sign_in(platform.url, platform.credentials.email, platform.credentials.password)
    payers_team, team = new_team(admin), new_team(admin)
    officer = Balanced(team.officer.url, team.officer.token, team.officer.id, others=tuple(platform.urls[1:]))
    payers = Payers(payers_team, [payers_team.active_loan()["id"] for _ in range(LOANS)])
    with payers.paying(), Workers(dataclasses.replace(team, officer=officer), with_keys=True) as workers:
        workers.wait_for_more(REQUESTS)
        del releases["migrate"]
        platform.migrate()
        workers.wait_for_more(REQUESTS)
        for kind in STEPS:
            for name in kind:
                if releases.pop(name, None) is None:
                    releases[name] = code_before
                platform.replace(name)
                platform.wait_until_ready()
                assert Path(f"/proc/{platform.pid(name)}/cwd").resolve() == releases.get(name, CODE)
            workers.wait_for_more(REQUESTS)
            payers.wait_for_more(REQUESTS)
    assert workers.faults == []
    assert not releases
    assert_agreement(platform, payers_team, payers)
