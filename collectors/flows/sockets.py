"""What a server's tables of sockets say: who listens, who is connected to whom, in every network namespace read.

Sources: proc(5) (/proc/net/tcp and its like), the kernel's include/net/tcp_states.h, ss(8).
"""

import re
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from collectors.flows.sightings import KNOWN, Address, Endpoint, plain
from collectors.flows.sockets_script import OWN, Section, sections

STATES = {
    1: "ESTAB",
    2: "SYN-SENT",
    3: "SYN-RECV",
    4: "FIN-WAIT-1",
    5: "FIN-WAIT-2",
    6: "TIME-WAIT",
    7: "UNCONN",
    8: "CLOSE-WAIT",
    9: "LAST-ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN-RECV",
}
PROC_ROW = re.compile(r"^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) ")
SS_ROW = re.compile(r"^(tcp|udp)\s+([A-Z0-9-]+)\s+\d+\s+\d+\s+(\S+):(\S+)\s+(\S+):(\S+)")
SENT = re.compile(r"\bbytes_(?:acked|sent):(\d+)")
RECEIVED = re.compile(r"\bbytes_received:(\d+)")
ADDRESS_ROW = re.compile(r"^\d+:\s+\S+\s+inet6?\s+([0-9a-fA-F.:]+)")
TRIE_ADDRESS, TRIE_LOCAL = re.compile(r"\|-- ([0-9.]+)$"), "/32 host LOCAL"
HEX_ADDRESS = re.compile(r"^([0-9a-f]{32}) ")
PORT_RANGE = re.compile(r"(\d+)\s+(\d+)")
IPV4_HEX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """One socket.

    Attributes:
        peer: `None` for one that listens or is not connected.
        octets: Sent and received so far; `None` where the host does not tell.
    """

    protocol: str
    state: str
    local: Endpoint
    peer: Endpoint | None
    octets: int | None = None

    @property
    def listens(self) -> bool:
        """Whether strangers may begin a conversation with it."""
        return self.peer is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One network namespace of a host."""

    name: str
    sockets: tuple[Socket, ...]
    addresses: frozenset[Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one host said at one time.

    Attributes:
        asker: The end of our own SSH session as the host sees it, and the port that it came to.
        ephemeral: First and last port that the host gives to its own connections.
        command: What told of the sockets.
        is_hidden: Whether the host hides other users' processes from this account.
        unread: Namespaces of containers that could not be read.
    """

    spaces: tuple[Space, ...]
    command: str
    conntrack: str = ""
    ip_vs: str = ""
    asker: tuple[Address, int] | None = None
    ephemeral: tuple[int, int] = (32768, 60999)
    is_hidden: bool = False
    unread: int = 0

    @property
    def addresses(self) -> frozenset[Address]:
        """Every address of the host, in whichever namespace."""
        return frozenset(address for space in self.spaces for address in space.addresses)


def read_answer(output: str, byte_order: str = sys.byteorder) -> Answer:
    """What the script's output says; lines of another form are passed over."""
    by_space: dict[str, dict[str, str]] = {}
    for section in sections(output):
        _add(by_space, section)
    own = by_space.pop(OWN, {})
    first = _space(OWN, own, byte_order)
    spaces, unread = [first], 0
    for name, tables in by_space.items():
        if not any(tables.get(table) for table in ("tcp", "tcp6", "udp", "udp6")):
            unread += 1
            continue
        space = _space(name, tables, byte_order)
        if space.addresses != first.addresses or not space.addresses:  # else a container in the host's own network
            spaces.append(space)
    return Answer(
        spaces=tuple(spaces),
        command="ss -H -tunai" if "ss-done" in own else "/proc/net/{tcp,tcp6,udp,udp6}",
        conntrack=own.get("conntrack", ""),
        ip_vs=own.get("ip_vs", ""),
        asker=_asker(own.get("asker", "")),
        ephemeral=_range(own.get("ports", "")),
        is_hidden=own.get("hidden", "").strip() not in ("", "0"),
        unread=unread,
    )


def _add(by_space: dict[str, dict[str, str]], section: Section) -> None:
    if section.table:
        by_space.setdefault(section.space, {})[section.table] = section.text


def _space(name: str, tables: Mapping[str, str], byte_order: str) -> Space:
    found = (
        list(read_ss(tables.get("ss", "").splitlines()))
        if "ss-done" in tables
        else [
            socket
            for table in ("tcp", "tcp6", "udp", "udp6")
            for socket in read_proc(tables.get(table, "").splitlines(), table[:3], byte_order)
        ]
    )
    return Space(name=name, sockets=tuple(found), addresses=frozenset(_addresses(tables)))


def read_proc(lines: Iterable[str], protocol: str, byte_order: str = sys.byteorder) -> Iterator[Socket]:
    """Sockets of /proc/net/tcp, tcp6, udp or udp6; the kernel writes addresses in its own byte order."""
    for line in lines:
        row = PROC_ROW.match(line)
        if row is None:
            continue
        local, local_port, peer, peer_port, state = row.groups()
        name = STATES.get(int(state, 16))
        one, other = _hex_address(local, byte_order), _hex_address(peer, byte_order)
        if name is None or one is None or other is None:
            continue
        there = None if int(peer_port, 16) == 0 else Endpoint(other, int(peer_port, 16))
        yield Socket(protocol=protocol, state=name, local=Endpoint(one, int(local_port, 16)), peer=there)


@lru_cache(maxsize=KNOWN)
def _hex_address(text: str, byte_order: str) -> Address | None:
    """Words of four octets, each in the host's byte order."""
    if len(text) not in (IPV4_HEX, 4 * IPV4_HEX):
        return None
    words = [int(text[at : at + IPV4_HEX], 16) for at in range(0, len(text), IPV4_HEX)]
    octets = struct.pack(f"{'<' if byte_order == 'little' else '>'}{len(words)}I", *words)
    return plain(ip_address(octets))


def read_ss(lines: Sequence[str]) -> Iterator[Socket]:
    """Sockets of `ss -H -tunai`; what belongs to one stands indented under it."""
    for place, line in enumerate(lines):
        row = SS_ROW.match(line)
        if row is None:
            continue
        protocol, state, local, local_port, peer, peer_port = row.groups()
        one, other = _shown_address(local), _shown_address(peer)
        if one is None or other is None or not local_port.isdigit():
            continue
        there = Endpoint(other, int(peer_port)) if peer_port.isdigit() else None
        detail = lines[place + 1] if place + 1 < len(lines) and lines[place + 1][:1].isspace() else ""
        volume = [int(found.group(1)) for found in (SENT.search(detail), RECEIVED.search(detail)) if found]
        yield Socket(
            protocol=protocol,
            state=state,
            local=Endpoint(one, int(local_port)),
            peer=there,
            octets=sum(volume) if volume else None,
        )


@lru_cache(maxsize=KNOWN)
def _shown_address(text: str) -> Address | None:
    bare = text.partition("%")[0].strip("[]")
    if bare == "*":
        return IPv6Address(0)
    try:
        return plain(ip_address(bare))
    except ValueError:
        return None


def _addresses(tables: Mapping[str, str]) -> Iterator[Address]:
    """Addresses of `ip -o addr`, /proc/net/fib_trie and /proc/net/if_inet6, whichever the host has."""
    texts = [row.group(1) for line in tables.get("addresses", "").splitlines() if (row := ADDRESS_ROW.match(line))]
    last = ""
    for line in tables.get("fib_trie", "").splitlines():
        if row := TRIE_ADDRESS.search(line):
            last = row.group(1)
        elif TRIE_LOCAL in line:
            texts.append(last)
    yield from filter(None, map(_shown_address, texts))
    for line in tables.get("if_inet6", "").splitlines():
        if row := HEX_ADDRESS.match(line):
            yield plain(IPv6Address(int(row.group(1), 16)))


def _asker(text: str) -> tuple[Address, int] | None:
    """`SSH_CONNECTION`: the client's address and port, the server's address and port."""
    parts = text.split()
    if len(parts) != 4 or not parts[3].isdigit():  # noqa: PLR2004 - as above
        return None
    try:
        return plain(ip_address(parts[0].partition("%")[0])), int(parts[3])
    except ValueError:
        return None


def _range(text: str) -> tuple[int, int]:
    found = PORT_RANGE.match(text.strip())
    return (int(found.group(1)), int(found.group(2))) if found else (32768, 60999)
