"""Statements of bytecode that neither ask nor write: verdicts by others, bounds, and what has no effect."""

import re

from qianyun.verify.chains import ACCEPT, DROP, Assign, Choose, Decide, Write, decide
from qianyun.verify.conditions import ALWAYS, cannot_tell, is_
from qianyun.verify.fields import STATE, State
from qianyun.verify.nft_registers import NotUnderstoodError, Reading
from qianyun.words import _

OBJECTS_BOUNDED = {"2": "quota", "4": "limit"}
OBJECTS_QUIET = ("1", "3", "7", "8", "9")
QUIET_TARGETS = (
    "LOG", "NFLOG", "TRACE", "AUDIT", "CLASSIFY", "TCPMSS", "CHECKSUM", "SECMARK", "CONNSECMARK", "RATEEST",
)  # fmt: skip


def untrack(reading: Reading, _found: re.Match[str]) -> None:
    """Only packets that conntrack has not seen, or found invalid, can be left out."""
    if reading.context.early:
        reading.steps.append(Assign(STATE, State.UNTRACKED))
        return
    untracked = State.UNTRACKED
    reading.steps.append(Choose(((is_(STATE, State.INVALID), (Write(STATE, ((untracked, untracked),)),)),)))


def doubt(reading: Reading, found: re.Match[str]) -> None:
    """A bound on how much passes."""
    reading.match(cannot_tell(f"{reading.context.place}: {found[0]}"))


def use_object(reading: Reading, found: re.Match[str]) -> None:
    """A counter, limit or quota that has a name."""
    kind = found["type"]
    if kind in OBJECTS_BOUNDED:
        reading.match(cannot_tell(f"{reading.context.place}: {OBJECTS_BOUNDED[kind]} {found['name']}"))
    elif kind not in OBJECTS_QUIET:
        raise NotUnderstoodError(_("an object that is not modelled"))


def remember(reading: Reading, found: re.Match[str]) -> None:
    """A set may be full, and a statement in the element may end the rule."""
    reading.match(cannot_tell(f"{reading.context.place}: {found['set']} takes it"))


def queue(reading: Reading, found: re.Match[str]) -> None:
    """A program decides, and may change the packet; with none listening it is dropped, or not."""
    reading.unread.append(f"[ {found[0]} ]: {_('a program decides')}")
    reading.steps.append(Decide(((cannot_tell(f"{reading.context.place}: queue accepts"), ACCEPT), (ALWAYS, DROP))))


def refuse(reading: Reading, _found: re.Match[str]) -> None:
    """A refusal is a drop, whoever hears of it."""
    reading.steps.append(decide(DROP))


def nothing(reading: Reading, found: re.Match[str]) -> None:
    """An expression that lets the packet pass on as it is."""
    if found[0].startswith("dup"):
        reading.unread.append(f"[ {found[0]} ]: {_('a copy goes elsewhere')}")


def xt_match(reading: Reading, found: re.Match[str]) -> None:
    """What a match of iptables asks is not printed; it can hold or not."""
    if found["name"] == "comment":
        return
    reading.unread.append(f"[ {found[0]} ]: {_('what it asks is not in the listing; read iptables-save instead')}")
    reading.match(cannot_tell(f"{reading.context.place}: {found[0]}"))


def xt_target(reading: Reading, found: re.Match[str]) -> None:
    """A target of iptables, of which only the name is printed."""
    if found["name"] == "REJECT":
        reading.steps.append(decide(DROP))
    elif found["name"] not in QUIET_TARGETS:
        raise NotUnderstoodError(_("what it does is not in the listing; read iptables-save instead"))


def offload(reading: Reading, found: re.Match[str]) -> None:
    """The flow may leave the chains behind."""
    reading.unread.append(f"[ {found[0]} ]: {_('packets of this flow may pass by all chains from then on')}")


def intercept(reading: Reading, found: re.Match[str]) -> None:
    """A socket may take the packet."""
    reading.unread.append(f"[ {found[0]} ]: {_('a socket of the firewall may take the packet')}")
    reading.match(cannot_tell(f"{reading.context.place}: {found[0]}"))
