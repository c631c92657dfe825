"""Free space between prefixes that are given out: the first that fits, or the next thousand.

One pass over the sorted blocks, in whole numbers; nothing is searched twice.
"""

from collections.abc import Iterable, Iterator

from qianyun.policy.intervals import Interval, merged


def free_blocks(parent: Interval, taken: Iterable[Interval], size: int) -> Iterator[int]:
    """First numbers of aligned blocks of `size` that touch nothing taken, lowest first.

    Args:
        parent: First and last number of the whole space.
        taken: Blocks given out, in any order; they may overlap and lie outside.
        size: A power of two.
    """
    first, beyond = _aligned(parent[0], size), parent[1] + 1
    for taken_first, taken_last in (*merged(taken), (beyond, beyond)):
        yield from range(first, min(taken_first, beyond) - size + 1, size)
        first = max(first, _aligned(taken_last + 1, size))


def _aligned(number: int, size: int) -> int:
    """The first multiple of `size` that is not below."""
    return -(-number // size) * size
