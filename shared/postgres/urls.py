"""Addresses of a database as operators write them, in the forms that libpq and SQLAlchemy take.

Both forms of several servers that libpq's users know are read: `postgresql://user:password@one:5432,two:5433/mp` and
`postgresql://user:password@/mp?host=one:5432&host=two:5433`. libpq finds out which of them is the right one, by
`target_session_attrs=read-write`. Several servers have names or IPv4 addresses, for SQLAlchemy takes no others there.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

_DRIVER = "postgresql+psycopg"
# A server that went without a word, with its machine or the network, is given up after ten seconds; the kernel alone
# would wait for a quarter of an hour, and for ever where nothing is sent.
_SILENCE = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_PORT = re.compile(r":\d*$")


def libpq_url(url: str) -> str:
    """The URL as psycopg takes it."""
    user, hosts, rest, query = _parts(url)
    return f"postgresql://{user}{','.join(hosts)}{rest}{_asked(query)}"


def sqlalchemy_url(url: str) -> str:
    """The URL as SQLAlchemy takes it, whose servers stand in its query where there are several."""
    user, hosts, rest, query = _parts(url)
    if len(hosts) > 1:
        query, hosts = [*(("host", host) for host in hosts), *query], []
    return f"{_DRIVER}://{user}{''.join(hosts)}{rest}{_asked(query)}"


def connect_options(url: str, *, seconds: int) -> dict[str, Any]:
    """How a connection is made, where the URL does not say it: for how long each server is tried, and after how long a
    silent one is given up."""
    said = {name for name, _ in _parts(url)[3]}
    return {name: value for name, value in ({"connect_timeout": seconds} | _SILENCE).items() if name not in said}


def has_several_servers(url: str) -> bool:
    """Whether the URL names more than one server."""
    return len(_parts(url)[1]) > 1


def servers(url: str) -> list[str]:
    """The servers of the URL without their ports, as names, addresses or folders of sockets."""
    return [_PORT.sub("", host).strip("[]") for host in _parts(url)[1]]


def _asked(query: list[tuple[str, str]]) -> str:
    return f"?{urlencode(query, safe=':/')}" if query else ""


def _parts(url: str) -> tuple[str, list[str], str, list[tuple[str, str]]]:
    """Who, with `@`; the servers, with their ports; the database, with `/`; and what else is asked for."""
    split = urlsplit(url)
    user, at, servers = split.netloc.rpartition("@")
    asked = parse_qsl(split.query)
    named = [value for name, value in asked if name == "host"]
    hosts = [host for host in servers.split(",") if host] + [host for value in named for host in value.split(",")]
    return user + at, hosts, split.path, [(name, value) for name, value in asked if name != "host"]
