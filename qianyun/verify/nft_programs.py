"""Programs: one rule of nftables' bytecode, run over registers that hold bits of the packet.

Each expression is read exactly as the kernel runs it; one that we do not know ends the reading:
the rule may then do anything with the packets that come so far, and is listed as unread.

Source: Linux `nf_tables_core.c` (`nft_do_chain`) and the expressions in `nft_*.c`; how they are
printed, libnftnl `src/expr/*.c`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from qianyun.verify import nft_questions as questions
from qianyun.verify import nft_statements as statements
from qianyun.verify import nft_translating as translating
from qianyun.verify import nft_writes as writes
from qianyun.verify.chains import anything
from qianyun.verify.nft_loads import UnknownLoadError
from qianyun.verify.nft_members import BadSetError
from qianyun.verify.nft_registers import NotUnderstoodError, Reading
from qianyun.verify.translations import written_somehow
from qianyun.words import _

NO_EFFECT = ("counter", "log", "last", "dup")
"""Expressions that change nothing about whether a packet passes."""
BOUNDED = ("limit", "quota", "connlimit")
"""Expressions that may end the rule for any packet: how much came before is not known."""
VALUES = ("rt", "socket", "osf", "xfrm", "tunnel", "numgen", "hash")
"""Expressions that load a value which nothing in the packet tells."""
DRAWN = ("numgen", "hash")
"""Expressions that load a number below a bound."""
WRITING = ("nat ", "masq", "redir", "notrack", "meta set", "ct set", "payload write", "queue", "tproxy")
"""Expressions that change a packet."""
Run = Callable[[Reading, re.Match[str]], None]


def run(reading: Reading, expressions: Sequence[str]) -> None:
    """Turn the expressions of a rule into its steps."""
    for at, expression in enumerate(expressions):
        try:
            _one(reading, expression)
        except (NotUnderstoodError, UnknownLoadError, BadSetError) as error:
            reading.unread.append(f"[ {expression} ]: {error}")
            if any(each.startswith(WRITING) for each in expressions[at:]):
                reading.steps += written_somehow(f"{reading.context.place} [ {expression} ]")
            reading.steps.append(anything(f"{reading.context.place} [ {expression} ]"))
            return


def _one(reading: Reading, expression: str) -> None:
    for pattern, does in _EXPRESSIONS.get(expression.split(" ", 1)[0], ()):
        found = pattern.fullmatch(expression)
        if found:
            does(reading, found)
            return
    raise NotUnderstoodError(_("not modelled"))


_REG = r"reg (?P<reg>\d+)"
_HEX = r"(?:0x[0-9a-f]{8} ?)+"
_NAT = r"(?: proto_min reg (?P<pfirst>\d+))?(?: proto_max reg (?P<plast>\d+))?(?: flags (?P<flags>0x[0-9a-f]+))?"


def _expressions() -> Iterator[tuple[str, str, Run]]:
    yield "immediate", rf"immediate {_REG} (?P<data>{_HEX})", questions.immediate
    yield "immediate", r"immediate reg 0 (?P<data>.+)", questions.say_verdict
    yield (
        "payload",
        rf"payload load (?P<length>\d+)b @ (?P<base>\w+) header \+ (?P<offset>\d+) => {_REG}",
        questions.payload,
    )
    yield (
        "payload",
        rf"payload write {_REG} => (?P<length>\d+)b @ (?P<base>\w+) header \+ (?P<offset>\d+)(?: csum.*)?",
        writes.write_payload,
    )
    yield "meta", rf"meta load (?P<key>\S+) => {_REG}", questions.meta
    yield "meta", rf"meta set (?P<key>\S+) with {_REG}", writes.set_meta
    yield "ct", rf"ct load (?P<key>\S+) => {_REG}(?: , dir (?P<dir>\w+))?", questions.ct
    yield "ct", rf"ct set (?P<key>\S+) with {_REG}(?: , dir \w+)?", writes.set_ct
    yield (
        "exthdr",
        (
            r"exthdr load (?:(?P<kind>ipv4|ipv6|tcpopt|sctp|dccp) )?(?P<length>\d+)b @ (?P<header>\d+)"
            rf" \+ (?P<offset>\d+)(?P<present> present)? => {_REG}"
        ),
        questions.extension,
    )
    yield "exthdr", r"exthdr (?:write|reset) tcpopt .*", statements.nothing
    yield "cmp", rf"cmp (?P<op>eq|neq|lt|lte|gt|gte) {_REG} (?P<data>{_HEX})", questions.compare
    yield "range", rf"range (?P<op>eq|neq) {_REG} (?P<data>{_HEX})", questions.compare_range
    yield (
        "bitwise",
        rf"bitwise {_REG} = \( reg (?P<from>\d+) & (?P<mask>{_HEX})\) \^ (?P<bits>{_HEX})",
        questions.mask,
    )
    yield "bitwise", rf"bitwise {_REG} = \( reg (?P<from>\d+) (?P<way><<|>>) (?P<by>0x[0-9a-f]+) \)", questions.shift
    yield (
        "byteorder",
        rf"byteorder {_REG} = (?:hton|ntoh)\(reg (?P<from>\d+), (?P<size>\d+), (?P<length>\d+)\)",
        questions.byteorder,
    )
    yield (
        "lookup",
        rf"lookup {_REG} set (?P<set>\S+)(?: dreg (?P<dreg>\d+))? (?P<flags>0x[01])",
        questions.lookup,
    )
    yield "notrack", r"notrack", statements.untrack
    yield "reject", r"reject type \d+ code \d+", statements.refuse
    yield "objref", r"objref type (?P<type>\d+) name (?P<name>\S+)", statements.use_object
    yield "dynset", r"dynset \w+ reg_key \d+ set (?P<set>\S+) .*", statements.remember
    yield "queue", r"queue .*", statements.queue
    yield (
        "nat",
        (
            r"nat (?P<way>snat|dnat) (?P<family>ip6?)(?: addr_min reg (?P<first>\d+))?(?: addr_max reg (?P<last>\d+))?"
            rf"{_NAT}"
        ),
        translating.translate,
    )
    yield "masq", rf"masq{_NAT} ?", translating.masquerade
    yield "redir", rf"redir{_NAT} ?", translating.redirect
    yield "match", r"match name (?P<name>\S+) rev \d+", statements.xt_match
    yield "target", r"target name (?P<name>\S+) rev \d+", statements.xt_target
    yield "flow_offload", r"flow_offload .*", statements.offload
    yield "tproxy", r"tproxy .*", statements.intercept
    yield "fib", rf"fib (?P<words>.+) (?P<result>oif|oifname|type)(?P<present> present)? => {_REG}", questions.fib
    for name in NO_EFFECT:
        yield name, rf"{name}.*", statements.nothing
    for name in BOUNDED:
        yield name, rf"{name} .*", statements.doubt
    for name in DRAWN:
        yield name, rf"(?P<what>{name}) {_REG} = .*mod (?P<sides>\d+)(?: offset (?P<first>\d+))?", questions.roll
    for name in VALUES:
        yield name, rf"(?P<what>{name} .*)=> {_REG}.*", questions.value
        yield name, rf"(?P<what>{name}) {_REG} = .*", questions.value


def _table() -> Mapping[str, Sequence[tuple[re.Pattern[str], Run]]]:
    table: dict[str, list[tuple[re.Pattern[str], Run]]] = {}
    for name, pattern, does in _expressions():
        table.setdefault(name, []).append((re.compile(pattern), does))
    return table


_EXPRESSIONS = _table()
