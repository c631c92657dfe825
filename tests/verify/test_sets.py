"""Laws of packet sets, in worlds small enough to look at every packet, on both engines."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianyun.verify.acl import AccessList, Line
from qianyun.verify.bits import BitEngine
from qianyun.verify.boxes import boxes, count
from qianyun.verify.conditions import All, Condition, Image, In, Not, Some, allowed
from qianyun.verify.diagrams import Engine
from qianyun.verify.fields import DST4, DST6, VERSION, Field, merged
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.packets import witness
from qianyun.verify.space import NoRoomError, PacketSet, Space

X, Y, Z = Field(name="x", top=15), Field(name="y", top=15), Field(name="z", top=3)
TINY = (X, Y, Z)
ENGINES: tuple[Callable[[Sequence[int]], Engine], ...] = (BitEngine, IntervalEngine)


@st.composite
def ins(draw: st.DrawFn, fields: Sequence[Field] = TINY) -> Condition:
    field = draw(st.sampled_from(fields))
    ends = st.integers(0, field.top)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=3))
    return In(field, merged((min(pair), max(pair)) for pair in pairs))


def conditions(fields: Sequence[Field] = TINY, leaves: int = 8) -> st.SearchStrategy[Condition]:
    return st.recursive(
        ins(fields),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Some(tuple(parts))),
            inner.map(Not),
        ),
        max_leaves=leaves,
    )


def true_of(condition: Condition, values: dict[Field, int]) -> bool:
    """The meaning of a condition for one packet, straight from its definition."""
    match condition:
        case In(field, ranges):
            has = not field.version or (field.version == 6) == (values.get(VERSION, 0) == 1)
            return has and any(first <= values.get(field, 0) <= last for first, last in ranges)
        case Not(part):
            return not true_of(part, values)
        case All(parts):
            return all(true_of(part, values) for part in parts)
        case Some(parts):
            return any(true_of(part, values) for part in parts)


def points(fields: Sequence[Field] = TINY) -> Iterator[dict[Field, int]]:
    for values in product(*(range(field.top + 1) for field in fields)):
        yield dict(zip(fields, values, strict=True))


FOUR = (VERSION, DST4, DST6)
few = settings(max_examples=30, deadline=None)
engines = pytest.mark.parametrize("engine", ENGINES, ids=["bits", "intervals"])


def members(packets: PacketSet) -> set[tuple[int, ...]]:
    return {(v[X], v[Y], v[Z]) for v in points() if packets.holds(v)}


@engines
@few
@given(condition=conditions())
def test_a_set_holds_exactly_the_packets_its_condition_names(
    engine: Callable[[Sequence[int]], Engine], condition: Condition
) -> None:
    space = Space([condition], fields=TINY, engine=engine)

    packets = space.packets(condition)

    assert all(packets.holds(values) == true_of(condition, values) for values in points())


@engines
@given(codes=st.frozensets(st.integers(0, 20)))
def test_many_intervals_at_once_are_the_union_of_each(
    engine: Callable[[Sequence[int]], Engine], codes: frozenset[int]
) -> None:
    made = engine([21, 4])
    spans = merged((code, code) for code in codes)

    union = made.empty
    for span in spans:
        union = union | made.interval(0, *span)

    assert made.spans(0, spans) == union


@engines
@few
@given(a=conditions(), b=conditions())
def test_sets_obey_set_algebra(engine: Callable[[Sequence[int]], Engine], a: Condition, b: Condition) -> None:
    space = Space([a, b], fields=TINY, engine=engine)

    one, two = space.packets(a), space.packets(b)

    assert members(one | two) == members(one) | members(two)
    assert members(one & two) == members(one) & members(two)
    assert members(one - two) == members(one) - members(two)
    assert members(one ^ two) == members(one) ^ members(two)
    assert members(~one).isdisjoint(members(one))
    assert (one <= two) == (members(one) <= members(two))
    assert (one == two) == (members(one) == members(two))
    assert bool(one) == bool(members(one))


@engines
@few
@given(condition=conditions(), value=st.integers(0, 15))
def test_forgetting_a_field_and_setting_it_mean_what_they_say(
    engine: Callable[[Sequence[int]], Engine], condition: Condition, value: int
) -> None:
    space = Space([condition, In(Y, ((value, value),))], fields=TINY, engine=engine)
    packets = space.packets(condition)
    inside = members(packets)

    assert members(packets.forget(Y)) == {(x, y, z) for x, _, z in inside for y in range(16)}
    assert members(packets.always(Y)) == {
        (v[X], v[Y], v[Z]) for v in points() if all((v[X], y, v[Z]) in inside for y in range(16))
    }
    assert members(packets.before_setting(Y, value)) == {
        (v[X], v[Y], v[Z]) for v in points() if (v[X], value, v[Z]) in inside
    }


@few
@given(condition=conditions(leaves=12))
def test_both_engines_give_the_same_boxes_witness_and_count(condition: Condition) -> None:
    seen = []
    for engine in ENGINES:
        packets = Space([condition], fields=TINY, engine=engine).packets(condition)
        packet = witness(packets)
        seen.append((list(boxes(packets)), packet and dict(packet.values), count(packets, TINY)))

    assert seen[0] == seen[1]


@engines
@few
@given(condition=conditions())
def test_boxes_are_disjoint_and_make_up_the_set(
    engine: Callable[[Sequence[int]], Engine], condition: Condition
) -> None:
    packets = Space([condition], fields=TINY, engine=engine).packets(condition)
    parts = [All(tuple(In(field, ranges) for field, ranges in box.items())) for box in boxes(packets)]

    assert all(sum(true_of(part, values) for part in parts) == packets.holds(values) for values in points())


@engines
@few
@given(condition=conditions())
def test_a_witness_is_a_member_and_only_the_empty_set_has_none(
    engine: Callable[[Sequence[int]], Engine], condition: Condition
) -> None:
    packets = Space([condition], fields=TINY, engine=engine).packets(condition)

    packet = witness(packets)

    assert (packet is None) == (not members(packets))
    assert packet is None or packets.holds(dict(packet.values))


@engines
@few
@given(condition=conditions())
def test_counts_are_exact(engine: Callable[[Sequence[int]], Engine], condition: Condition) -> None:
    packets = Space([condition], fields=TINY, engine=engine).packets(condition)

    assert count(packets, TINY) == len(members(packets))
    assert count(packets, (X, Y)) == len({(x, y) for x, y, _ in members(packets)})


@engines
@few
@given(condition=conditions(FOUR[1:]), address=st.integers(0, 40))
def test_an_address_is_matched_only_in_packets_of_its_version(
    engine: Callable[[Sequence[int]], Engine], condition: Condition, address: int
) -> None:
    packets = Space([condition], fields=FOUR, engine=engine).packets(condition)

    for version in range(2):
        values = {VERSION: version, DST4: address, DST6: address}
        assert packets.holds(values) == true_of(condition, values)


@engines
@few
@given(first=conditions(), later=st.lists(conditions(leaves=3), max_size=4))
def test_refining_a_space_changes_no_set_already_made(
    engine: Callable[[Sequence[int]], Engine], first: Condition, later: list[Condition]
) -> None:
    space = Space([first], fields=TINY, engine=engine, spare_bits=16)
    before = space.packets(first)

    space.refine(later)

    assert all(before.holds(values) == true_of(first, values) for values in points())
    for condition in later:
        packets = space.packets(condition)
        assert all(packets.holds(values) == true_of(condition, values) for values in points())
    assert space.packets(first) == before


@st.composite
def images(draw: st.DrawFn) -> Image:
    """A block of a power of two that moves to another."""
    size = draw(st.sampled_from([1, 2, 4, 8]))
    source, target = (draw(st.integers(0, 16 // size - 1)) * size for _end in range(2))
    return Image(X, ((target, target + size - 1),), source)


def goes(image: Image, x: int) -> int | None:
    """Where a value goes that moves; `None` for one outside the block."""
    first, last = image.ranges[0]
    at = x - image.source
    return first + at if 0 <= at <= last - first else None


@engines
@few
@given(condition=conditions(), moves=st.lists(images(), min_size=1, max_size=3), late=st.booleans())
def test_each_value_of_a_block_becomes_its_own(
    engine: Callable[[Sequence[int]], Engine],
    condition: Condition,
    moves: list[Image],
    late: bool,  # noqa: FBT001 - drawn
) -> None:
    space = Space([condition, *([] if late else moves)], fields=TINY, engine=engine, spare_bits=16)
    space.refine(moves)
    packets = space.packets(condition)

    for image in moves:
        before, after = packets.before_moving(image), packets.moved(image)
        ways = [(v, v | {X: there}) for v in points() if (there := goes(image, v[X])) is not None]
        assert members(before) == {(v[X], v[Y], v[Z]) for v, moved in ways if true_of(condition, moved)}
        assert members(after) == {(moved[X], v[Y], v[Z]) for v, moved in ways if true_of(condition, v)}


@few
@given(condition=conditions())
def test_what_a_condition_allows_holds_every_value_that_fulfils_it(condition: Condition) -> None:
    held = allowed(condition, X)

    assert all(any(a <= v[X] <= b for a, b in held) for v in points() if true_of(condition, v))


def test_a_space_without_spare_codes_says_that_it_has_no_room() -> None:
    space = Space([In(X, ((3, 9),))], fields=TINY, spare_bits=0)

    with pytest.raises(NoRoomError):
        space.refine([In(X, ((4, 4),))])


lines = st.builds(Line, permits=st.booleans(), condition=conditions(leaves=3))


def first_match(acl: Sequence[Line], values: dict[Field, int]) -> bool:
    return next((line.permits for line in acl if true_of(line.condition, values)), False)


@engines
@few
@given(acl=st.lists(lines, max_size=9))
def test_the_first_line_that_matches_decides(engine: Callable[[Sequence[int]], Engine], acl: list[Line]) -> None:
    space = Space((line.condition for line in acl), fields=TINY, engine=engine)

    permitted = AccessList(space, acl).permitted

    assert all(permitted.holds(values) == first_match(acl, values) for values in points())


@engines
@few
@given(data=st.data(), acl=st.lists(lines, max_size=7))
def test_an_edited_list_equals_one_made_afresh(
    engine: Callable[[Sequence[int]], Engine], data: st.DataObject, acl: list[Line]
) -> None:
    space = Space((line.condition for line in acl), fields=TINY, engine=engine, spare_bits=16)
    edited = AccessList(space, acl)

    for _step in range(data.draw(st.integers(1, 5))):
        kinds = ["insert"] + (["replace", "remove"] if edited.lines else [])
        kind = data.draw(st.sampled_from(kinds))
        at = data.draw(st.integers(0, len(edited.lines) - (kind != "insert")))
        if kind == "insert":
            edited.insert(at, data.draw(lines))
        elif kind == "replace":
            edited.replace(at, data.draw(lines))
        else:
            edited.remove(at)

    assert all(edited.permitted.holds(values) == first_match(edited.lines, values) for values in points())
    assert edited.permitted == AccessList(space, edited.lines).permitted


@few
@given(acl=st.lists(lines, max_size=7))
def test_a_line_keeps_what_the_lines_before_leave_it(acl: list[Line]) -> None:
    space = Space((line.condition for line in acl), fields=TINY)

    left = [packets for _, packets in AccessList(space, acl).remainders()]

    for values in points():
        first = next((at for at, line in enumerate(acl) if true_of(line.condition, values)), None)
        assert [at for at, packets in enumerate(left) if packets.holds(values)] == ([] if first is None else [first])


@few
@given(acl=st.lists(lines, max_size=7))
def test_freeing_nodes_on_the_way_changes_no_remainder(acl: list[Line]) -> None:
    space = Space([line.condition for line in acl], fields=TINY)
    whole = dict(AccessList(space, acl).remainders())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qianyun.verify.acl.MOST_UNUSED", -1)
        patched.setattr("qianyun.verify.acl.BLOCK", 1)
        freed = dict(AccessList(space, acl).remainders())

    assert freed == whole
