"""One packet in one box: what the box's ruleset says of it, and what it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qianyun.verify.chains import Hook, Ruleset
from qianyun.verify.citing import cited
from qianyun.verify.connections import Values, answers, as_tracked
from qianyun.verify.fields import (
    CT_MARK,
    HEADER,
    IN_INTERFACE,
    MARK,
    OUT_INTERFACE,
    REPLY,
    STATE,
    STATUS,
    TURNED,
    State,
    interface_number,
)
from qianyun.verify.findings import Cited
from qianyun.verify.network.model import Box, Port, Route
from qianyun.verify.tracing import Bound, trace

WITHIN = (IN_INTERFACE, OUT_INTERFACE, MARK, TURNED)
"""What a packet has within one box alone."""
OF_CONNECTIONS = (STATE, REPLY, STATUS, CT_MARK)
"""What each box says of an answer by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One box on the way.

    Attributes:
        routes: Those of the longest prefix; none where none holds the destination.
        lines: Lines of filters that decided about the packet here, in the order it met them.
        before: The packet as it came, by its fields.
        after: As it left, or as far as it came.
    """

    box: str
    into: str
    out: str
    routes: tuple[Route, ...]
    lines: tuple[Cited, ...]
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)

    @property
    def translated(self) -> bool:
        """Whether the packet left with other addresses or ports than it came with."""
        return any(self.before.get(of, 0) != self.after.get(of, 0) for of in HEADER)

    def __str__(self) -> str:
        return f"{self.box}[{self.into},{self.out}]"


@dataclass(slots=True)
class Visit:
    """A packet in a box.

    Attributes:
        came: It, as it came in.
        hops: Where it has been.
        lines: What has decided about it here.
        known: What boxes know of connections, where it is an answer.
        packet: It, as it is now.
        bound: The connection of this box that it belongs to.
    """

    port: Port
    box: Box
    came: Values
    hops: tuple[Hop, ...]
    lines: list[Cited]
    known: Mapping[str, Sequence[Bound]]
    packet: Values = field(default_factory=dict)
    bound: Bound | None = None

    def meet(self) -> None:
        """What the box knows of it when it comes."""
        self.packet = self.came
        if not self.known:
            return
        self.packet = {of: value for of, value in self.came.items() if of not in OF_CONNECTIONS}
        if self.box.tracks:
            every = self.known.get(self.box.name, ())
            self.bound = next((bound for bound in every if answers(self.came, bound.after)), None)
            self.packet = as_tracked(self.packet, self.bound)

    def come(self) -> bool:
        """Up to where its route is chosen; a box that translates has its say before."""
        if self.box.ruleset is None or not self.box.ruleset.translates:
            return True
        self.packet = {**self.packet, TURNED: 0}
        return self._traced(self.box.ruleset, "", (Hook.PREROUTING,))

    def pass_on(self, out: str, hooks: tuple[Hook, ...]) -> bool:
        """Through the rest of what the box's ruleset asks on the way to an interface, or to the box itself."""
        ruleset = self.box.ruleset
        if ruleset is None:
            return True
        return self._traced(ruleset, out, hooks[1:] if ruleset.translates else hooks)

    def hop(self, out: str, routes: tuple[Route, ...]) -> Hop:
        """What is to be said of it."""
        return Hop(
            box=self.port.box,
            into=self.port.interface,
            out=out,
            routes=routes,
            lines=tuple(self.lines),
            before=self.came,
            after=outside(self.packet),
        )

    def _traced(self, ruleset: Ruleset, out: str, hooks: tuple[Hook, ...]) -> bool:
        known = {IN_INTERFACE: interface_number(self.port.interface), OUT_INTERFACE: interface_number(out)}
        traced = trace(ruleset, {**self.packet, **known}, hooks, bound=self.bound)
        self.lines += (cited(met, self.box.name) for met in traced.met)
        self.packet = traced.values
        return traced.passes


def outside(values: Values) -> Values:
    """A packet between boxes; the first one of a connection has no status at the next one."""
    within = (*WITHIN, STATUS) if values.get(STATE, 0) == State.NEW else WITHIN
    return {of: value for of, value in values.items() if of not in within}
