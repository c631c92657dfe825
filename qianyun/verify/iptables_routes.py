"""Options of iptables that ask the routing table: `addrtype` and `rpfilter`.

Source: iptables-extensions(8); Linux `xt_addrtype.c`, `ipt_rpfilter.c`, `ip6t_rpfilter.c`.
"""

from collections.abc import Mapping

from qianyun.verify.acls.statements import NotUnderstoodError
from qianyun.verify.conditions import Condition, In, all_of, is_, negated
from qianyun.verify.fib import ANYCAST, KINDS, LOCAL, UNREACHABLE, Asks, Question, answer
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE, Field, merged
from qianyun.verify.iptables_options import Options
from qianyun.verify.routing_answers import MULTICAST6, NO_ADDRESS6
from qianyun.words import _

WORDS = {name.upper(): number for name, number in KINDS.items()}
BITS: Mapping[str, int] = {"LOCAL": LOCAL, "ANYCAST": ANYCAST, "UNREACHABLE": UNREACHABLE}
NARROWING: Mapping[str, Field] = {"--limit-iface-in": IN_INTERFACE, "--limit-iface-out": OUT_INTERFACE}
NEXT = ("-m", "--match", "-j", "-g", "--jump", "--goto")
LOOSE, BY_MARK, OWN, TURNED = FLAGS = ("--loose", "--validmark", "--accept-local", "--invert")


def kinds(rule: Options, *, of_source: bool) -> Condition:
    """`--dst-type LOCAL,BROADCAST`, with the interface that the address must belong to."""
    names = rule.words(WORDS)
    by = _narrowed(rule)
    if rule.version == 6:  # noqa: PLR2004 - IP version
        return _kinds6(rule, names, of_source=of_source, by=by)
    asked = answer(Question(asks=Asks.KIND, of_source=of_source, by=by), rule.place)
    return is_(asked, *(WORDS[name] for name in names))


def _narrowed(rule: Options) -> Field | None:
    words = rule.cursor.words[rule.begun :]
    end = next((at for at, word in enumerate(words) if word in NEXT), len(words))
    return next((NARROWING[word] for word in words[:end] if word in NARROWING), None)


def _kinds6(rule: Options, names: list[str], *, of_source: bool, by: Field | None) -> Condition:
    """In IPv6 an address must look like all kinds that are named, and the routes say one of the others."""
    question = Question(asks=Asks.BITS, of_source=of_source, by=by)
    address = question.address(6)
    looks: Mapping[str, Condition] = {
        "MULTICAST": In(address, (MULTICAST6,)),
        "UNICAST": negated(In(address, merged((MULTICAST6, *NO_ADDRESS6)))),
        "UNSPEC": is_(address, 0),
    }
    if not set(names) <= {*looks, *BITS}:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=",".join(names)))
    parts = [looks[name] for name in looks if name in names]
    if mask := sum({BITS[name] for name in names if name in BITS}):
        asked = answer(question, rule.place)
        parts.append(is_(asked, *(bits for bits in range(asked.top + 1) if bits & mask)))
    return all_of(*parts)


def comes_back(rule: Options) -> Condition:
    """The box would send its answer where the packet came from."""
    said = set()
    while rule.cursor.head in FLAGS:
        said.add(rule.cursor.take())
    question = Question(
        asks=Asks.REVERSE,
        of_source=True,
        by=IN_INTERFACE,
        by_mark=BY_MARK in said,
        loose=LOOSE in said,
        accepts_local=OWN in said,
    )
    return is_(answer(question, rule.place), int(TURNED not in said))
