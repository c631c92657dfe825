"""Enrolled SSH host keys and certificates: who signed off a host's key once holds it to that key for ever.

The file is OpenSSH's known_hosts, `[address]:port` where the port is not 22; a certificate of a server over
HTTPS stands in it as `[address]:443 x509-sha256 DIGEST`. A host that is not in it is not logged in to; one that
shows another key is a finding, and no credential is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paramiko import PKey
from paramiko.hostkeys import HostKeyEntry

from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

DEFAULT_PORT = 22
CERTIFICATE = "x509-sha256"
DIGEST = re.compile(r"[0-9a-f]{64}")
Enrolled = Mapping[str, tuple[PKey, ...]]


class ChangedHostKeyError(Exception):
    """A host shows a key that nobody enrolled for it."""


class UnknownHostError(Exception):
    """Nobody enrolled a key for a host."""


@dataclass(frozen=True, slots=True)
class HostKeys:
    """Keys and digests of certificates by `address` or `[address]:port`."""

    by_host: Enrolled
    certificates: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "HostKeys":
        """Read a known_hosts file.

        Raises:
            DeclarationError: There is no such file, or lines of it are no host keys; says all of them.
        """
        if not path.is_file():
            raise DeclarationError(Fault(place=str(path), what=_("there is no such file of enrolled host keys")))
        found: dict[str, tuple[PKey, ...]] = {}
        certificates: dict[str, frozenset[str]] = {}
        faults: list[Fault] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            host, kind, digest, *_name = (*line.split(), "", "", "")
            if kind == CERTIFICATE and DIGEST.fullmatch(digest):
                certificates[host] = certificates.get(host, frozenset()) | {digest}
                continue
            entry = _entry(line, number)
            if entry is None or entry.key is None:
                faults.append(Fault(place=f"{path.name}:{number}", what=_("is no host key")))
                continue
            for host in entry.hostnames or ():
                found[host] = (*found.get(host, ()), entry.key)
        if faults:
            raise DeclarationError(faults)
        return cls(found, certificates)

    def digests_of(self, address: str, port: int) -> frozenset[str]:
        """SHA-256 of the certificates enrolled for a server.

        Raises:
            UnknownHostError: There are none.
        """
        digests = self.certificates.get(host_name(address, port), frozenset())
        if not digests:
            raise UnknownHostError
        return digests

    def of(self, address: str, port: int) -> tuple[PKey, ...]:
        """The keys enrolled for a host.

        Raises:
            UnknownHostError: There are none.
        """
        keys = self.by_host.get(host_name(address, port), ())
        if not keys:
            raise UnknownHostError
        return keys


def host_name(address: str, port: int) -> str:
    """How known_hosts writes a host."""
    return address if port == DEFAULT_PORT else f"[{address}]:{port}"


def _entry(line: str, number: int) -> HostKeyEntry | None:
    try:
        return HostKeyEntry.from_line(line, number)
    except Exception:  # noqa: BLE001 - paramiko raises as many kinds as there are broken lines
        return None
