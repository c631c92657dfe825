"""What an SSH server offers before anything is agreed: its first packet, read and nothing said of us.

So a device that no library of today talks to can still be told why: which of its algorithms are broken.
Source: RFC 4253 sections 4.2, 6 and 7.1; RFC 9142 for what must not be used any more.
"""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

BANNER = b"SSH-2.0-Qianyun\r\n"
KEXINIT, COOKIE = 20, 16
LONGEST_LINE, MOST_LINES, LARGEST_PACKET = 1024, 50, 35_000
WEAK = re.compile(r"sha1(?![0-9])|group1-|^ssh-rsa$|^ssh-dss$|cbc|3des|arcfour|md5")
NAMES = ("key exchange", "host key", "cipher", "", "MAC")
"""Lists of a KEXINIT that matter, in its order; what is for the other direction is left out."""

UNREAL = re.compile(r"^(ext-info-|kex-strict-)")
"""Names among the key exchanges that are none: they tell of extensions (RFC 8308)."""


class NoOfferError(Exception):
    """It does not speak SSH as far as its first packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Algorithms by what they are for: `key exchange`, `host key`, `cipher`, `MAC`."""

    lists: Mapping[str, tuple[str, ...]]

    @property
    def broken(self) -> tuple[str, ...]:
        """The algorithms of every list in which nothing else is offered."""
        hopeless = (names for names in self.lists.values() if names and all(map(WEAK.search, names)))
        return tuple(dict.fromkeys(name for names in hopeless for name in names))


def offer(endpoint: tuple[str, int], timeout_s: float) -> Offer:
    """Read what a server offers.

    Raises:
        NoOfferError: It says something else.
        OSError: It cannot be reached.
    """
    with socket.create_connection(endpoint, timeout=timeout_s) as link, link.makefile("rb") as reading:
        link.sendall(BANNER)
        for _line in range(MOST_LINES):
            line = reading.readline(LONGEST_LINE)
            if line.startswith(b"SSH-"):
                return read_offer(_exactly(reading, int.from_bytes(_exactly(reading, 4))))
            if not line:
                break
    raise NoOfferError


def _exactly(reading: BinaryIO, size: int) -> bytes:
    if size > LARGEST_PACKET:
        raise NoOfferError
    content = reading.read(size)
    if len(content) != size:
        raise NoOfferError
    return content


def read_offer(packet: bytes) -> Offer:
    """The offer in a KEXINIT packet, its padding length first.

    Raises:
        NoOfferError: It is another packet, or cut off.
    """
    if len(packet) < 2 + COOKIE or packet[1] != KEXINIT:
        raise NoOfferError
    at = 2 + COOKIE
    lists: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        size = int.from_bytes(packet[at : at + 4])
        text = packet[at + 4 : at + 4 + size]
        if len(text) != size or at + 4 > len(packet):
            raise NoOfferError
        at += 4 + size
        if name:
            found = text.decode("ascii", "replace").split(",")
            lists[name] = tuple(each for each in found if each and not UNREAL.match(each))
    return Offer(lists=lists)
