"""Parts that are copies of a template: each is a process of its own, and needs the template only to be started."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

from deploy.database.provision import SERVICES
from deploy.local.copies import Template
from deploy.local.folder import CODE
from deploy.local.parts import template_process
from deploy.local.process import Command, run
from deploy.local.supervisor import Supervisor, last_words
from deploy.tests.test_processes import group
from shared.settings import BaseSettings, OwnerSettings
from shared.testing import eventually

LONGER = "import signal\nsignal.pause()\n"
SAYS_WHAT_IT_IS = """\
import json, os, signal, sys
facts = {"environment": dict(os.environ), "arguments": sys.argv[1:], "folder": os.getcwd(), "input": sys.stdin.read(),
         "parent": os.getppid(), "session": os.getsid(0) == os.getpid(), "files": len(os.listdir("/proc/self/fd")) - 1}
print(json.dumps(facts), flush=True)
signal.pause()
"""

Run = Callable[..., Command]


@pytest.fixture(scope="module")
def template() -> Template:
    return Template()


@pytest.fixture(scope="module")
def reported() -> list[str]:
    """What the supervisor has said so far."""
    return []


@pytest.fixture(scope="module")
def supervisor(
    template: Template, reported: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Supervisor]:
    """With a template that is ready."""
    supervisor = Supervisor(reported.append)
    supervisor.start(template_process(template, tmp_path_factory.mktemp("logs"), {}))
    supervisor.wait_until_ready("template")
    yield supervisor
    supervisor.close()


@pytest.fixture
def start(supervisor: Supervisor, template: Template, tmp_path: Path) -> Iterator[Run]:
    """Starts a module of this code as a part called `sample`."""

    def start(code: str, *arguments: str, **environment: str) -> Command:
        (tmp_path / "sample.py").write_text(code)
        argv = (sys.executable, "-m", "sample", *arguments)
        log = tmp_path / "sample.log"
        command = Command("sample", argv, environment, log=log, folder=tmp_path, template=template)
        supervisor.wait_until_ready("template")
        supervisor.start(command)
        return command

    yield start
    supervisor.end("sample")


def test_a_part_is_a_process_with_everything_of_its_own(supervisor: Supervisor, start: Run, tmp_path: Path) -> None:
    command = start(SAYS_WHAT_IT_IS, "worker", LENDING_BIND="here")
    eventually(lambda: command.log.read_text().endswith("\n"))
    facts = json.loads(command.log.read_text())
    assert facts == {
        "environment": {"LENDING_BIND": "here"},
        "arguments": ["worker"],
        "folder": str(tmp_path),
        "input": "",
        "parent": os.getpid(),
        "session": True,
        "files": 3,
    }
    pid = supervisor.process("sample").pid
    assert Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0") == b"sample: sample worker"


def test_a_part_that_is_killed_is_started_again(supervisor: Supervisor, start: Run, reported: list[str]) -> None:
    start(LONGER)
    first = supervisor.process("sample").pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor.process("sample").pid != first)
    assert "sample was ended by SIGKILL and is started again." in reported
    assert group(first) == []


def test_how_a_part_ends_is_known(supervisor: Supervisor, start: Run, reported: list[str]) -> None:
    command = start("raise SystemExit('No settings.')")
    eventually(lambda: "sample ended with status 1 and is started again." in reported)
    eventually(lambda: supervisor.process("sample").starts == 3)
    assert set(command.log.read_text().splitlines()) == {"No settings."}
    assert last_words(supervisor.process("sample")).startswith("No settings.")


def test_parts_outlive_the_template_and_the_next_ones_are_copies_of_another(
    supervisor: Supervisor, start: Run, template: Template
) -> None:
    start(LONGER)
    part, first = supervisor.process("sample").pid, supervisor.process("template").pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor.process("template").pid != first and template.is_ready(), seconds=60)
    assert group(part) == [part]
    os.kill(part, signal.SIGKILL)
    eventually(lambda: supervisor.process("sample").pid != part, seconds=30)


def test_a_part_that_dies_with_the_template_waits_for_the_next_one(supervisor: Supervisor, start: Run) -> None:
    start(LONGER)
    part, first = supervisor.process("sample").pid, supervisor.process("template").pid
    for pid in (first, part):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: supervisor.process("template").pid != first, seconds=60)
    eventually(lambda: supervisor.failures() == {} and not supervisor.process("sample").has_ended(), seconds=60)
    assert supervisor.process("sample").pid != part


def test_a_template_that_does_not_answer_is_replaced(
    supervisor: Supervisor, start: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(LONGER)
    part, first = supervisor.process("sample").pid, supervisor.process("template").pid
    # That of one that is started from now on.
    monkeypatch.setattr("deploy.local.copies._PATIENCE_SECONDS", 0.5)
    supervisor.restart("template")
    supervisor.wait_until_ready("template")
    frozen = supervisor.process("template").pid
    assert frozen != first
    os.kill(frozen, signal.SIGSTOP)
    os.kill(part, signal.SIGKILL)
    eventually(lambda: supervisor.process("template").pid != frozen, seconds=60)
    eventually(lambda: supervisor.failures() == {} and not supervisor.process("sample").has_ended(), seconds=60)


def test_nothing_is_sent_to_the_number_of_a_template_that_has_ended(tmp_path: Path) -> None:
    template = Template()
    with subprocess.Popen(["sleep", "1000"]) as somebody_else, (tmp_path / "log").open("wb") as log:
        with template.new_input() as other_end:
            other_end.send(b"ready %d" % somebody_else.pid)
            assert template.is_ready()
        part = Command("sample", ("python", "-m", "sample"), {}, tmp_path / "log", tmp_path, template=template)
        with pytest.raises(BrokenPipeError):
            run(part, log, log)
        assert not template.is_ready()
        somebody_else.terminate()
        assert somebody_else.wait() == -signal.SIGTERM


def test_a_part_ends_when_who_watches_over_it_is_killed(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(LONGER)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from deploy.local.copies import Template\n"
        "from deploy.local.parts import template_process\n"
        "from deploy.local.process import Command\n"
        "from deploy.local.supervisor import Supervisor\n"
        "folder, template, supervisor = Path(sys.argv[1]), Template(), Supervisor()\n"
        "supervisor.start(template_process(template, folder, {}))\n"
        "supervisor.wait_until_ready('template')\n"
        "argv = (sys.executable, '-m', 'sample')\n"
        "supervisor.start(Command('sample', argv, {}, log=folder / 'sample.log', folder=folder, template=template))\n"
        "print(*(supervisor.process(name).pid for name in ('template', 'sample')), flush=True)\n"
        "signal.pause()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, cwd=CODE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        lines = iter(parent.stdout.readline, "")
        pids = [int(pid) for pid in next(line for line in lines if line[0].isdigit()).split()]
        sizes = [len(group(pid)) for pid in pids]
        parent.kill()
    # The template has its branch in its group.
    assert sizes == [2, 1]
    eventually(lambda: [group(pid) for pid in pids] == [[], []])


def test_what_a_part_prints_and_how_it_ends_can_be_awaited(
    supervisor: Supervisor, template: Template, tmp_path: Path
) -> None:
    """As of migrations, which nobody starts again."""
    (tmp_path / "sample.py").write_text("import sys\nprint('done')\nsys.exit(7)\n")
    command = Command("sample", (sys.executable, "-m", "sample"), {}, tmp_path / "log", tmp_path, template=template)
    supervisor.wait_until_ready("template")
    with (tmp_path / "output").open("wb") as output, (tmp_path / "errors").open("wb") as errors:
        child = run(command, output, errors)
    assert child.wait(timeout=30) == 7
    assert (tmp_path / "output").read_text() == "done\n"


def settings_of_services() -> set[str]:
    """The variables that the settings of services are read from."""
    names = {field.name.upper() for field in (*fields(BaseSettings), *fields(OwnerSettings))}
    for service in SERVICES:
        own = import_module(f"services.{service}.settings").Settings
        names |= {f"{service}_{field.name}".upper() for field in fields(own)} | {f.name.upper() for f in fields(own)}
    return names | {f"{name}_FILE" for name in names}


def test_what_is_imported_before_reads_no_setting_and_starts_and_opens_nothing() -> None:
    code = (
        "import json, os, threading\n"
        "asked, look_up = set(), os._Environ.__getitem__\n"
        "os._Environ.__getitem__ = lambda self, name: asked.add(name) or look_up(self, name)\n"
        "from deploy.local.template import import_for_all, import_for_gateways, import_for_services\n"
        "import_for_all()\n"
        "import_for_gateways()\n"
        "import_for_services()\n"
        "assert asked\n"
        "files = len(os.listdir('/proc/self/fd')) - 1\n"
        "print(json.dumps([sorted(asked), threading.active_count(), files]))\n"
    )
    # Proxies, for which the whole environment is looked through, are the same for all parts.
    done = subprocess.run([sys.executable, "-c", code], cwd=CODE, env={}, capture_output=True, check=True)
    asked, threads, files = json.loads(done.stdout)
    assert settings_of_services() & set(asked) == set()
    assert threads == 1
    # Input, output and errors.
    assert files == 3


def modules_after(code: str) -> set[str]:
    """What has been imported once this has run."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=CODE, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_gateway_begins_with_no_more_than_it_would_import_itself_before_gevent_comes() -> None:
    """Else a lock or a socket that gevent does not know would make all its clients wait."""
    template = "from deploy.local.template import import_for_all, import_for_gateways"
    alone = modules_after("import gateway.__main__, gateway.server, gunicorn.workers.ggevent")
    branch = modules_after(f"{template}\nimport_for_all()\nimport_for_gateways()")
    more = branch - alone - modules_after(template)
    assert more == set()
    assert not {"kombu", "psycopg", "sqlalchemy"} & branch


def test_a_branch_that_dies_takes_the_template_with_it_and_both_come_back(
    supervisor: Supervisor, template: Template, tmp_path: Path
) -> None:
    supervisor.wait_until_ready("template")
    first = supervisor.process("template").pid
    [branch] = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    os.kill(int(branch), signal.SIGKILL)
    log = tmp_path / "log"
    gateway = Command("gateway", (sys.executable, "-m", "gateway"), {}, log=log, folder=CODE, template=template)
    supervisor.start(gateway)
    eventually(lambda: supervisor.process("template").pid != first and template.is_ready(), seconds=60)
    # It finds no settings in its environment, and its log says which one is missing first.
    eventually(lambda: log.exists() and b"gateway: GATEWAY_" in log.read_bytes(), seconds=60)
    supervisor.end("gateway")
