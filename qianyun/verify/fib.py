"""Questions to the routing table (fib) that rules ask of a packet's address: what kind it is, and by where it goes.

A reader of rules knows no routes. The answer is a field of its own, that may be anything; `own_routes` puts the
answers in where the routes of the box were collected.

Source: nft(8), "fib expressions"; iptables-extensions(8), addrtype and rpfilter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from qianyun.verify.fields import DST4, DST6, IN_INTERFACE, OUT_INTERFACE, SRC4, SRC6, Field

KINDS: Mapping[str, int] = {
    "unspec": 0, "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6,
    "unreachable": 7, "prohibit": 8, "throw": 9, "nat": 10, "xresolve": 11,
}  # fmt: skip
"""Kinds of addresses and routes, by the kernel's numbers."""
UNREACHABLE, LOCAL, ANYCAST = 1, 2, 4
"""What a look at the routes of IPv6 tells `addrtype`, as bits."""


class Asks(StrEnum):
    """What is asked."""

    KIND = "type"
    INTERFACE = "oif"
    BITS = "addrtype"
    REVERSE = "rpfilter"


TOPS: Mapping[Asks, int] = {
    Asks.KIND: max(KINDS.values()),
    Asks.INTERFACE: IN_INTERFACE.top,
    Asks.BITS: UNREACHABLE | LOCAL | ANYCAST,
    Asks.REVERSE: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        of_source: About the source; else about the target.
        by: The interface that the address must belong to, or be reached by.
        by_mark: Rules of routing see the packet's mark.
        loose: Any interface will do.
        accepts_local: The box's own addresses will do.
    """

    asks: Asks
    of_source: bool
    by: Field | None = None
    by_mark: bool = False
    loose: bool = False
    accepts_local: bool = False

    def address(self, version: int) -> Field:
        """The address that it is about."""
        return (SRC4 if self.of_source else DST4) if version == 4 else SRC6 if self.of_source else DST6  # noqa: PLR2004

    def opposite(self, version: int) -> Field:
        """The other end's address."""
        return (DST4 if self.of_source else SRC4) if version == 4 else DST6 if self.of_source else SRC6  # noqa: PLR2004

    def __str__(self) -> str:
        by = {IN_INTERFACE: " . iif", OUT_INTERFACE: " . oif"}.get(self.by, "") if self.by else ""
        mark = " . mark" if self.by_mark else ""
        return f"fib {'saddr' if self.of_source else 'daddr'}{mark}{by} {self.asks}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer(Field):
    """A field for what the routes say: a kind, an interface's number (0 for none), bits, or yes."""

    question: Question


def answer(question: Question, place: str) -> Answer:
    """What the routes say at one place in the rules; elsewhere the packet may look different."""
    return Answer(name=f"?{place}: {question}", top=TOPS[question.asks], question=question)


def question_of(words: str, result: str) -> Question | None:
    """`saddr . mark . iif` and `oif`, `oifname` or `type`; `None` where they are not known."""
    parts = words.split(" . ")
    asks = {"type": Asks.KIND, "oif": Asks.INTERFACE, "oifname": Asks.INTERFACE}.get(result)
    if asks is None or parts[0] not in ("saddr", "daddr") or not set(parts[1:]) <= {"mark", "iif", "oif"}:
        return None
    by = {"iif": IN_INTERFACE, "oif": OUT_INTERFACE}
    interfaces = [by[part] for part in parts[1:] if part in by]
    return Question(
        asks=asks,
        of_source=parts[0] == "saddr",
        by=interfaces[0] if interfaces else None,
        by_mark="mark" in parts,
    )
