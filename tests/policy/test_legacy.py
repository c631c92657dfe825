from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from qianyun.policy.free_space import free_blocks
from qianyun.policy.legacy import LegacyBlock, LegacySpace, Mend, overlaps, proposals

POOL = IPv4Network("10.64.0.0/12")


@st.composite
def blocks(draw: st.DrawFn) -> tuple[LegacyBlock, ...]:
    length = st.integers(18, 24)
    return tuple(
        LegacyBlock(
            prefix=IPv4Network(
                (
                    int(IPv4Network("10.0.0.0/16").network_address)
                    + (draw(st.integers(0, 255)) << 8 >> 32 - n << 32 - n),
                    n,
                )
            ),
            department=draw(st.sampled_from(["a", "b", "c"])),
            host_count=draw(st.integers(0, 9)),
            is_fixed=draw(st.booleans()),
            source=f"addresses.yml:{number}",
        )
        for number, n in enumerate(draw(st.lists(length, max_size=8)))
    )


def after(space: LegacySpace) -> list[tuple[str, IPv4Network]]:
    """Whose addresses are seen on the extranet once all proposals are carried out."""
    moved = {proposal.block: proposal.into for proposal in proposals(space)}
    return [(block.department, moved.get(block) or block.prefix) for block in space.blocks]


@given(blocks())
def test_no_two_departments_share_addresses_once_all_is_done(chosen: tuple[LegacyBlock, ...]) -> None:
    space = LegacySpace(blocks=chosen, renumber_into=(POOL,), translate_into=(IPv4Network("10.128.0.0/12"),))

    seen = after(space)

    assert [(a, b) for (a, one), (b, other) in combinations(seen, 2) if a != b and one.overlaps(other)] == []


@given(blocks())
def test_a_block_that_meets_nobody_stays(chosen: tuple[LegacyBlock, ...]) -> None:
    space = LegacySpace(blocks=chosen, renumber_into=(POOL,), translate_into=(POOL,))

    assert {proposal.block for proposal in proposals(space)} <= set(overlaps(chosen))


@given(blocks())
def test_fixed_blocks_are_translated_and_others_renumbered(chosen: tuple[LegacyBlock, ...]) -> None:
    space = LegacySpace(blocks=chosen, renumber_into=(POOL,), translate_into=(POOL,))

    assert all((proposal.mend is Mend.TRANSLATE) == proposal.block.is_fixed for proposal in proposals(space))


def test_the_block_with_the_most_hosts_stays() -> None:
    small = LegacyBlock(prefix=IPv4Network("10.1.0.0/24"), department="a", host_count=3)
    large = LegacyBlock(prefix=IPv4Network("10.1.0.0/16"), department="b", host_count=900)

    [proposal] = proposals(LegacySpace(blocks=(small, large), renumber_into=(POOL,)))

    assert (proposal.block, str(proposal.into)) == (small, "10.64.0.0/24")


def test_a_pool_that_is_used_up_is_told_by_none() -> None:
    one = LegacyBlock(prefix=IPv4Network("10.1.0.0/16"), department="a", host_count=3)
    other = LegacyBlock(prefix=IPv4Network("10.1.0.0/16"), department="b")

    [proposal] = proposals(LegacySpace(blocks=(one, other), renumber_into=(IPv4Network("10.64.0.0/24"),)))

    assert proposal.into is None


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 9)), max_size=6), st.sampled_from([1, 2, 4, 8]))
def test_free_blocks_are_all_aligned_blocks_that_touch_nothing(taken: list[tuple[int, int]], size: int) -> None:
    intervals = [(first, first + length) for first, length in taken]

    found = list(free_blocks((3, 60), intervals, size))

    assert found == [
        first
        for first in range(0, 64, size)
        if first >= 3
        and first + size - 1 <= 60
        and all(first + size - 1 < start or first > end for start, end in intervals)
    ]
