import contextlib
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from collectors.ber import (
    COUNTER64,
    INTEGER,
    OBJECT,
    SEQUENCE,
    MalformedError,
    Oid,
    Varbind,
    decode_integer,
    decode_oid,
    encode_integer,
    encode_oid,
    expect,
    open_frame,
    read_varbinds,
    write_varbinds,
)

ARC = st.integers(0, (1 << 32) - 1)
OIDS = st.tuples(st.integers(0, 2), st.integers(0, 39), st.lists(ARC, max_size=20)).map(lambda t: (t[0], t[1], *t[2]))


@given(OIDS)
def test_a_name_survives_its_encoding(oid: Oid) -> None:
    assert decode_oid(encode_oid(oid)) == oid


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_number_survives_its_encoding(value: int) -> None:
    encoded = encode_integer(value)
    _tag, begin, end = open_frame(encoded, 0, len(encoded))

    assert decode_integer(encoded[begin:end]) == value


def test_a_counter_is_never_negative_even_where_the_agent_drops_the_leading_zero() -> None:
    assert decode_integer(b"\xff\xff\xff\xff", COUNTER64) == (1 << 32) - 1
    assert decode_integer(b"\xff\xff\xff\xff", INTEGER) == -1


@given(st.lists(st.tuples(OIDS, st.integers(0, 255), st.binary(max_size=300)), max_size=8))
def test_varbinds_survive_their_encoding(rows: list[tuple[Oid, int, bytes]]) -> None:
    varbinds = [Varbind(encode_oid(oid), tag, value) for oid, tag, value in rows]
    encoded = write_varbinds(varbinds)

    assert read_varbinds(encoded, *expect(encoded, 0, len(encoded), SEQUENCE)) == varbinds


@given(st.binary(max_size=200))
def test_bytes_that_are_no_snmp_are_refused_and_nothing_else_happens(octets: bytes) -> None:
    with contextlib.suppress(MalformedError):
        read_varbinds(octets, 0, len(octets))
    with contextlib.suppress(MalformedError):
        decode_oid(octets)
    with contextlib.suppress(MalformedError):
        decode_integer(octets)


@given(st.lists(st.tuples(OIDS, st.integers(0, 255), st.binary(max_size=200)), max_size=4), st.data())
def test_the_short_way_and_the_long_way_through_varbinds_refuse_the_same(
    rows: list[tuple[Oid, int, bytes]], data: st.DataObject
) -> None:
    octets = bytearray(write_varbinds([Varbind(encode_oid(oid), tag, value) for oid, tag, value in rows]))
    for _change in range(data.draw(st.integers(0, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])

    assert outcome_of(read_varbinds, cut) == outcome_of(read_slowly, cut)


def outcome_of(read: Callable[[bytes, int, int], list[Varbind]], octets: bytes) -> list[Varbind] | None:
    try:
        return read(octets, 2, len(octets))
    except MalformedError:
        return None


def read_slowly(octets: bytes, begin: int, end: int) -> list[Varbind]:
    found = []
    while begin < end:
        at, stop = expect(octets, begin, end, SEQUENCE)
        name, name_end = expect(octets, at, stop, OBJECT)
        tag, value, value_end = open_frame(octets, name_end, stop)
        found.append(Varbind(octets[name:name_end], tag, octets[value:value_end]))
        begin = stop
    return found
