"""Certificates between rooms and centre: a small authority of our own, one certificate for each server.

Names, not passwords, tell who connects: a server's certificate carries its name, and the other side
maps it to what that name may do. Nothing here is a secret that travels: keys are made where they stay
or are copied once, and every key file belongs to its reader alone.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

from collectors.reach.keys import write_private

AUTHORITY_DAYS, SERVER_DAYS = 3650, 825
RENEW_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What signs the certificates of one estate."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def at(cls, folder: Path) -> "Authority":
        """The authority of a folder; made where there is none."""
        certificate, key = folder / "ca.pem", folder / "ca.key"
        if not key.is_file():
            made = _authority()
            write_private(key, _pem(made.key))
            certificate.write_bytes(made.certificate.public_bytes(Encoding.PEM))
            return made
        held = load_pem_private_key(key.read_bytes(), None)
        if not isinstance(held, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key} is of another kind")
        return cls(certificate=x509.load_pem_x509_certificate(certificate.read_bytes()), key=held)

    def issue(self, folder: Path, name: str, hosts: Iterable[str]) -> None:
        """Write `NAME.pem`, `NAME.key` and `ca.pem` into a folder; what is there and lasts stays."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ca.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        path = folder / f"{name}.pem"
        if path.is_file() and _lasts(x509.load_pem_x509_certificate(path.read_bytes())):
            return
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{name}.key").unlink(missing_ok=True)
        write_private(folder / f"{name}.key", _pem(key))
        path.write_bytes(self._certificate(key, name, hosts).public_bytes(Encoding.PEM))

    def _certificate(self, key: ec.EllipticCurvePrivateKey, name: str, hosts: Iterable[str]) -> x509.Certificate:
        names = [x509.DNSName(name), *map(_general_name, dict.fromkeys(("localhost", "127.0.0.1", *hosts)))]
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        return (
            _draft(name, self.certificate.subject, key, SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(usage, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def _authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = "Qianyun collection authority"
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _draft(name, _name(name), key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=certificate, key=key)


def _draft(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of isolated rooms go wrong
        .not_valid_after(now + timedelta(days=days))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _lasts(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=RENEW_DAYS)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
