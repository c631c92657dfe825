"""Programs: one rule of nftables' bytecode, run over registers that hold bits of the packet.

Each expression is read exactly as the kernel runs it; one that we do not know ends the reading:
the rule may then do anything with the packets that come so far, and is listed as unread.

Source: Linux `nf_tables_core.c` (`nft_do_chain`) and the expressions in `nft_*.c`; how they are
printed, libnftnl `src/expr/*.c`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qianyun.verify.chains import (
    ACCEPT,
    CONTINUE,
    DROP,
    RETURN,
    Assign,
    Blur,
    Choose,
    Decide,
    Match,
    Step,
    Verb,
    Verdict,
    anything,
    decide,
)
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, Condition, any_of, cannot_tell, is_
from qianyun.verify.fields import (
    CT_MARK,
    DPORT,
    DST4,
    DST6,
    MARK,
    SPORT,
    SRC4,
    SRC6,
    STATE,
    Field,
    State,
)
from qianyun.verify.nft_listing import Collection
from qianyun.verify.nft_loads import IS_TCP, Context, Loaded, Loads, UnknownLoadError
from qianyun.verify.nft_members import BadSetError, Hit, hits, key_words
from qianyun.verify.nft_vectors import (
    WORD,
    Comparing,
    Part,
    Source,
    Vector,
    anded,
    cases,
    constant,
    flipped,
    joined,
    memory,
    rows_of,
    settled,
    slice_of,
    swapped,
    unless,
    value_of,
    whole,
    width_of,
)

VERDICTS = {"accept": ACCEPT, "drop": DROP, "return": RETURN, "continue": CONTINUE}
FIRST_WORD, WORDS_PER_REGISTER = 8, 4
NAME_BYTES = 16
MAP = " map"
"""How the name of what a map gives ends."""
NO_EFFECT = ("counter", "log", "last", "dup")
"""Expressions that change nothing about whether a packet passes."""
BOUNDED = ("limit", "quota", "connlimit")
"""Expressions that may end the rule for any packet: how much came before is not known."""
VALUES = ("fib", "rt", "socket", "osf", "xfrm", "tunnel", "numgen", "hash")
"""Expressions that load a value which nothing in the packet tells."""
NO_EFFECT_META = ("priority", "nftrace", "pkttype", "secmark", "broute")
NO_EFFECT_CT = ("label", "helper", "secmark", "event")
OBJECTS_BOUNDED = {"2": "quota", "4": "limit"}
OBJECTS_QUIET = ("1", "3", "7", "8", "9")
QUIET_TARGETS = (
    "LOG",
    "NFLOG",
    "TRACE",
    "AUDIT",
    "CLASSIFY",
    "TCPMSS",
    "CHECKSUM",
    "SECMARK",
    "CONNSECMARK",
    "RATEEST",
)


class NotUnderstoodError(Exception):
    """An expression that is not modelled."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One word of the registers.

    Attributes:
        starts: A value begins here; else it goes on from the word before.
    """

    row: Vector
    starts: bool = True
    is_name: bool = False


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """What a rule can refer to.

    Attributes:
        chain: Full name of a chain of the table.
        collection: A set of the table by its name.
        varies: Whether the packet path or time changes a set.
    """

    loads: Loads
    comparing: Comparing
    chain: Callable[[str], str]
    collection: Callable[[str], Collection | None]
    varies: Callable[[str], bool]


@dataclass(slots=True, kw_only=True)
class Reading:
    """One rule while it is read.

    Attributes:
        text: The rule as nft writes it, for what the bytecode does not tell.
        unread: Why parts of it are in doubt.
    """

    around: Surroundings
    context: Context
    text: str
    cells: dict[int, Cell] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def read(self, expressions: Sequence[str]) -> None:
        """Turn expressions into steps."""
        for expression in expressions:
            try:
                self._one(expression)
            except (NotUnderstoodError, UnknownLoadError, BadSetError) as error:
                self.unread.append(f"[ {expression} ]: {error}")
                self.steps.append(anything(f"{self.context.place} [ {expression} ]"))
                return

    def _one(self, expression: str) -> None:
        for pattern, run in _EXPRESSIONS.get(expression.split(" ", 1)[0], ()):
            found = pattern.fullmatch(expression)
            if found:
                run(self, found)
                return
        raise NotUnderstoodError("not modelled")

    def _match(self, condition: Condition) -> None:
        if condition == IS_TCP:
            self.context.is_tcp = True
        elif condition in (IS_V4, IS_V6):
            self.context.version = 4 if condition == IS_V4 else 6
        if condition != ALWAYS:
            self.steps.append(Match(condition))

    def _put(self, register: str, row: Vector, *, is_name: bool = False) -> None:
        at = _word(register)
        for number, word in enumerate(rows_of(row)):
            self.cells[at + number] = Cell(word, starts=number == 0, is_name=is_name and number == 0)

    def _put_loaded(self, register: str, loaded: Loaded) -> None:
        self._match(loaded.guard)
        self._put(register, loaded.vector, is_name=loaded.is_name)

    def _row(self, register: int | str, words: int) -> Vector:
        at = _word(register)
        return joined(part for number in range(words) for part in self._cell(at + number).row)

    def _cell(self, at: int) -> Cell:
        cell = self.cells.get(at)
        if cell is None:
            raise NotUnderstoodError("a register that nothing was loaded into")
        return cell

    def _key(self, register: str, words: int) -> list[Vector]:
        """The parts of a key: each begins where a load did."""
        at = _word(register)
        cells = [self._cell(at + number) for number in range(words)]
        starts = [number for number, cell in enumerate(cells) if cell.starts or number == 0]
        ends = [*starts[1:], len(cells)]
        return [
            joined(part for cell in cells[first:end] for part in cell.row)
            for first, end in zip(starts, ends, strict=True)
        ]

    def _forget(self, of: Field) -> None:
        """What was loaded from a field before it changed is no longer what the field says."""
        for at, cell in list(self.cells.items()):
            if any(part.source and (part.source.field is of or part.source.field is None) for part in cell.row):
                del self.cells[at]

    def _write(self, *writes: tuple[Field, Vector]) -> None:
        """Fields get what registers hold."""
        choices = dict.fromkeys(source for _of, row in writes if (source := _choice(row)))
        if len(choices) == 1:
            self.steps.append(_chosen(next(iter(choices)), writes))
        for of, row in writes:
            if not choices:
                self._write_one(of, row)
            self._forget(of)

    def _write_one(self, of: Field, row: Vector) -> None:
        value = value_of(row)
        if value is not None:
            self.steps.append(Assign(of, value))
        elif not (len(row) == 1 and row[0].source and row[0].source.field is of and not row[0].flip):
            self._blur(of)

    def _blur(self, of: Field) -> None:
        self.steps.append(Blur(of, cannot_tell(f"{self.context.place}: {of.name} is set")))

    def say_verdict(self, found: re.Match[str]) -> None:
        """A verdict."""
        self.steps.append(decide(self._verdict(found["data"].split())))

    def _verdict(self, words: Sequence[str]) -> Verdict:
        if len(words) == 1 and words[0] in VERDICTS:
            return VERDICTS[words[0]]
        if len(words) == 3 and words[0] in ("jump", "goto") and words[1] == "->":  # noqa: PLR2004 - verb, arrow, chain
            return Verdict(Verb(words[0]), self.around.chain(words[2]))
        raise NotUnderstoodError(f"the verdict {' '.join(words)}")

    def immediate(self, found: re.Match[str]) -> None:
        """A constant."""
        words = found["data"].split()
        self._put(found["reg"], constant(memory(words), WORD * len(words)))

    def payload(self, found: re.Match[str]) -> None:
        """Bytes of the packet."""
        length = int(found["length"])
        loaded = self.around.loads.payload(found["base"], int(found["offset"]), length, self.context)
        self._put_loaded(found["reg"], loaded)

    def meta(self, found: re.Match[str]) -> None:
        """Meta data."""
        self._put_loaded(found["reg"], self.around.loads.meta(found["key"], self.context))

    def ct(self, found: re.Match[str]) -> None:
        """What connection tracking says."""
        self._put_loaded(found["reg"], self.around.loads.ct(found["key"], found["dir"] or "", self.context))

    def extension(self, found: re.Match[str]) -> None:
        """An extension header or an option."""
        loaded = self.around.loads.extension(
            found["kind"] or "",
            int(found["length"]),
            int(found["header"]),
            int(found["offset"]),
            asks=bool(found["present"]),
        )
        self._put_loaded(found["reg"], loaded)

    def value(self, found: re.Match[str]) -> None:
        """A value that we know nothing of, different at every look."""
        what = f"{self.context.place}: {found['what'].strip()}"
        row = whole(self.around.loads.unknown(what, WORD))
        self._match(cannot_tell(f"{what} can be read"))
        self._put(found["reg"], row)

    def compare(self, found: re.Match[str]) -> None:
        """A comparison with one number."""
        words = found["data"].split()
        number, operator = memory(words), found["op"]
        row = self._row(found["reg"], len(words))
        if self._cell(_word(found["reg"])).is_name:
            row, number = self._name(row, number, len(words))
        top = (1 << width_of(row)) - 1
        spans = {
            "eq": (number, number),
            "neq": (number, number),
            "lt": (0, number - 1),
            "lte": (0, number),
            "gt": (number + 1, top),
            "gte": (number, top),
        }
        self._match(unless(self.around.comparing.between(row, *spans[operator]), turned=operator == "neq"))

    def _name(self, row: Vector, number: int, words: int) -> tuple[Vector, int]:
        """An interface's name may be compared by its beginning; nft does not print how long that is."""
        data = number.to_bytes(words * 4, "big")
        stem = data.rstrip(b"\0")
        whole_name = words * 4 == NAME_BYTES
        if whole_name and len(stem) > NAME_BYTES - 4 and len(stem) < NAME_BYTES - 1:
            name = stem.decode("latin-1")
            whole_name = f'"{name}*"' not in self.text
            if not whole_name and f'"{name}"' in self.text:
                raise NotUnderstoodError("a name that may be whole or a beginning")
        if whole_name:
            return row, number
        return slice_of(row, 0, len(stem) * 8), int.from_bytes(stem, "big")

    def range(self, found: re.Match[str]) -> None:
        """A comparison with a range."""
        words = found["data"].split()
        half = len(words) // 2
        row = self._row(found["reg"], half)
        inside = self.around.comparing.between(row, memory(words[:half]), memory(words[half:]))
        self._match(unless(inside, turned=found["op"] == "neq"))

    def mask(self, found: re.Match[str]) -> None:
        """Bits kept and turned."""
        mask, bits = found["mask"].split(), found["bits"].split()
        row = self._row(found["from"], len(mask))
        self._put(found["reg"], flipped(anded(row, memory(mask)), memory(bits)))

    def shift(self, found: re.Match[str]) -> None:
        """Words are shifted as numbers of the host."""
        by = int(found["by"], 16)
        row = swapped(self._row(found["from"], 1), 4, 4)
        if found["way"] == "<<":
            moved = joined([*slice_of(row, by, WORD - by), *constant(0, by)])
        else:
            moved = joined([*constant(0, by), *slice_of(row, 0, WORD - by)])
        self._put(found["reg"], swapped(moved, 4, 4))

    def byteorder(self, found: re.Match[str]) -> None:
        """Bytes put in the other order."""
        size, length = int(found["size"]), int(found["length"])
        row = self._row(found["from"], -(-length * 8 // WORD))
        self._put(found["reg"], swapped(row, size, length))

    def lookup(self, found: re.Match[str]) -> None:
        """A key that is not found ends the rule; turned round, one that is."""
        name, turned = found["set"], found["flags"] == "0x1"
        collection = self.around.collection(name)
        if collection is None:
            raise NotUnderstoodError(f"the set {name} is not in the listing")
        hit = [] if self.around.varies(name) else self._hits(found["reg"], collection)
        if found["dreg"] is None:
            inside = any_of(*(one.packets for one in hit))
            if self.around.varies(name):
                inside = cannot_tell(f"{self.context.place}: the set {name} holds it")
            self._match(unless(inside, turned=turned))
        elif self.around.varies(name):
            raise NotUnderstoodError("a map that the packet path changes")
        elif found["dreg"] == "0":
            self.steps.append(Decide(tuple((one.packets, self._verdict(one.data)) for one in hit)))
        else:
            self._choose(found["dreg"], hit)

    def _hits(self, register: str, collection: Collection) -> list[Hit]:
        words = key_words(collection)
        parts = self._key(register, words) if words else []
        return list(hits(collection, parts, self.around.comparing))

    def _choose(self, register: str, hit: Sequence[Hit]) -> None:
        """A map to values: the register holds one of them."""
        if not all(re.fullmatch("[0-9a-f]{8}", word) for one in hit for word in one.data):
            raise NotUnderstoodError("a map to verdicts where values are wanted")
        self._match(any_of(*(one.packets for one in hit)))
        width = max((len(one.data) for one in hit), default=1) * WORD
        firsts, before = list[tuple[int, Condition]](), list[Condition]()
        for one in hit:
            unseen = one.packets if one.packets != ALWAYS else unless(any_of(*before), turned=True)
            firsts.append((memory(one.data), unseen))
            before.append(one.packets)
        self._put(register, whole(cases(f"{self.context.place}{MAP}", width, firsts)))

    def set_meta(self, found: re.Match[str]) -> None:
        """Meta data change."""
        if found["key"] == "mark":
            self._write((MARK, _host_number(self._row(found["reg"], 1))))
        elif found["key"] not in NO_EFFECT_META:
            raise NotUnderstoodError(f"meta {found['key']} is set")

    def set_ct(self, found: re.Match[str]) -> None:
        """The connection's own data change."""
        if found["key"] == "mark":
            self._write((CT_MARK, _host_number(self._row(found["reg"], 1))))
        elif found["key"] == "zone":
            self._doubt_field(STATE)
        elif found["key"] not in NO_EFFECT_CT:
            raise NotUnderstoodError(f"ct {found['key']} is set")

    def _doubt_field(self, of: Field) -> None:
        self.unread.append(f"{of.name} is not known from here on")
        self._blur(of)
        self._forget(of)

    def write_payload(self, found: re.Match[str]) -> None:
        """Bytes of the packet change."""
        length = int(found["length"])
        place = self.around.loads.payload(found["base"], int(found["offset"]), length, self.context)
        self._match(place.guard)
        row = self._row(found["reg"], -(-length * 8 // WORD))
        at = 0
        for part in place.vector:
            self._write_part(part, slice_of(row, at, part.width))
            at += part.width

    def _write_part(self, part: Part, row: Vector) -> None:
        if row == (part,) or part.source is None:
            return
        source = part.source
        if source.field is None:
            if source.shape.name.startswith(("ipv6 next header", "more", "fragment", "byte 13", "network")):
                raise NotUnderstoodError(f"{source.shape.name} is written")
            return
        if part.width == source.width:
            self._write((source.field, row))
        else:
            self._blur(source.field)
            self._forget(source.field)

    def untrack(self, _found: re.Match[str]) -> None:
        """Only packets that conntrack has not seen, or found invalid, can be left out."""
        if self.context.early:
            self.steps.append(Assign(STATE, State.UNTRACKED))
            return
        self.steps.append(Choose(((is_(STATE, State.INVALID), ((STATE, State.UNTRACKED),)),)))

    def doubt(self, found: re.Match[str]) -> None:
        """A bound on how much passes."""
        self._match(cannot_tell(f"{self.context.place}: {found[0]}"))

    def object(self, found: re.Match[str]) -> None:
        """A counter, limit or quota that has a name."""
        kind = found["type"]
        if kind in OBJECTS_BOUNDED:
            self._match(cannot_tell(f"{self.context.place}: {OBJECTS_BOUNDED[kind]} {found['name']}"))
        elif kind not in OBJECTS_QUIET:
            raise NotUnderstoodError("an object that is not modelled")

    def remember(self, found: re.Match[str]) -> None:
        """A set may be full, and a statement in the element may end the rule."""
        self._match(cannot_tell(f"{self.context.place}: {found['set']} takes it"))

    def queue(self, found: re.Match[str]) -> None:
        """A program decides, and may change the packet; with none listening it is dropped, or not."""
        self.unread.append(f"[ {found[0]} ]: a program decides")
        self.steps.append(Decide(((cannot_tell(f"{self.context.place}: queue accepts"), ACCEPT), (ALWAYS, DROP))))

    def refuse(self, _found: re.Match[str]) -> None:
        """A refusal is a drop, whoever hears of it."""
        self.steps.append(decide(DROP))

    def nothing(self, found: re.Match[str]) -> None:
        """An expression that lets the packet pass on as it is."""
        if found[0].startswith("dup"):
            self.unread.append(f"[ {found[0]} ]: a copy goes elsewhere")

    def translate(self, found: re.Match[str]) -> None:
        """The packet goes on with another address or port; the chains of the hook are done."""
        version = 4 if found["family"] == "ip" else 6
        self._match(IS_V4 if version == 4 else IS_V6)  # noqa: PLR2004 - IP version
        source = found["way"] == "snat"
        address = {(True, 4): SRC4, (True, 6): SRC6, (False, 4): DST4, (False, 6): DST6}[source, version]
        ports = SPORT if source else DPORT
        ends = ((address, found["first"], found["last"]), (ports, found["pfirst"], found["plast"]))
        writes = [(of, first, last or first) for of, first, last in ends if first]
        rows = [(of, self._field_row(of, first), self._field_row(of, last)) for of, first, last in writes]
        if all(first == last for _of, first, last in rows):
            self._write(*((of, first) for of, first, _last in rows))
        else:
            for of, _first, _last in rows:
                self._blur(of)
        self.steps.append(decide(ACCEPT))

    def _field_row(self, of: Field, register: str) -> Vector:
        width = of.top.bit_length()
        return slice_of(self._row(register, -(-width // WORD)), 0, width)

    def masquerade(self, _found: re.Match[str]) -> None:
        """The source becomes an address of the firewall."""
        for of in (SRC4, SRC6, SPORT):
            self._blur(of)
        self.steps.append(decide(ACCEPT))

    def redirect(self, _found: re.Match[str]) -> None:
        """The packet goes to the firewall itself."""
        self.unread.append("redirected to the firewall itself")
        for of in (DST4, DST6, DPORT):
            self._blur(of)
        self.steps.append(Decide(((cannot_tell(f"{self.context.place}: stays"), DROP), (ALWAYS, ACCEPT))))

    def xt_match(self, found: re.Match[str]) -> None:
        """What a match of iptables asks is not printed; it can hold or not."""
        if found["name"] == "comment":
            return
        self.unread.append(f"[ {found[0]} ]: what it asks is not in the listing; read iptables-save instead")
        self._match(cannot_tell(f"{self.context.place}: {found[0]}"))

    def xt_target(self, found: re.Match[str]) -> None:
        """A target of iptables, of which only the name is printed."""
        if found["name"] == "REJECT":
            self.steps.append(decide(DROP))
        elif found["name"] not in QUIET_TARGETS:
            raise NotUnderstoodError("what it does is not in the listing; read iptables-save instead")

    def offload(self, found: re.Match[str]) -> None:
        """The flow may leave the chains behind."""
        self.unread.append(f"[ {found[0]} ]: packets of this flow may pass by all chains from then on")

    def intercept(self, found: re.Match[str]) -> None:
        """A socket may take the packet."""
        self.unread.append(f"[ {found[0]} ]: a socket of the firewall may take the packet")
        self._match(cannot_tell(f"{self.context.place}: {found[0]}"))


def _word(register: int | str) -> int:
    number = int(register)
    return number if number >= FIRST_WORD else FIRST_WORD + WORDS_PER_REGISTER * (number - 1)


def _host_number(row: Vector) -> Vector:
    return swapped(row, 4, 4)


def _choice(row: Vector) -> Source | None:
    """The source of a value that a map chose, if that is what a register holds."""
    return next((part.source for part in row if part.source and part.source.shape.name.endswith(MAP)), None)


def _chosen(source: Source, writes: Sequence[tuple[Field, Vector]]) -> Choose:
    """What each value of a map writes."""
    arms: list[tuple[Condition, tuple[tuple[Field, int], ...]]] = []
    for number, packets in source.values:
        values = [(of, value_of(settled(row, source, number))) for of, row in writes]
        known = tuple((of, value) for of, value in values if value is not None)
        if len(known) < len(values):
            raise NotUnderstoodError("a value made of two that are not known")
        arms.append((packets, known))
    return Choose(tuple(arms))


_REG = r"reg (?P<reg>\d+)"
_HEX = r"(?:0x[0-9a-f]{8} ?)+"


def _expressions() -> Iterator[tuple[str, str, Callable[[Reading, re.Match[str]], None]]]:
    yield "immediate", rf"immediate {_REG} (?P<data>{_HEX})", Reading.immediate
    yield "immediate", r"immediate reg 0 (?P<data>.+)", Reading.say_verdict
    yield (
        "payload",
        rf"payload load (?P<length>\d+)b @ (?P<base>\w+) header \+ (?P<offset>\d+) => {_REG}",
        Reading.payload,
    )
    yield (
        "payload",
        rf"payload write {_REG} => (?P<length>\d+)b @ (?P<base>\w+) header \+ (?P<offset>\d+)(?: csum.*)?",
        Reading.write_payload,
    )
    yield "meta", rf"meta load (?P<key>\S+) => {_REG}", Reading.meta
    yield "meta", rf"meta set (?P<key>\S+) with {_REG}", Reading.set_meta
    yield "ct", rf"ct load (?P<key>\S+) => {_REG}(?: , dir (?P<dir>\w+))?", Reading.ct
    yield "ct", rf"ct set (?P<key>\S+) with {_REG}(?: , dir \w+)?", Reading.set_ct
    yield (
        "exthdr",
        (
            r"exthdr load (?:(?P<kind>ipv4|ipv6|tcpopt|sctp|dccp) )?(?P<length>\d+)b @ (?P<header>\d+)"
            rf" \+ (?P<offset>\d+)(?P<present> present)? => {_REG}"
        ),
        Reading.extension,
    )
    yield "exthdr", r"exthdr (?:write|reset) tcpopt .*", Reading.nothing
    yield "cmp", rf"cmp (?P<op>eq|neq|lt|lte|gt|gte) {_REG} (?P<data>{_HEX})", Reading.compare
    yield "range", rf"range (?P<op>eq|neq) {_REG} (?P<data>{_HEX})", Reading.range
    yield (
        "bitwise",
        rf"bitwise {_REG} = \( reg (?P<from>\d+) & (?P<mask>{_HEX})\) \^ (?P<bits>{_HEX})",
        Reading.mask,
    )
    yield "bitwise", rf"bitwise {_REG} = \( reg (?P<from>\d+) (?P<way><<|>>) (?P<by>0x[0-9a-f]+) \)", Reading.shift
    yield (
        "byteorder",
        rf"byteorder {_REG} = (?:hton|ntoh)\(reg (?P<from>\d+), (?P<size>\d+), (?P<length>\d+)\)",
        Reading.byteorder,
    )
    yield (
        "lookup",
        rf"lookup {_REG} set (?P<set>\S+)(?: dreg (?P<dreg>\d+))? (?P<flags>0x[01])",
        Reading.lookup,
    )
    yield "notrack", r"notrack", Reading.untrack
    yield "reject", r"reject type \d+ code \d+", Reading.refuse
    yield "objref", r"objref type (?P<type>\d+) name (?P<name>\S+)", Reading.object
    yield "dynset", r"dynset \w+ reg_key \d+ set (?P<set>\S+) .*", Reading.remember
    yield "queue", r"queue .*", Reading.queue
    yield (
        "nat",
        (
            r"nat (?P<way>snat|dnat) (?P<family>ip6?)(?: addr_min reg (?P<first>\d+))?(?: addr_max reg (?P<last>\d+))?"
            r"(?: proto_min reg (?P<pfirst>\d+))?(?: proto_max reg (?P<plast>\d+))?(?: flags 0x[0-9a-f]+)?"
        ),
        Reading.translate,
    )
    yield "masq", r"masq.*", Reading.masquerade
    yield "redir", r"redir.*", Reading.redirect
    yield "match", r"match name (?P<name>\S+) rev \d+", Reading.xt_match
    yield "target", r"target name (?P<name>\S+) rev \d+", Reading.xt_target
    yield "flow_offload", r"flow_offload .*", Reading.offload
    yield "tproxy", r"tproxy .*", Reading.intercept
    for name in NO_EFFECT:
        yield name, rf"{name}.*", Reading.nothing
    for name in BOUNDED:
        yield name, rf"{name} .*", Reading.doubt
    for name in VALUES:
        yield name, rf"(?P<what>{name} .*)=> {_REG}.*", Reading.value
        yield name, rf"(?P<what>{name}) {_REG} = .*", Reading.value


def _table() -> Mapping[str, Sequence[tuple[re.Pattern[str], Callable[[Reading, re.Match[str]], None]]]]:
    table: dict[str, list[tuple[re.Pattern[str], Callable[[Reading, re.Match[str]], None]]]] = {}
    for name, pattern, run in _expressions():
        table.setdefault(name, []).append((re.compile(pattern), run))
    return table


_EXPRESSIONS = _table()
