"""Expressions that write: marks, state, bytes of the packet, from what registers hold.

Source: Linux `nft_meta.c`, `nft_ct.c`, `nft_payload.c` (the `set` halves).
"""

import re
from collections.abc import Sequence

from qianyun.verify.chains import Assign, Choose, Write
from qianyun.verify.fields import CT_MARK, MARK, STATE, Field
from qianyun.verify.nft_registers import NotUnderstoodError, Reading, host_number
from qianyun.verify.nft_vectors import WORD, Part, Source, Vector, settled, slice_of, value_of
from qianyun.words import _

MAP = " map"
"""How the name of what a map gives ends."""
NO_EFFECT_META = ("priority", "nftrace", "pkttype", "secmark", "broute")
NO_EFFECT_CT = ("label", "helper", "secmark", "event")


def write(reading: Reading, *writes: tuple[Field, Vector]) -> None:
    """Fields get what registers hold."""
    choices = dict.fromkeys(source for _of, row in writes if (source := choice_of(row)))
    if len(choices) == 1:
        reading.steps.append(_chosen(next(iter(choices)), writes))
    for of, row in writes:
        if not choices:
            _write_one(reading, of, row)
        reading.forget(of)


def _write_one(reading: Reading, of: Field, row: Vector) -> None:
    value = value_of(row)
    if value is not None:
        reading.steps.append(Assign(of, value))
    elif not (len(row) == 1 and row[0].source and row[0].source.field is of and not row[0].flip):
        reading.blur(of)


def set_meta(reading: Reading, found: re.Match[str]) -> None:
    """Meta data change."""
    if found["key"] == "mark":
        write(reading, (MARK, host_number(reading.row(found["reg"], 1))))
    elif found["key"] not in NO_EFFECT_META:
        raise NotUnderstoodError(_("{field} is written").format(field=f"meta {found['key']}"))


def set_ct(reading: Reading, found: re.Match[str]) -> None:
    """The connection's own data change."""
    if found["key"] == "mark":
        write(reading, (CT_MARK, host_number(reading.row(found["reg"], 1))))
    elif found["key"] == "zone":
        _doubt_field(reading, STATE)
    elif found["key"] not in NO_EFFECT_CT:
        raise NotUnderstoodError(_("{field} is written").format(field=f"ct {found['key']}"))


def _doubt_field(reading: Reading, of: Field) -> None:
    reading.unread.append(_("{field} is not known from here on").format(field=of.name))
    reading.blur(of)
    reading.forget(of)


def write_payload(reading: Reading, found: re.Match[str]) -> None:
    """Bytes of the packet change."""
    length = int(found["length"])
    place = reading.around.loads.payload(found["base"], int(found["offset"]), length, reading.context)
    reading.match(place.guard)
    row = reading.row(found["reg"], -(-length * 8 // WORD))
    at = 0
    for part in place.vector:
        _write_part(reading, part, slice_of(row, at, part.width))
        at += part.width


def _write_part(reading: Reading, part: Part, row: Vector) -> None:
    if row == (part,) or part.source is None:
        return
    source = part.source
    if source.field is None:
        if source.shape.name.startswith(("ipv6 next header", "more", "fragment", "byte 13", "network")):
            raise NotUnderstoodError(_("{field} is written").format(field=source.shape.name))
        return
    if part.width == source.width:
        write(reading, (source.field, row))
    else:
        reading.blur(source.field)
        reading.forget(source.field)


def choice_of(row: Vector) -> Source | None:
    """The source of a value that a map chose, if that is what a register holds."""
    return next((part.source for part in row if part.source and part.source.shape.name.endswith(MAP)), None)


def _chosen(source: Source, writes: Sequence[tuple[Field, Vector]]) -> Choose:
    """What each value of a map writes."""
    return Choose(tuple((packets, _known(source, number, writes)) for number, packets in source.values))


def _known(source: Source, number: int, writes: Sequence[tuple[Field, Vector]]) -> tuple[Write, ...]:
    values = [(of, value_of(settled(row, source, number))) for of, row in writes]
    known = tuple(Write(of, ((value, value),)) for of, value in values if value is not None)
    if len(known) < len(values):
        raise NotUnderstoodError(_("a value made of two that are not known"))
    return known
