"""Hosts on one machine: network namespaces on a switch of their own. They can be cut off, slowed down, and lose power.

What stays on this machine reaches the hosts through a link of it to the switch, and is reached by them at its address
there.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Self

import deploy
from deploy.local import slow_link
from deploy.local.accounts import Account
from deploy.local.process import Command, Process

# For measurements between networks (RFC 2544), so that no network of anybody's is hidden by ours.
_NETWORKS = [f"198.{second}.{third}" for second in (18, 19) for third in range(256)]
_NAMESPACES = Path("/run/netns")
# Whose process it is that made a namespace stands in its name.
_OURS = re.compile(r"mp(\d+)[a-z]+(-.*)?")
_NUMBERS = count()
_UPLINK, _SWITCH, _DETOUR = "uplink", "switch", "detour"
_CODE = Path(deploy.__file__).resolve().parents[1]

PROGRAMS = ("ip", "nsenter", "setpriv")
PACKAGE = "iproute2"
"""Of Debian, which has those of PROGRAMS that are not always installed."""
ONLY_ROOT = "Hosts are network namespaces, which only root can make."


class CannotSlow(Exception):
    """This machine has nothing that links could be slowed down by."""


def why_none() -> str:
    """What keeps this machine from having hosts, in one sentence; nothing where it can have them."""
    if os.geteuid() != 0:
        return ONLY_ROOT
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"Hosts are made by programs that are not on this machine: {', '.join(missing)}."
    return ""


class Host:
    """One host. What it runs is started by `start`, and again by `power_on` after `power_off`."""

    def __init__(self, network: "Network", name: str, address: str) -> None:
        self._network, self.name, self.address = network, name, address
        self._namespace = f"{network.name}-{name}"
        self._port = f"to-{name}"
        self._processes: list[Process] = []

    @property
    def machine(self) -> str:
        """The address of this machine, as the host sees it."""
        return self._network.address

    def inside(self, command: Command) -> Command:
        """The command that runs it here, as the user it names. What it starts itself is here as well."""
        who = _as(command.account) if command.account else []
        argv = ("nsenter", f"--net={_NAMESPACES / self._namespace}", *who, *command.argv)
        return replace(command, argv=argv, account=None)

    def start(self, *commands: Command) -> None:
        """Run commands here, each as the user it names."""
        for command in commands:
            process = Process(self.inside(command))
            self._processes.append(process)
            process.start()

    def power_off(self) -> None:
        """All that runs here is gone at once (`kill -9`), with its connections; files stay."""
        while pids := self.pids():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for process in self._processes:
                process.has_ended()

    def power_on(self) -> None:
        """Start again what ran here."""
        for process in self._processes:
            process.start()

    def pids(self) -> list[int]:
        """The processes that run here."""
        return [int(pid) for pid in _ip("netns", "pids", self._namespace).split()]

    def cut_off(self) -> None:
        """From now on no packet gets here or away, without a word: the cable is pulled at the switch."""
        self._network.at_switch("link", "set", self._port, "nomaster")

    def plug_in(self) -> None:
        """The end of `cut_off`."""
        self._network.at_switch("link", "set", self._port, "master", _SWITCH)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cut off while the block runs."""
        self.cut_off()
        try:
            yield
        finally:
            self.plug_in()

    def run(self, *argv: str, environment: Mapping[str, str] | None = None) -> str:
        """What a program prints that is run here to its end."""
        command = ["nsenter", f"--net={_NAMESPACES / self._namespace}", *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise RuntimeError(f"{argv[0]} on {self.name}: {(done.stderr or done.stdout).strip()}")
        return done.stdout


class Network:
    """A switch with hosts. What was left by a process that is no more is removed first; `close` leaves nothing."""

    def __init__(self) -> None:
        _remove_left_behind()
        self.name = f"mp{os.getpid()}{'abcdefghij'[next(_NUMBERS) % 10]}"
        self._prefix = _free_network()
        self._hosts: list[Host] = []
        _ip("netns", "add", self.name)
        self._add_switch(_SWITCH)
        _ip("link", "add", self.name, "type", "veth", "peer", "name", _UPLINK, "netns", self.name)
        self._attach(_UPLINK)
        _ip("address", "add", f"{self.address}/24", "dev", self.name)
        _ip("link", "set", self.name, "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """This machine, as the hosts see it."""
        return f"{self._prefix}.1"

    def host(self, name: str) -> Host:
        """A new host."""
        host = Host(self, name, f"{self._prefix}.{10 + len(self._hosts)}")
        namespace, port = f"{self.name}-{name}", f"to-{name}"
        _ip("netns", "add", namespace)
        _ip("-n", namespace, "link", "set", "lo", "up")
        self.at_switch("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        self._attach(port)
        _ip("-n", namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
        _ip("-n", namespace, "link", "set", "eth0", "up")
        self._hosts.append(host)
        return host

    def at_switch(self, *arguments: str) -> str:
        """`ip` at the switch."""
        return _ip("-n", self.name, *arguments)

    @contextmanager
    def slow(self, *, milliseconds: int, loss_percent: int) -> Iterator[None]:
        """While the block runs a round trip between this machine and any host takes so much longer, and of all packets
        so many are lost on either way. Raises CannotSlow."""
        if not slow_link.DEVICE.exists():
            raise CannotSlow(f"Links are slowed down by {slow_link.DEVICE}, which this machine does not have.")
        near, far = "near", "far"
        self._add_switch(_DETOUR)
        try:
            with self._cable(near, far, milliseconds=milliseconds, loss_percent=loss_percent):
                self._attach(near, _DETOUR)
                self._attach(far)
                self._attach(_UPLINK, _DETOUR)
                yield
        finally:
            self._attach(_UPLINK)
            self.at_switch("link", "del", _DETOUR)

    @contextmanager
    def _cable(self, *ports: str, milliseconds: int, loss_percent: int) -> Iterator[None]:
        """Between ports of the namespace of the switch that are there while the block runs."""
        inside = ("nsenter", f"--net={_NAMESPACES / self.name}", sys.executable, "-m", slow_link.__name__, *ports)
        how = ("--milliseconds", str(milliseconds // 2), "--loss-percent", str(loss_percent))
        with subprocess.Popen((*inside, *how), cwd=_CODE, stdout=subprocess.PIPE) as cable:
            try:
                if not (cable.stdout and cable.stdout.readline()):
                    raise RuntimeError("The cable that is slow could not be laid.")
                yield
            finally:
                cable.kill()

    @contextmanager
    def away(self) -> Iterator[None]:
        """While the block runs this machine reaches no host, and the hosts each other."""
        self.at_switch("link", "set", _UPLINK, "nomaster")
        try:
            yield
        finally:
            self.at_switch("link", "set", _UPLINK, "master", _SWITCH)

    def close(self) -> None:
        """End what runs on the hosts, and remove them with all links."""
        for host in self._hosts:
            host.power_off()
        for name in (*(f"{self.name}-{host.name}" for host in self._hosts), self.name):
            _ip("netns", "del", name)

    def _add_switch(self, name: str) -> None:
        self.at_switch("link", "add", name, "type", "bridge", "forward_delay", "0")
        self.at_switch("link", "set", name, "up")

    def _attach(self, port: str, switch: str = _SWITCH) -> None:
        self.at_switch("link", "set", port, "master", switch)
        self.at_switch("link", "set", port, "up")


def _as(account: Account) -> list[str]:
    """Runs what follows as a user, for as long as we run: a change of the user makes the kernel forget that."""
    user = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    return ["setpriv", *user, "--pdeathsig", "KILL"]


def _free_network() -> str:
    taken = _ip("-4", "address")
    return random.choice([network for network in _NETWORKS if f" {network}." not in taken])


def _remove_left_behind() -> None:
    for path in _NAMESPACES.glob("mp*"):
        found = _OURS.fullmatch(path.name)
        if found and not Path("/proc", found[1]).exists():
            for pid in _ip("netns", "pids", path.name).split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            _ip("netns", "del", path.name)


def _ip(*arguments: str) -> str:
    return _run("ip", *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
