"""Ends of a connection that rules translate: what each becomes, and what is known of the packets that come.

Where a whole block of addresses becomes another of its size (`dnat prefix`, NETMAP), each address keeps its lower
bits: it is told one by one, as long as the rule says from which blocks packets come.

Source: Linux `nft_nat.c` (`nft_nat_setup_netmap`), `xt_NETMAP.c`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from qianyun.verify.chains import Assign, Blur, Choose, Match, Step
from qianyun.verify.conditions import Condition, In, all_of
from qianyun.verify.fields import DPORT, DST4, DST6, SPORT, SRC4, SRC6, Field, Ranges

MOST_BLOCKS = 256
"""Blocks that are moved one by one; where more may come, their addresses become any of the target's."""


class Side(StrEnum):
    """Which end of a connection is translated."""

    SOURCE = "source"
    TARGET = "target"


ADDRESSES = {
    Side.SOURCE: {4: SRC4, 6: SRC6},
    Side.TARGET: {4: DST4, 6: DST6},
}
PORTS = {Side.SOURCE: SPORT, Side.TARGET: DPORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What one end of a connection becomes.

    Attributes:
        addresses: One of these; `None` leaves it as it is.
        ports: One of these, in protocols with ports; `None` leaves it, or moves it where it must.
        own: The address is one of the firewall itself, whatever that is.
        maps: Each address becomes its own of these, which are one aligned block: the lower bits stay.
        random: The port is drawn, even if the packet's own would do.
    """

    version: int
    addresses: Ranges | None = None
    ports: Ranges | None = None
    own: bool = False
    maps: bool = False
    random: bool = False

    def moves(self, of: Field, came: Ranges) -> Iterator[tuple[In, int]]:
        """Aligned blocks that addresses come from, each with its first address; none where they are too many."""
        [(first, last)] = self.addresses or ((0, of.top),)
        size = last - first + 1
        spans = [(low // size, high // size) for low, high in came]
        if self.maps and sum(high - low + 1 for low, high in spans) <= MOST_BLOCKS:
            for number in dict.fromkeys(each for low, high in spans for each in range(low, high + 1)):
                start = number * size
                yield In(of, ((start, start + size - 1),)), start


def whole_block(addresses: Ranges) -> Ranges:
    """The smallest aligned block that holds one range: what the kernel may make of addresses whose lower bits stay."""
    [(first, last)] = addresses
    rest = (1 << (first ^ last).bit_length()) - 1
    return ((first & ~rest, first | rest),)


def asked(steps: Iterable[Step]) -> Condition:
    """What earlier steps of a rule say of the packets that come so far."""
    held: list[Condition] = []
    for step in steps:
        if isinstance(step, Match):
            held.append(step.condition)
        elif any(of.version for of in _changed(step)):
            held.clear()
    return all_of(*held)


def _changed(step: Step) -> Iterator[Field]:
    """The fields that a step may change."""
    if isinstance(step, Assign | Blur):
        yield step.field
    elif isinstance(step, Choose):
        yield from (write.field for _condition, writes in step.arms for write in writes)
