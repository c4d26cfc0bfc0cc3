"""`python -m bench.gateway`: what the gateway adds to a request, and what a crowd of slow clients does to it."""

import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.driver import Driving, Load, Request, Stalled, put_on
from bench.processes import cpu_seconds, memory_bytes, used_between
from deploy.client import Client
from deploy.local.errors import CannotStart
from deploy.local.platform import Platform, temporary_platform

SERVICE, PATH = "lending", "/loan-types"
CONCURRENCIES = (1, 16)
KEPT_ALIVE, SLOW = 1000, 200
_SECONDS, _WARM_UP_SECONDS = 6.0, 1.0
_FILES = 4096


@dataclass(frozen=True, slots=True)
class Cost:
    """Latencies in milliseconds, and milliseconds of CPU that the gateway and the service spent on a request."""

    name: str
    per_second: float
    p50: float
    p99: float
    gateway: float
    service: float


def main() -> None:
    """Measure and print; exits with 1 when the platform does not start or does not answer."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, most), most))
    try:
        with temporary_platform() as platform:
            token = Client(platform.url).sign_in(platform.credentials.email, platform.credentials.password).token
            for cost in _costs(platform, token):
                _show(cost)
    except (CannotStart, Stalled) as error:
        sys.exit(f"bench: {error}")


def _costs(platform: Platform, token: str) -> Iterator[Cost]:
    direct, through = platform.service_urls[SERVICE] + PATH, f"{platform.url}/api{PATH}"
    for at_once in CONCURRENCIES:
        yield _measure(platform, f"directly, {at_once} at once", direct, token, at_once)
        yield _measure(platform, f"through the gateway, {at_once} at once", through, token, at_once)
    before = memory_bytes(platform)["gateway"]
    with _crowd(platform.url):
        yield _measure(platform, f"beside {KEPT_ALIVE} idle and {SLOW} slow clients, 16 at once", through, token, 16)
        held = memory_bytes(platform)["gateway"] - before
    print(f"memory of the gateway: {before / 1e6:.0f} MB, and {held / 1e6:.0f} MB more for the crowd")


def _measure(platform: Platform, name: str, url: str, token: str, at_once: int) -> Cost:
    put_on(_load(url, token, at_once, _WARM_UP_SECONDS))
    driving = Driving(_load(url, token, at_once, _SECONDS))
    before = cpu_seconds(platform)
    driving.begin()
    outcome = driving.outcome()
    used, answers = used_between(before, cpu_seconds(platform)), outcome.total
    if answers.errors:
        raise Stalled(f"{name}: {answers.errors} requests failed: {dict(answers.statuses)}.")
    spent = {part: used[part] / answers.count * 1000 for part in ("gateway", f"{SERVICE}-web")}
    return Cost(
        name=name,
        per_second=outcome.per_second,
        p50=answers.percentile(0.5) * 1000,
        p99=answers.percentile(0.99) * 1000,
        gateway=spent["gateway"],
        service=spent[f"{SERVICE}-web"],
    )


def _load(url: str, token: str, at_once: int, seconds: float) -> Load:
    place = urlsplit(url)
    head = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    return Load([url], at_once, [Request("get", head.encode())], seconds)


@contextmanager
def _crowd(url: str) -> Iterator[None]:
    """Clients that have asked once and stay, and others that never come to the end of their request."""
    place = urlsplit(url)
    with ExitStack() as stack:
        for index in range(KEPT_ALIVE + SLOW):
            address = (place.hostname or "", place.port or 0)
            connection = stack.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n" + (b"\r\n" if index < KEPT_ALIVE else b""))
            if index < KEPT_ALIVE:
                connection.recv(65536)
        yield


def _show(cost: Cost) -> None:
    per_core = f", {1000 / cost.gateway:,.0f} a second on one core" if cost.gateway > 0.1 else ""
    print(
        f"{cost.name}: {cost.per_second:,.0f}/s, p50 {cost.p50:.1f} ms, p99 {cost.p99:.1f} ms; "
        f"CPU {cost.service:.2f} ms in the service, {cost.gateway:.2f} ms in the gateway{per_core}",
        flush=True,
    )


if __name__ == "__main__":
    main()
