"""Expressions that load, compare and look up: what a rule asks of a packet.

Source: Linux `nft_payload.c`, `nft_meta.c`, `nft_cmp.c`, `nft_range.c`, `nft_bitwise.c`, `nft_lookup.c`.
"""

import re
from collections.abc import Sequence

from qianyun.verify.chains import Decide, decide
from qianyun.verify.conditions import ALWAYS, Condition, any_of, cannot_tell, is_, negated
from qianyun.verify.fib import answer, question_of
from qianyun.verify.fields import dice
from qianyun.verify.nft_listing import Collection
from qianyun.verify.nft_members import Hit, hits, key_words
from qianyun.verify.nft_registers import NotUnderstoodError, Reading, host_number, word_of
from qianyun.verify.nft_vectors import (
    WORD,
    Vector,
    anded,
    axis,
    cases,
    constant,
    flipped,
    joined,
    memory,
    slice_of,
    swapped,
    unless,
    whole,
    width_of,
)
from qianyun.verify.nft_writes import MAP
from qianyun.words import _

NAME_BYTES = 16
MOST_SIDES = 256


def say_verdict(reading: Reading, found: re.Match[str]) -> None:
    """A verdict."""
    reading.steps.append(decide(reading.verdict(found["data"].split())))


def immediate(reading: Reading, found: re.Match[str]) -> None:
    """A constant."""
    words = found["data"].split()
    reading.put(found["reg"], constant(memory(words), WORD * len(words)))


def payload(reading: Reading, found: re.Match[str]) -> None:
    """Bytes of the packet."""
    length = int(found["length"])
    loaded = reading.around.loads.payload(found["base"], int(found["offset"]), length, reading.context)
    reading.put_loaded(found["reg"], loaded)


def meta(reading: Reading, found: re.Match[str]) -> None:
    """Meta data."""
    reading.put_loaded(found["reg"], reading.around.loads.meta(found["key"], reading.context))


def ct(reading: Reading, found: re.Match[str]) -> None:
    """What connection tracking says."""
    reading.put_loaded(found["reg"], reading.around.loads.ct(found["key"], found["dir"] or "", reading.context))


def extension(reading: Reading, found: re.Match[str]) -> None:
    """An extension header or an option."""
    loaded = reading.around.loads.extension(
        found["kind"] or "",
        int(found["length"]),
        int(found["header"]),
        int(found["offset"]),
        asks=bool(found["present"]),
    )
    reading.put_loaded(found["reg"], loaded)


def value(reading: Reading, found: re.Match[str]) -> None:
    """A value that we know nothing of, different at every look."""
    what = f"{reading.context.place}: {found['what'].strip()}"
    row = whole(reading.around.loads.unknown(what, WORD))
    reading.match(cannot_tell(f"{what} can be read"))
    reading.put(found["reg"], row)


def fib(reading: Reading, found: re.Match[str]) -> None:
    """What the routes say of an address."""
    question = question_of(found["words"], found["result"])
    if question is None:
        raise NotUnderstoodError(_("{word!r} is not modelled").format(word=found["words"]))
    asked = answer(question, reading.context.place)
    loads = reading.around.loads
    if found["result"] == "oifname":
        reading.put(found["reg"], whole(axis(asked)), is_name=True)
    elif found["present"]:
        missing = is_(asked, 0)
        there = cases(f"{asked.name} present", WORD, [(0, missing), (1, negated(missing))])
        reading.put(found["reg"], host_number(whole(there)))
    elif found["result"] == "oif":
        reading.put(found["reg"], host_number(whole(loads.index(asked))))
    else:
        kinds = cases(asked.name, WORD, [(number, is_(asked, number)) for number in range(asked.top + 1)])
        reading.put(found["reg"], host_number(whole(kinds)))


def roll(reading: Reading, found: re.Match[str]) -> None:
    """A number that is drawn, or made of bytes in a way that nobody would follow."""
    sides, first = int(found["sides"]), int(found["first"] or 0)
    if not 0 < sides <= MOST_SIDES:
        value(reading, found)
        return
    what = f"{reading.context.place}: {found['what']}"
    drawn = dice(what, sides)
    numbers = cases(what, WORD, ((first + side, is_(drawn, side)) for side in range(sides)))
    reading.put(found["reg"], host_number(whole(numbers)))


def compare(reading: Reading, found: re.Match[str]) -> None:
    """A comparison with one number."""
    words = found["data"].split()
    number, operator = memory(words), found["op"]
    row = reading.row(found["reg"], len(words))
    if reading.cell(word_of(found["reg"])).is_name:
        row, number = _name(reading, row, number, len(words))
    top = (1 << width_of(row)) - 1
    spans = {
        "eq": (number, number),
        "neq": (number, number),
        "lt": (0, number - 1),
        "lte": (0, number),
        "gt": (number + 1, top),
        "gte": (number, top),
    }
    reading.match(unless(reading.around.comparing.between(row, *spans[operator]), turned=operator == "neq"))


def _name(reading: Reading, row: Vector, number: int, words: int) -> tuple[Vector, int]:
    """An interface's name may be compared by its beginning; nft does not print how long that is."""
    data = number.to_bytes(words * 4, "big")
    stem = data.rstrip(b"\0")
    whole_name = words * 4 == NAME_BYTES
    if whole_name and len(stem) > NAME_BYTES - 4 and len(stem) < NAME_BYTES - 1:
        name = stem.decode("latin-1")
        whole_name = f'"{name}*"' not in reading.text
        if not whole_name and f'"{name}"' in reading.text:
            raise NotUnderstoodError(_("a name that may be whole or a beginning"))
    if whole_name:
        return row, number
    return slice_of(row, 0, len(stem) * 8), int.from_bytes(stem, "big")


def compare_range(reading: Reading, found: re.Match[str]) -> None:
    """A comparison with a range."""
    words = found["data"].split()
    half = len(words) // 2
    row = reading.row(found["reg"], half)
    inside = reading.around.comparing.between(row, memory(words[:half]), memory(words[half:]))
    reading.match(unless(inside, turned=found["op"] == "neq"))


def mask(reading: Reading, found: re.Match[str]) -> None:
    """Bits kept and turned."""
    mask, bits = found["mask"].split(), found["bits"].split()
    row = reading.row(found["from"], len(mask))
    reading.put(found["reg"], flipped(anded(row, memory(mask)), memory(bits)))


def shift(reading: Reading, found: re.Match[str]) -> None:
    """Words are shifted as numbers of the host."""
    by = int(found["by"], 16)
    row = swapped(reading.row(found["from"], 1), 4, 4)
    if found["way"] == "<<":
        moved = joined([*slice_of(row, by, WORD - by), *constant(0, by)])
    else:
        moved = joined([*constant(0, by), *slice_of(row, 0, WORD - by)])
    reading.put(found["reg"], swapped(moved, 4, 4))


def byteorder(reading: Reading, found: re.Match[str]) -> None:
    """Bytes put in the other order."""
    size, length = int(found["size"]), int(found["length"])
    row = reading.row(found["from"], -(-length * 8 // WORD))
    reading.put(found["reg"], swapped(row, size, length))


def lookup(reading: Reading, found: re.Match[str]) -> None:
    """A key that is not found ends the rule; turned round, one that is."""
    name, turned = found["set"], found["flags"] == "0x1"
    collection = reading.around.collection(name)
    if collection is None:
        raise NotUnderstoodError(_("the set {name} is not in the listing").format(name=name))
    hit = [] if reading.around.varies(name) else _hits(reading, found["reg"], collection)
    if found["dreg"] is None:
        inside = any_of(*(one.packets for one in hit))
        if reading.around.varies(name):
            inside = cannot_tell(f"{reading.context.place}: the set {name} holds it")
        reading.match(unless(inside, turned=turned))
    elif reading.around.varies(name):
        raise NotUnderstoodError(_("a map that the packet path changes"))
    elif found["dreg"] == "0":
        reading.steps.append(Decide(tuple((one.packets, reading.verdict(one.data)) for one in hit)))
    else:
        _choose(reading, found["dreg"], hit)


def _hits(reading: Reading, register: str, collection: Collection) -> list[Hit]:
    words = key_words(collection)
    parts = reading.key(register, words) if words else []
    return list(hits(collection, parts, reading.around.comparing))


def _choose(reading: Reading, register: str, hit: Sequence[Hit]) -> None:
    """A map to values: the register holds one of them."""
    if not all(re.fullmatch("[0-9a-f]{8}", word) for one in hit for word in one.data):
        raise NotUnderstoodError(_("a map to verdicts where values are wanted"))
    reading.match(any_of(*(one.packets for one in hit)))
    width = max((len(one.data) for one in hit), default=1) * WORD
    firsts, before = list[tuple[int, Condition]](), list[Condition]()
    for one in hit:
        unseen = one.packets if one.packets != ALWAYS else unless(any_of(*before), turned=True)
        firsts.append((memory(one.data), unseen))
        before.append(one.packets)
    reading.put(register, whole(cases(f"{reading.context.place}{MAP}", width, firsts)))
