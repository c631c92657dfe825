"""Expressions that translate addresses and ports.

Source: Linux `nft_nat.c`, `nft_masq.c`, `nft_redir.c`; flags in `nf_nat.h`; how they are printed,
libnftnl `src/expr/{nat,masq,redir}.c`.
"""

import re
from collections.abc import Iterator, Sequence

from qianyun.verify.conditions import ALWAYS, Condition
from qianyun.verify.fields import DST4, DST6, PROTOCOL, Range, Ranges
from qianyun.verify.nft_registers import NotUnderstoodError, Reading
from qianyun.verify.nft_vectors import WORD, Vector, settled, slice_of, value_of
from qianyun.verify.nft_writes import choice_of
from qianyun.verify.translated_ends import Ends, Side, asked, whole_block
from qianyun.words import _

RANDOM, NETMAP = 4 | 16, 64
PORT_BITS = PROTOCOL.top.bit_length() * 2
WIDTHS = {4: DST4.top.bit_length(), 6: DST6.top.bit_length()}
VERSIONS = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}


def translate(reading: Reading, found: re.Match[str]) -> None:
    """The connection goes on with another address or port; the chains of type `nat` are done."""
    version = 4 if found["family"] == "ip" else 6
    side = Side.SOURCE if found["way"] == "snat" else Side.TARGET
    rows = _rows(reading, found, version)
    arms = [(condition, _ends(version, given, found["flags"])) for condition, given in _settled(rows)]
    reading.steps += reading.around.translator.steps(side, arms, asked(reading.steps))


def masquerade(reading: Reading, found: re.Match[str]) -> None:
    """The source becomes an address of the firewall."""
    reading.steps += reading.around.translator.steps(Side.SOURCE, _own(reading, found))


def redirect(reading: Reading, found: re.Match[str]) -> None:
    """The packet goes to the firewall itself."""
    reading.steps += reading.around.translator.turned(_own(reading, found))


def _own(reading: Reading, found: re.Match[str]) -> list[tuple[Condition, Ends]]:
    versions = (reading.context.version,) if reading.context.version else (4, 6)
    arms: list[tuple[Condition, Ends]] = []
    for condition, (_address, ports) in _settled(_rows(reading, found, 4)):
        flags = int(found["flags"] or "0", 16)
        random = bool(flags & RANDOM)
        arms += [(condition, Ends(version=each, ports=ports, own=True, random=random)) for each in versions]
    return arms


def _rows(reading: Reading, found: re.Match[str], version: int) -> list[Vector | None]:
    """First and last address, first and last port, as far as they are given."""
    held = found.groupdict()
    sizes = (WIDTHS[version], WIDTHS[version], PORT_BITS, PORT_BITS)
    names = [held.get(name) for name in ("first", "last", "pfirst", "plast")]
    return [
        slice_of(reading.row(name, -(-size // WORD)), 0, size) if name else None
        for name, size in zip(names, sizes, strict=True)
    ]


Given = tuple[Ranges | None, Ranges | None]


def _settled(rows: Sequence[Vector | None]) -> Iterator[tuple[Condition, Given]]:
    """Addresses and ports for every value that a map may have given."""
    choices = dict.fromkeys(source for row in rows if row and (source := choice_of(row)))
    if len(choices) > 1:
        raise NotUnderstoodError(_("a translation by two maps"))
    if not choices:
        yield ALWAYS, _given(rows)
    for source in choices:
        for number, packets in source.values:
            yield packets, _given([row and settled(row, source, number) for row in rows])


def _given(rows: Sequence[Vector | None]) -> Given:
    first, last, pfirst, plast = (None if row is None else _number(row) for row in rows)
    return _span(first, last), _span(pfirst, plast)


def _number(row: Vector) -> int:
    value = value_of(row)
    if value is None:
        raise NotUnderstoodError(_("a translation to what the packet itself says"))
    return value


def _span(first: int | None, last: int | None) -> tuple[Range, ...] | None:
    if first is None:
        return None
    return ((min(first, last or first), max(first, last or first)),)


def _ends(version: int, given: Given, flags: str | None) -> Ends:
    addresses, ports = given
    number = int(flags or "0", 16)
    maps = bool(number & NETMAP) and addresses is not None
    block = whole_block(addresses) if maps and addresses else addresses
    return Ends(
        version=version,
        addresses=block,
        ports=ports,
        maps=maps and block == addresses,
        random=bool(number & RANDOM),
    )
