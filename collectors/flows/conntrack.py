"""Conntrack's table: who began each connection, and what translation made of its ends.

Text of `/proc/net/nf_conntrack`, the older `/proc/net/ip_conntrack`, or `conntrack -L -o extended`: the
original tuple, then the one in which answers come. Where nothing is translated the second is the first
turned round.

Source: nf_conntrack_standalone.c (ct_seq_show) of Linux; conntrack(8).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from collectors.flows.sightings import PROTOCOLS, Endpoint, plain

TUPLE = re.compile(r"\bsrc=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)((?: packets=\d+ bytes=\d+)?)")
VOLUME = re.compile(r"packets=(\d+) bytes=(\d+)")
WORD = re.compile(r"\b(" + "|".join(PROTOCOLS.values()) + r")\b")
TUPLES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One connection.

    Attributes:
        client: Who began it.
        asked: What it asked for; a virtual address where that is translated.
        server: Who really answers.
        shown: What the server takes for the client.
        is_answered: Whether anything came back.
    """

    protocol: str
    client: Endpoint
    asked: Endpoint
    server: Endpoint
    shown: Endpoint
    is_answered: bool
    octets: int = 0
    packets: int = 0


def read_conntrack(lines: Iterable[str]) -> Iterator[Entry]:
    """Connections of a table; lines of another form, such as those without ports, are passed over."""
    for line in lines:
        word, tuples = WORD.search(line), TUPLE.findall(line)
        if word is None or len(tuples) != TUPLES:
            continue
        try:
            (client, asked), (server, shown) = (_ends(*each[:4]) for each in tuples)
        except ValueError:
            continue
        volumes = [tuple(map(int, found.groups())) for each in tuples if (found := VOLUME.search(each[4]))]
        yield Entry(
            protocol=word.group(1),
            client=client,
            asked=asked,
            server=server,
            shown=shown,
            is_answered="[UNREPLIED]" not in line and "SYN_SENT" not in line,
            packets=sum(packets for packets, _octets in volumes),
            octets=sum(octets for _packets, octets in volumes),
        )


def _ends(source: str, target: str, source_port: str, target_port: str) -> tuple[Endpoint, Endpoint]:
    one, other = plain(ip_address(source)), plain(ip_address(target))
    return Endpoint(one, int(source_port)), Endpoint(other, int(target_port))
