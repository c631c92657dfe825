"""What targets of iptables change about a packet before it goes on.

Source: iptables-extensions(8).
"""

from collections.abc import Callable, Mapping, Sequence

from qianyun.verify.acls.names import DSCP as CODE_POINTS
from qianyun.verify.acls.statements import NotUnderstoodError, number
from qianyun.verify.chains import Assign, Blur, Choose, Step, Write
from qianyun.verify.conditions import cannot_tell, is_
from qianyun.verify.fields import DSCP, MARK, STATE, TTL, Field, State
from qianyun.verify.iptables_marks import Marks, change_of, mark_number
from qianyun.words import _

HARMLESS = (
    "AUDIT", "CHECKSUM", "CLASSIFY", "CONNSECMARK", "ECN", "IDLETIMER", "LED", "LOG", "NFLOG", "RATEEST", "SECMARK",
    "TCPMSS", "TCPOPTSTRIP", "TEE", "TRACE", "ULOG",
)  # fmt: skip
"""Targets after which the packet goes on as it was, as far as filters look."""
SETTING = ("set", "inc", "dec")


def changes_of(target: str, options: Sequence[str], place: str, marks: Marks) -> list[Step]:
    """The steps of a target that is no verdict.

    Raises:
        NotUnderstoodError: The target, or one of its options, is not modelled.
    """
    given = list(options)
    if target in HARMLESS:
        return []
    made = CHANGES.get(target)
    if made is None:
        raise NotUnderstoodError(_("the target {target!r} is not modelled").format(target=target))
    return made(target, given, place, marks)


def _blurred(field: Field, place: str) -> Blur:
    return Blur(field, cannot_tell(f"{place} {field.name}"))


def _marked(target: str, options: list[str], place: str, marks: Marks) -> list[Step]:
    return [marks.step(change_of(target, options), place)]


def _set(_target: str, options: list[str], place: str, _marks: Marks) -> list[Step]:
    return [_blurred(MARK, place)] if "--map-mark" in options else []


def _connection(target: str, options: list[str], place: str, _marks: Marks) -> list[Step]:
    if target == "NOTRACK" or "--notrack" in options:
        return [Assign(STATE, State.UNTRACKED)]
    if any(option.startswith("--zone") for option in options):
        return [_blurred(STATE, place)]
    return []


def _code_point(_target: str, options: list[str], _place: str, _marks: Marks) -> list[Step]:
    option, value = options if len(options) == 2 else ("", "")  # noqa: PLR2004 - an option and its value
    if option == "--set-dscp-class" and value.lower() in CODE_POINTS:
        return [Assign(DSCP, CODE_POINTS[value.lower()])]
    if option == "--set-dscp":
        return [Assign(DSCP, mark_number(value) & DSCP.top)]
    raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=" ".join(options)))


def _type_of_service(_target: str, options: list[str], _place: str, _marks: Marks) -> list[Step]:
    if len(options) != 2 or options[0] != "--set-tos":  # noqa: PLR2004 - an option and its value
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=" ".join(options)))
    value, _slash, mask = options[1].partition("/")
    clear, set_ = mark_number(mask or "0xff") >> 2 & DSCP.top, mark_number(value) >> 2 & DSCP.top
    if clear == DSCP.top:
        return [Assign(DSCP, set_)]
    arms = ((old, old & ~clear ^ set_) for old in range(DSCP.top + 1))
    return [Choose(tuple((is_(DSCP, old), (Write(DSCP, ((new, new),)),)) for old, new in arms if old != new))]


def _hops(_target: str, options: list[str], place: str, _marks: Marks) -> list[Step]:
    """Hops to live; 255 that are set after the packet was counted down we could not tell from 254."""
    kind = options[0].rpartition("-")[2] if len(options) == 2 else ""  # noqa: PLR2004 - an option and its value
    if kind not in SETTING:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=" ".join(options)))
    value = number(options[1], TTL.top)
    return [Assign(TTL, value) if kind == "set" and value < TTL.top else _blurred(TTL, place)]


Makes = Callable[[str, list[str], str, Marks], list[Step]]
CHANGES: Mapping[str, Makes] = {
    "CT": _connection,
    "NOTRACK": _connection,
    "MARK": _marked,
    "CONNMARK": _marked,
    "SET": _set,
    "DSCP": _code_point,
    "TOS": _type_of_service,
    "TTL": _hops,
    "HL": _hops,
}
