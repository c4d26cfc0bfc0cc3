"""Addresses of a database as operators write them, in the forms that libpq and SQLAlchemy take.

Both forms of several servers that libpq's users know are read: `postgresql://user:password@one:5432,two:5433/mp` and
`postgresql://user:password@/mp?host=one:5432&host=two:5433`. libpq finds out which of them is the right one, by
`target_session_attrs=read-write`. Several servers have names or IPv4 addresses, for SQLAlchemy takes no others there.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

_DRIVER = "postgresql+psycopg"


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


def has_several_servers(url: str) -> bool:
    """Whether the URL names more than one server."""
    return len(_parts(url)[1]) > 1


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
