"""`python -m deploy.certificates`: a private authority, and for each part a certificate of it (docs/tls.md).

Run again, it makes new keys and certificates by the same authority, so that nobody has to learn to trust anew.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.database.provision import SERVICES
from deploy.local.credentials import write_secret
from deploy.local.folder import root_folder
from shared.clock import now

PARTS = ("postgres", "rabbitmq", *SERVICES)
CERTIFICATE, KEY, AUTHORITY = "tls.crt", "tls.key", "ca.crt"
"""The files in the folder of a part, by the names that Kubernetes has for them."""
AUTHORITY_FOLDER, AUTHORITY_KEY = "authority", "ca.key"
DAYS, AUTHORITY_DAYS = 397, 3650
_HERE = ("localhost", "127.0.0.1", "::1")
RENEWED_BEFORE = timedelta(days=30)
# Clocks differ.
_EARLIER = timedelta(hours=1)
_ROLES = ("web", "worker")


class CannotCertify(Exception):
    """No certificate can be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs the certificates."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def text(self) -> str:
        """The certificate, as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, as PEM."""

    certificate: str
    key: str
    expires_at: datetime


def make_authority(at: datetime, days: float = AUTHORITY_DAYS) -> Authority:
    """A new authority, for so many days. It signs certificates of servers, and no other authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Millenium Potters private authority")
    uses = _uses(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder(name, name, key, at, at + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(uses, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue(authority: Authority, part: str, names: Iterable[str], at: datetime, days: float = DAYS) -> Issued:
    """A new key and certificate of a part for these names and addresses, for so many days, but not for longer than the
    authority's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    expires_at = min(at + timedelta(days=days), authority.certificate.not_valid_after_utc)
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _builder(_name(part), authority.certificate.subject, key, at, expires_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_uses(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in dict.fromkeys(names)]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Issued(certificate.public_bytes(Encoding.PEM).decode(), _pem(key), expires_at)


def names_of(part: str) -> Iterator[str]:
    """By which names a part is called in compose and Kubernetes, and on its own machine."""
    yield part
    if part in SERVICES:
        yield from (f"{part}-{role}" for role in _ROLES)
    yield from _HERE


def certify(folder: Path, more: Mapping[str, Sequence[str]], days: float = DAYS) -> dict[str, datetime]:
    """Write a new certificate of each part into a folder of its own, for the names in `more` as well; returns when each
    ends. The authority is made when it is missing. Raises CannotCertify, OSError."""
    at = now()
    authority = kept_authority(folder / AUTHORITY_FOLDER, at)
    ends = {}
    for part in PARTS:
        issued = issue(authority, part, [*names_of(part), *more.get(part, ())], at, days)
        place = folder / part
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(place / KEY, issued.key)
        (place / CERTIFICATE).write_text(issued.certificate)
        (place / AUTHORITY).write_text(authority.text)
        ends[part] = issued.expires_at
    return ends


def hold_on(folder: Path, at: datetime) -> bool:
    """Whether every part has a certificate that need not be renewed soon."""
    files = [folder / part / CERTIFICATE for part in PARTS]
    if not all(file.exists() for file in files):
        return False
    ends = [x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc for file in files]
    return min(ends) > at + RENEWED_BEFORE


def kept_authority(folder: Path, at: datetime) -> Authority:
    """The authority in a folder, made at the first call. Raises CannotCertify when its key is elsewhere, or its time is
    over."""
    certificate, key = folder / AUTHORITY, folder / AUTHORITY_KEY
    if not certificate.exists() and not key.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = make_authority(at)
        write_secret(key, _pem(made.key))
        certificate.write_text(made.text)
        return made
    if not key.exists() or not certificate.exists():
        raise CannotCertify(
            f"{key if certificate.exists() else certificate} is not there: put back what you keep elsewhere, or move "
            f"{folder} away for an authority that everybody has to trust anew."
        )
    private = load_pem_private_key(key.read_bytes(), None)
    kept = x509.load_pem_x509_certificate(certificate.read_bytes())
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != kept.public_key():
        raise CannotCertify(f"{key} is not the key of {certificate}.")
    if kept.not_valid_after_utc <= at:
        raise CannotCertify(f"The authority in {folder} has ended at {kept.not_valid_after_utc}: move it away.")
    return Authority(kept, private)


def asked_names(arguments: Iterable[str]) -> dict[str, list[str]]:
    """By part, the names and addresses asked for: NAME is for all, PART=NAME for one. Raises CannotCertify."""
    asked: dict[str, list[str]] = {part: [] for part in PARTS}
    for argument in arguments:
        part, equals, name = argument.rpartition("=")
        if equals and part not in asked:
            raise CannotCertify(f"There is no part {part}; there are {', '.join(PARTS)}.")
        for one in [part] if equals else PARTS:
            asked[one].append(name)
    return asked


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(at, until) - _EARLIER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _uses(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.certificates", description=__doc__)
    parser.add_argument("--into", type=Path, default=root_folder() / "certificates", help="the folder")
    parser.add_argument("--days", type=float, default=DAYS, help=f"for how many days ({DAYS})")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a name or an address of all, or of one: PART=NAME")
    options = parser.parse_args(arguments)
    try:
        ends = certify(options.into, asked_names(options.names), options.days)
    except (CannotCertify, OSError, ValueError) as error:
        sys.exit(f"certificates: {error}")
    for part, end in ends.items():
        print(f"{options.into / part}: until {end:%Y-%m-%d}")
    print(
        f"Whoever has {options.into / AUTHORITY_FOLDER / AUTHORITY_KEY} can pass for every part: keep it elsewhere, "
        "and put it back to renew the certificates, as this command does each time."
    )


if __name__ == "__main__":
    main()
