import pytest

from services.notifications.domain.addresses import InternalHost, check_host


@pytest.mark.parametrize(
    "host", ["smtp.gmail.com", "mx-1.example.ng", "8.8.8.8", "2606:4700::1111", "xn--mller-kva.de"]
)
def test_hosts_outside_may_be_named(host: str) -> None:
    check_host(host, ())


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "mail.localhost", "mail.internal", "mail.local", "postgres", "127.0.0.1", "127.1", "2130706433",
        "0x7f000001", "0x7f.1", "0177.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "::1", "[::1]", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "::127.0.0.1", "a b.example.org", "a..example.org", "smtp.example.org/", "user@example.org",
        "smtp.example.org.", "1.2.3.4.", "", "x" * 254,
    ],
)  # fmt: skip
def test_no_spelling_of_a_host_inside_passes(host: str) -> None:
    with pytest.raises(InternalHost):
        check_host(host, ())


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", "127.0.0.0/8"), ("::1", "::1"), ("mailhog", "mailhog"), ("mail.internal", "Mail.Internal")],
)
def test_what_the_configuration_allows_passes(host: str, allowed: str) -> None:
    check_host(host, ("10.9.8.7", allowed))
    with pytest.raises(InternalHost):
        check_host(host, ("10.9.8.7",))
