"""The old IPv4 space of departments: who uses what, where two use the same, and what to do.

Departments chose their private addresses alone, so the same ones occur many times, and they meet
once the networks merge into the extranet. Of each set of blocks that overlap one stays as it is:
the one with the most hosts. Every other is renumbered into free space, or, where its hosts
cannot be touched, translated one to one at its border.

Source: RFC 1918 section 4 (renumbering after a merger), RFC 3022 section 2.1 (basic NAT).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network

from qianyun.policy.free_space import free_blocks
from qianyun.policy.intervals import Interval


class Mend(StrEnum):
    """What is done with a block that overlaps another's."""

    RENUMBER = "renumber"
    TRANSLATE = "translate"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyBlock:
    """A block of old IPv4 addresses that a department uses.

    Attributes:
        host_count: Hosts with an address in it; the more, the dearer to renumber.
        is_fixed: Its addresses cannot be changed (controllers, sealed systems).
    """

    prefix: IPv4Network
    department: str
    use: str = ""
    host_count: int = 0
    is_fixed: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacySpace:
    """All old blocks, and where their successors come from.

    Attributes:
        renumber_into: Space for new addresses.
        translate_into: Space for addresses under which fixed blocks are seen.
    """

    blocks: tuple[LegacyBlock, ...] = ()
    renumber_into: tuple[IPv4Network, ...] = ()
    translate_into: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to do with a block that overlaps others.

    Attributes:
        into: As large as the block; `None` where the space declared for it is used up.
        others: The blocks it overlaps, in the order of the declaration.
    """

    block: LegacyBlock
    mend: Mend
    into: IPv4Network | None
    others: tuple[LegacyBlock, ...]


def interval(prefix: IPv4Network) -> Interval:
    """First and last address as numbers."""
    return int(prefix.network_address), int(prefix.broadcast_address)


def overlaps(blocks: Iterable[LegacyBlock]) -> dict[LegacyBlock, tuple[LegacyBlock, ...]]:
    """Blocks of different departments that share addresses, each with all those it meets."""
    ordered = sorted(blocks, key=lambda block: (interval(block.prefix), block.source))
    found: dict[LegacyBlock, list[LegacyBlock]] = {}
    open_blocks: list[LegacyBlock] = []
    for block in ordered:
        first = interval(block.prefix)[0]
        open_blocks = [each for each in open_blocks if interval(each.prefix)[1] >= first]
        for other in open_blocks:
            if other.department != block.department:
                found.setdefault(other, []).append(block)
                found.setdefault(block, []).append(other)
        open_blocks.append(block)
    return {block: tuple(found[block]) for block in ordered if block in found}


def proposals(space: LegacySpace) -> tuple[Proposal, ...]:
    """What to do with every block that cannot stay, in the order of the declaration."""
    met = overlaps(space.blocks)
    staying = set(_staying(met))
    moving = [block for block in space.blocks if block in met and block not in staying]
    taken = [interval(block.prefix) for block in space.blocks if block not in moving]
    into = {block: _into(block, space, taken) for block in sorted(moving, key=lambda b: b.prefix.prefixlen)}
    return tuple(
        Proposal(
            block=block,
            mend=Mend.TRANSLATE if block.is_fixed else Mend.RENUMBER,
            into=into[block],
            others=met[block],
        )
        for block in moving
    )


def _staying(met: dict[LegacyBlock, tuple[LegacyBlock, ...]]) -> Iterator[LegacyBlock]:
    """The dearest blocks first; whoever meets one that stays has to move."""
    gone: set[LegacyBlock] = set()
    for block in sorted(met, key=lambda b: (-b.host_count, b.prefix, b.department)):
        if block not in gone:
            yield block
            gone.update(met[block])


def _into(block: LegacyBlock, space: LegacySpace, taken: list[Interval]) -> IPv4Network | None:
    """The first free block of the same size; it is taken from now on."""
    size = block.prefix.num_addresses
    for pool in space.translate_into if block.is_fixed else space.renumber_into:
        first = next(free_blocks(interval(pool), taken, size), None)
        if first is not None:
            taken.append((first, first + size - 1))
            return IPv4Network((first, block.prefix.prefixlen))
    return None
