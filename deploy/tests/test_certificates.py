"""The private authority and its certificates: for which names, for how long, and for whose eyes."""

import ssl
import stat
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from deploy.certificates import (
    AUTHORITY,
    AUTHORITY_FOLDER,
    AUTHORITY_KEY,
    CERTIFICATE,
    KEY,
    PARTS,
    RENEWED_BEFORE,
    CannotCertify,
    certify,
    hold_on,
    main,
    make_authority,
)
from deploy.database.provision import SERVICES
from shared.clock import now
from shared.tls import server_context


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def names(file: Path) -> tuple[set[str], set[str]]:
    """The names and the addresses that a certificate is for."""
    found = read(file).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = found.get_values_for_type(x509.IPAddress)
    return set(found.get_values_for_type(x509.DNSName)), set(map(str, addresses))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    certify(folder, {"lending": ["lending.example.org", "10.1.2.3"]})
    return folder


def test_each_part_has_a_certificate_that_can_be_served_with(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {*PARTS, AUTHORITY_FOLDER}
    assert set(SERVICES) < set(PARTS)
    for part in PARTS:
        server_context(str(folder / part / CERTIFICATE), str(folder / part / KEY))
        read(folder / part / CERTIFICATE).verify_directly_issued_by(read(folder / part / AUTHORITY))
        assert (folder / part / AUTHORITY).read_bytes() == (folder / AUTHORITY_FOLDER / AUTHORITY).read_bytes()


def test_it_is_for_the_names_by_which_the_part_is_called_and_those_asked_for(folder: Path) -> None:
    assert names(folder / "postgres" / CERTIFICATE) == ({"postgres", "localhost"}, {"127.0.0.1", "::1"})
    assert names(folder / "lending" / CERTIFICATE) == (
        {"lending", "lending-web", "lending-worker", "localhost", "lending.example.org"},
        {"127.0.0.1", "::1", str(ip_address("10.1.2.3"))},
    )


def test_no_key_is_for_others_eyes(folder: Path) -> None:
    keys = [folder / part / KEY for part in PARTS] + [folder / AUTHORITY_FOLDER / AUTHORITY_KEY]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert {stat.S_IMODE(key.parent.stat().st_mode) for key in keys} == {0o700}


def test_what_is_renewed_is_of_the_same_authority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--into", str(tmp_path)])
    before = {file: file.read_bytes() for file in tmp_path.glob("*/*")}
    main(["--into", str(tmp_path), "--days", "10", "cluster.example.org", "postgres=10.0.0.5"])
    changed = {str(file.relative_to(tmp_path)) for file, content in before.items() if file.read_bytes() != content}
    assert changed == {f"{part}/{name}" for part in PARTS for name in (CERTIFICATE, KEY)}
    assert names(tmp_path / "rabbitmq" / CERTIFICATE)[0] == {"rabbitmq", "localhost", "cluster.example.org"}
    assert "10.0.0.5" in names(tmp_path / "postgres" / CERTIFICATE)[1]
    printed = capsys.readouterr().out
    assert f"{tmp_path / 'lending'}: until {now() + timedelta(days=10):%Y-%m-%d}" in printed
    assert f"{tmp_path / AUTHORITY_FOLDER / AUTHORITY_KEY} can pass for every part: keep it elsewhere" in printed


def test_they_hold_until_a_month_before_their_end(folder: Path, tmp_path: Path) -> None:
    assert not hold_on(tmp_path, now())
    (end, *_) = certify(tmp_path, {}).values()
    assert hold_on(tmp_path, end - RENEWED_BEFORE - timedelta(minutes=1))
    assert not hold_on(tmp_path, end - RENEWED_BEFORE)


def test_without_the_key_of_the_authority_nothing_is_overwritten(tmp_path: Path) -> None:
    certify(tmp_path, {})
    before = {file: file.read_bytes() for file in tmp_path.glob("*/*.crt")}
    kept = tmp_path / AUTHORITY_FOLDER / AUTHORITY_KEY
    kept.rename(tmp_path / "elsewhere")
    with pytest.raises(CannotCertify, match="put back"):
        certify(tmp_path, {})
    certify(tmp_path / "other", {})
    (tmp_path / "other" / AUTHORITY_FOLDER / AUTHORITY_KEY).rename(kept)
    with pytest.raises(CannotCertify, match="is not the key"):
        certify(tmp_path, {})
    assert {file: file.read_bytes() for file in before} == before


def test_an_authority_signs_no_other_authority_and_nothing_beyond_its_time(folder: Path) -> None:
    authority = read(folder / AUTHORITY_FOLDER / AUTHORITY)
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)
    assert make_authority(now(), days=1).certificate.not_valid_after_utc < now() + timedelta(days=2)
    with pytest.raises(SystemExit, match="no part ledger"):
        main(["--into", str(folder), "ledger=10.0.0.5"])


def test_python_checks_them_strictly(folder: Path) -> None:
    """As releases of Python from 3.13 on do by themselves."""
    client = ssl.create_default_context(cafile=folder / "lending" / AUTHORITY)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    server = server_context(str(folder / "lending" / CERTIFICATE), str(folder / "lending" / KEY))
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="lending-web")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for end in (ours, theirs):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                continue
