"""What may be asked in which room, and with which credential: the manifest of a collection.

Nothing that a manifest does not name is ever probed. Credentials are references; the secrets
themselves are no facts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

from qianyun.errors import FactError, Fault


class Transport(StrEnum):
    """The way a device is asked."""

    SNMP = "snmp"
    SSH = "ssh"
    REDFISH = "redfish"
    """A server's management controller, over HTTPS."""
    VSPHERE = "vsphere"
    """A vCenter or an ESXi host, over HTTPS."""
    OPENSTACK = "openstack"
    """A cloud's Keystone, and from there its other services, over HTTPS."""


TLS = frozenset({Transport.REDFISH, Transport.VSPHERE, Transport.OPENSTACK})
"""Asked over HTTPS, with a certificate that somebody signed off."""


class CredentialKind(StrEnum):
    """What a credential is for."""

    SNMP_V2C = "snmp-v2c"
    SNMP_V3 = "snmp-v3"
    SSH = "ssh"
    ACCOUNT = "account"
    """A user and a password, for what is asked over HTTPS."""


class Profile(StrEnum):
    """Which commands an SSH target knows."""

    LINUX = "linux"
    VRP = "vrp"
    COMWARE = "comware"
    IOS = "ios"
    FORTIOS = "fortios"
    ZXROS = "zxros"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialReference:
    """A credential by reference.

    Attributes:
        settings: What is no secret: user, algorithms, context, `key_file` (a path, 0600).
        secrets: Field to `env:NAME` or `file:PATH`.
        source: `file:line` of the declaration.
    """

    name: str
    kind: CredentialKind
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One device to ask.

    Attributes:
        name: What the ledgers call it; unique in the manifest.
        credential: `CredentialReference.name`.
        profile: Which commands it knows; SSH only.
        allows_sha1: Whether somebody opted in, in writing, to SSH that is as old as SHA-1.
        dialled: Address and port where it is reached when these are not its own, as behind NAT.
    """

    name: str
    room: str
    address: str
    port: int
    transport: Transport
    credential: str
    profile: Profile = Profile.LINUX
    allows_sha1: bool = False
    dialled: tuple[str, int] | None = None
    source: str = ""

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port that packets go to."""
        return self.dialled or (self.address, self.port)

    def __post_init__(self) -> None:
        try:
            ip_address(self.address)
        except ValueError:
            raise FactError(
                Fault(place=f"target {self.name}", what=f"address {self.address!r} is no IP address")
            ) from None
        if not 0 < self.port < 1 << 16:
            raise FactError(
                Fault(place=f"target {self.name}", what=f"port {self.port} is no port; ports are 1 to 65535")
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours in which a room may be asked; over midnight when it ends before it begins."""

    begin: time
    end: time

    def holds(self, clock: time) -> bool:
        """Whether a time of day lies in it."""
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowExports:
    """Where flow datagrams come in, and from whom; what others send is dropped.

    Attributes:
        listen: Addresses and ports to listen at.
        exporters: Name by address.
    """

    listen: tuple[tuple[str, int], ...]
    exporters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTargets:
    """What may be asked in one room, and how gently.

    Attributes:
        rate_per_s: Requests a second, over all devices of the room.
        device_rate_per_s: Requests a second to any one device; one of them is under way at a time.
        do_not_touch: Networks that are never asked, whatever else the manifest names.
        window: When it may be asked; `None` for always.
        allows_v2c: Whether somebody opted in, in writing, to communities sent in clear.
        flows: Who exports NetFlow, IPFIX or sFlow here; `None` for nobody.
    """

    room: str
    targets: tuple[Target, ...]
    rate_per_s: int = 200
    device_rate_per_s: int = 50
    do_not_touch: tuple[IPv4Network | IPv6Network, ...] = ()
    window: Window | None = None
    allows_v2c: bool = False
    flows: FlowExports | None = None

    def may_touch(self, target: Target) -> bool:
        """Whether no do-not-touch network holds it."""
        address = ip_address(target.address)
        return not any(address in network for network in self.do_not_touch)

    def only(self, wanted: Callable[[Target], bool]) -> "RoomTargets":
        """The room with some of its targets."""
        return replace(self, targets=tuple(filter(wanted, self.targets)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that may be asked.

    Attributes:
        folder: Where it was read; references to files are relative to it.
        known_hosts: Enrolled SSH host keys and certificates; relative to `folder`.
        digest: sha256 of the file, for the record of the run.
    """

    folder: Path
    rooms: tuple[RoomTargets, ...]
    credentials: Mapping[str, CredentialReference]
    known_hosts: Path | None = None
    digest: str = ""

    @property
    def targets(self) -> tuple[Target, ...]:
        """All targets, room by room."""
        return tuple(target for room in self.rooms for target in room.targets)
