"""Membership: for which packets a key in registers is found in a set or map of the kernel.

Three kinds of sets are told apart as the kernel tells them: exact ones, intervals (elements that
begin and end them, in order), and ranges of concatenations.

Source: Linux `nft_set_hash.c`, `nft_set_rbtree.c`, `nft_set_pipapo.c`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qianyun.verify.conditions import Condition, all_of, any_of
from qianyun.verify.fields import Range
from qianyun.verify.nft_listing import CATCH_ALL, INTERVAL_END, Collection, Member
from qianyun.verify.nft_vectors import WORD, Comparing, Vector, memory, width_of
from qianyun.words import _


class BadSetError(Exception):
    """A set holds what no kernel would."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Packets whose key is found, and what a map gives for it."""

    packets: Condition
    data: tuple[str, ...]


def is_interval(collection: Collection) -> bool:
    """Whether elements begin and end intervals."""
    return "interval" in collection.flags or any(
        member.is_open or member.flags & INTERVAL_END for member in collection.members
    )


def key_words(collection: Collection) -> int:
    """How many words a key has; 0 when no element shows it."""
    return next((len(member.key) for member in collection.members if member.key), 0)


def hits(collection: Collection, parts: Sequence[Vector], comparing: Comparing) -> Iterator[Hit]:
    """The packets of each data, the first one found first; what the catch-all takes comes last.

    Args:
        collection: The set.
        parts: The key, one row for each part of a concatenation.
        comparing: How rows are compared.
    """
    together: dict[tuple[str, ...], list[tuple[Range, ...]]] = {}
    for ranges, data in _boxes(collection, [width_of(part) for part in parts]):
        together.setdefault(data, []).append(ranges)
    for data, found in together.items():
        if len(parts) == 1:
            yield Hit(comparing.within(parts[0], (ranges[0] for ranges in found)), data)
        else:
            yield Hit(any_of(*(_in_box(parts, ranges, comparing) for ranges in found)), data)
    for member in collection.members:
        if member.flags & CATCH_ALL:
            yield Hit(all_of(), member.data)


def _in_box(parts: Sequence[Vector], ranges: tuple[Range, ...], comparing: Comparing) -> Condition:
    return all_of(*(comparing.between(part, *span) for part, span in zip(parts, ranges, strict=True)))


def _boxes(collection: Collection, widths: Sequence[int]) -> Iterator[tuple[tuple[Range, ...], tuple[str, ...]]]:
    members = [member for member in collection.members if not member.flags & CATCH_ALL]
    if not members:
        return
    if not widths or any(len(member.key) * WORD != sum(widths) for member in members):
        raise BadSetError(
            _("a key of {count} words is looked up in a set of other keys").format(count=sum(widths) // WORD)
        )
    if len(widths) > 1 or any(member.last for member in members) or not is_interval(collection):
        for member in members:
            if member.last and len(member.last) != len(member.key):
                raise BadSetError(_("a range ends in a key of another length"))
            yield tuple(_spans(member.key, member.last or member.key, widths)), member.data
    else:
        yield from ((((first, last),), data) for first, last, data in _intervals(members, widths[0]))


def _spans(first: Sequence[str], last: Sequence[str], widths: Sequence[int]) -> Iterator[Range]:
    at = 0
    for width in widths:
        end = at + width // WORD
        yield memory(first[at:end]), memory(last[at:end])
        at = end


def _intervals(members: Sequence[Member], width: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """What begins at an element lasts to the one before the next."""
    ordered = sorted(members, key=lambda member: (memory(member.key), not member.flags & INTERVAL_END))
    ends = [memory(member.key) - 1 for member in ordered[1:]] + [(1 << width) - 1]
    for member, last in zip(ordered, ends, strict=True):
        first = memory(member.key)
        if not member.flags & INTERVAL_END and first <= last:
            yield first, last, member.data
