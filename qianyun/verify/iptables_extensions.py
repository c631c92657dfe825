"""Options of iptables that ask for connections, marks and sets.

Source: iptables-extensions(8), conntrack, state, mark, connmark, set.
"""

from qianyun.verify.acls.statements import NotUnderstoodError
from qianyun.verify.conditions import Condition, In, all_of, any_of, cannot_tell, is_
from qianyun.verify.fields import REPLY, STATE, STATUS, Field, State, masked
from qianyun.verify.iptables_marks import mark_number
from qianyun.verify.iptables_options import Options
from qianyun.words import _

STATES = {state.name: state for state in State}
STATUSES = {"EXPECTED": 1, "SEEN_REPLY": 2, "ASSURED": 4, "CONFIRMED": 8, "SNAT": 16, "DNAT": 32}
COUNTERS = ("--packets-eq", "--packets-lt", "--packets-gt", "--bytes-eq", "--bytes-lt", "--bytes-gt")
UPDATES = ("--update-counters", "--update-subcounters")


def member(rule: Options) -> Condition:
    """`--match-set NAME src,dst`, with what the elements' counters must be."""
    name, words = rule.cursor.take(), rule.cursor.take().split(",")
    excluded, counted = rule.cursor.accept("--return-nomatch"), False
    while True:
        if rule.cursor.one_of(*UPDATES) or any(rule.cursor.accept("!", word) for word in UPDATES):
            continue
        if rule.cursor.one_of(*COUNTERS) or any(rule.cursor.accept("!", word) for word in COUNTERS):
            rule.cursor.take()
            counted = True
            continue
        break
    excluded |= rule.cursor.accept("--return-nomatch")
    if not set(words) <= {"src", "dst"}:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=",".join(words)))
    try:
        held = rule.around.lookups.holding(name, [word == "src" for word in words], rule.version, excluded=excluded)
    except NotUnderstoodError as error:
        rule.unknown.append(str(error))
        held = cannot_tell(f"{rule.place} set {name}")
    return all_of(held, cannot_tell(f"{rule.place} counters of {name}")) if counted else held


def states(rule: Options) -> Condition:
    """States of connections, and those of translation."""
    words = rule.words({**STATES, "SNAT": 0, "DNAT": 0})
    parts = [is_(STATE, *(STATES[word] for word in words if word in STATES))]
    parts += [_status(STATUSES[word]) for word in words if word not in STATES]
    return any_of(*parts)


def status(rule: Options) -> Condition:
    """What connection tracking noted; `NONE` asks for nothing, and nothing is ever found."""
    words = rule.words({**STATUSES, "NONE": 0})
    return any_of(*(_status(STATUSES[word]) for word in words if word in STATUSES))


def _status(bit: int) -> Condition:
    return In(STATUS, masked(STATUS, bit, bit) or ())


def direction(rule: Options) -> Condition:
    """Of the connection."""
    return is_(REPLY, {"ORIGINAL": 0, "REPLY": 1}[rule.words({"ORIGINAL": 0, "REPLY": 1})[0]])


def mark(rule: Options, asked: Field) -> Condition:
    """`--mark 0x1/0xff`."""
    value, _slash, mask = rule.cursor.take().partition("/")
    number_, bits = mark_number(value), mark_number(mask) if mask else asked.top
    known = rule.around.marks.of(asked)
    if known is None:
        return cannot_tell(f"{rule.place} {asked.name}")
    ranges = masked(asked, bits, number_)
    if ranges is None:  # too many values to name, but only a few are ever set
        return is_(asked, *(mark for mark in known if mark & bits == number_))
    return In(asked, ranges)
