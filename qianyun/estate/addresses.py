"""Addresses that are declared beside those that were seen on devices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Address
from qianyun.estate.observation import Observation

SEEN = "address."
"""Attributes of observations that begin so end with an address the device holds."""


class AddressState(StrEnum):
    """How declaration and observation disagree about an address."""

    UNDECLARED = "undeclared"
    """A device holds it, and no ledger names it."""
    UNSEEN = "unseen"
    """A ledger names it, and no device was seen with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressDifference:
    """One address on which the two disagree.

    Attributes:
        holder: Whom the ledger gives it to; empty when undeclared.
        subject: The device it was seen on; empty when unseen.
        seen_at: When it was seen last.
    """

    address: Address
    state: AddressState
    holder: str = ""
    subject: str = ""
    seen_at: datetime | None = None


def address_differences(estate: Estate, seen: Iterable[Observation]) -> tuple[AddressDifference, ...]:
    """All of them, undeclared ones first, then by address; loopback and link-local ones are nobody's."""
    declared = _declared(estate)
    held = {address: each for each in seen if (address := _address(each)) is not None}
    undeclared = [
        AddressDifference(
            address=address, state=AddressState.UNDECLARED, subject=held[address].subject, seen_at=held[address].seen_at
        )
        for address in sorted(held.keys() - declared.keys(), key=_order)
    ]
    unseen = [
        AddressDifference(address=address, state=AddressState.UNSEEN, holder=declared[address])
        for address in sorted(declared.keys() - held.keys(), key=_order)
    ]
    return (*undeclared, *unseen)


def _declared(estate: Estate) -> dict[Address, str]:
    """Who holds each address; a server's word goes before its system's."""
    systems = {address: str(system.key) for system in estate.systems for address in system.addresses}
    lines = {address: f"{line.department}/{line.number}" for line in estate.lines for address in line.addresses}
    servers = {
        address: f"{server.department}/{server.system}/{server.name}"
        for server in estate.servers
        for address in server.addresses
    }
    return {**lines, **systems, **servers}


def _address(seen: Observation) -> Address | None:
    if not seen.attribute.startswith(SEEN):
        return None
    try:
        address = ip_address(seen.attribute.removeprefix(SEEN))
    except ValueError:
        return None
    return None if address.is_loopback or address.is_link_local or address.is_unspecified else address


def _order(address: Address) -> tuple[int, int]:
    return address.version, int(address)
