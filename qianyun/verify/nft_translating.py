"""Expressions that translate addresses and ports.

Source: Linux `nft_nat.c`, `nft_masq.c`, `nft_redir.c`, `nf_nat_core.c`.
"""

import re

from qianyun.verify.chains import ACCEPT, DROP, Decide, decide
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, cannot_tell
from qianyun.verify.fields import DPORT, DST4, DST6, SPORT, SRC4, SRC6, Field
from qianyun.verify.nft_registers import Reading
from qianyun.verify.nft_vectors import WORD, Vector, slice_of
from qianyun.verify.nft_writes import write


def translate(reading: Reading, found: re.Match[str]) -> None:
    """The packet goes on with another address or port; the chains of the hook are done."""
    version = 4 if found["family"] == "ip" else 6
    reading.match(IS_V4 if version == 4 else IS_V6)  # noqa: PLR2004 - IP version
    source = found["way"] == "snat"
    address = {(True, 4): SRC4, (True, 6): SRC6, (False, 4): DST4, (False, 6): DST6}[source, version]
    ports = SPORT if source else DPORT
    ends = ((address, found["first"], found["last"]), (ports, found["pfirst"], found["plast"]))
    writes = [(of, first, last or first) for of, first, last in ends if first]
    rows = [(of, _field_row(reading, of, first), _field_row(reading, of, last)) for of, first, last in writes]
    if all(first == last for _of, first, last in rows):
        write(reading, *((of, first) for of, first, _last in rows))
    else:
        for of, _first, _last in rows:
            reading.blur(of)
    reading.steps.append(decide(ACCEPT))


def _field_row(reading: Reading, of: Field, register: str) -> Vector:
    width = of.top.bit_length()
    return slice_of(reading.row(register, -(-width // WORD)), 0, width)


def masquerade(reading: Reading, _found: re.Match[str]) -> None:
    """The source becomes an address of the firewall."""
    for of in (SRC4, SRC6, SPORT):
        reading.blur(of)
    reading.steps.append(decide(ACCEPT))


def redirect(reading: Reading, _found: re.Match[str]) -> None:
    """The packet goes to the firewall itreading."""
    reading.unread.append("redirected to the firewall itself")
    for of in (DST4, DST6, DPORT):
        reading.blur(of)
    reading.steps.append(Decide(((cannot_tell(f"{reading.context.place}: stays"), DROP), (ALWAYS, ACCEPT))))
