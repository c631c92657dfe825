"""Datagrams in two parts, which connection tracking puts together before any rule sees them.

Source: Linux `nf_defrag_ipv4.c`, `nf_conntrack_reasm.c`; on its way out the datagram is parted as it came.
"""

import struct

from frames import FRAGMENTED, Frame, checksum

from qianyun.verify.chains import Assign, Ruleset
from qianyun.verify.conditions import leaves
from qianyun.verify.fields import CT_MARK, NO_EXTENSION, REPLY, STATE, STATUS, Fragment

ETHERNET, HEADER4, HEADER6 = 14, 20, 40
MARKED, HEADERS = 16, 24
"""Least bytes of the last part, which hold the frame's number, and of the first: all headers (RFC 8200)."""
CONNECTION = (STATE, REPLY, STATUS, CT_MARK)


def can_part(each: Frame) -> bool:
    """Whether a frame is a whole datagram that can be sent in two parts."""
    plain = each.fragment is Fragment.WHOLE and each.extension == NO_EXTENSION and not each.options
    return plain and each.offset is None and len(each.transport()) >= MARKED + HEADERS


def in_parts(each: Frame) -> tuple[bytes, bytes]:
    """The two frames that carry it."""
    data = each.on_wire()
    size = HEADER4 if each.version == 4 else HEADER6
    link, head, body = data[:ETHERNET], data[ETHERNET : ETHERNET + size], data[ETHERNET + size :]
    cut = (len(body) - MARKED) // 8 * 8
    make = _part4 if each.version == 4 else _part6
    return link + make(each, head, body[:cut], 0, more=True), link + make(each, head, body[cut:], cut, more=False)


def tracked_families(ruleset: Ruleset) -> frozenset[int]:
    """The families whose connections the kernel follows: those in whose tables a rule asks or changes them."""
    found = set[int]()
    for chain in ruleset.chains.values():
        for rule in chain.rules:
            asked = any(leaf.field in CONNECTION for condition in rule.conditions() for leaf in leaves(condition))
            if asked or any(isinstance(step, Assign) and step.field in CONNECTION for step in rule.steps):
                found |= {chain.version} if chain.version else {4, 6}
    return frozenset(found)


def _part4(_each: Frame, head: bytes, body: bytes, offset: int, *, more: bool) -> bytes:
    length = struct.pack("!H", HEADER4 + len(body))
    where = struct.pack("!H", offset // 8 | (0x2000 if more else 0))
    bare = head[:2] + length + head[4:6] + where + head[8:10] + b"\0\0" + head[12:]
    return bare[:10] + struct.pack("!H", checksum(bare)) + bare[12:] + body


def _part6(each: Frame, head: bytes, body: bytes, offset: int, *, more: bool) -> bytes:
    length = struct.pack("!H", len(body) + 8)
    header = struct.pack("!BBHI", each.protocol, 0, offset | more, each.identity)
    return head[:4] + length + bytes((FRAGMENTED,)) + head[7:] + header + body
