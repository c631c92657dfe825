"""Connections that go back and forth through a firewall, and what connection tracking thinks of each packet.

A connection exists for the kernel only once its first packet has passed (it is confirmed then);
packets after it are established in both directions. An ICMP error about it is related.

Source: Linux `nf_conntrack_core.c`.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from frames import ICMP, ICMPV6, TCP, UDP, Frame, address

from qianyun.verify.fields import CT_MARK, IN_INTERFACE, OUT_INTERFACE, STATE, STATUS, Field, State, interface_number

SEEN_REPLY, ASSURED, CONFIRMED = 2, 4, 8
ERROR = {4: (ICMP, 3 << 8 | 3), 6: (ICMPV6, 1 << 8 | 4)}
SYN, ACK = 2, 16


@dataclass
class Connection:
    """One conversation and its fate.

    Attributes:
        forward: The first packet, from left to right.
        confirmed: A packet of it has passed; `opened_backwards` says whether that came from the right.
    """

    forward: Frame
    number: Callable[[], int]
    confirmed: bool = False
    opened_backwards: bool = False
    answered: bool = False
    mark: int = 0
    now: tuple[bool, bool] = field(default=(False, False))

    @classmethod
    def by_chance(cls, chance: random.Random, number: Callable[[], int]) -> "Connection":
        """A TCP or UDP conversation between random ends."""
        version, identity = chance.choice((4, 6)), number()
        first = Frame(
            version=version,
            source=address(chance, version, "a"),
            target=address(chance, version, "b"),
            protocol=chance.choice((TCP, UDP)),
            sport=20_000 + identity % 40_000,
            dport=chance.choice((22, 80, 443, 53, 8080)),
            identity=identity,
        )
        return cls(first, number)

    def steps(self, chance: random.Random) -> Iterator[tuple[Frame, dict[Field, int], bool]]:
        """Packets with what filters see of them, and whether they go from right to left."""
        yield self._step(self._along(flags=SYN, sequence=1000, acknowledged=0), backwards=False)
        if self.confirmed or self.forward.protocol == UDP:
            yield self._step(self._against(flags=SYN | ACK, sequence=5000, acknowledged=1001), backwards=True)
        if self.confirmed and not self.opened_backwards and self.answered:
            yield self._step(self._along(flags=ACK, sequence=1001, acknowledged=5001), backwards=False)
            if chance.random() < 0.5:
                yield self._error()

    def went(self, *, passed: bool, after: Mapping[Field, int]) -> None:
        """Tell what became of the last packet, and what it looked like in the end."""
        if after.get(STATE) == State.UNTRACKED:
            self.answered = False  # an answer that tracking has not seen makes what follows it invalid
            return
        if passed or self.confirmed:
            self.mark = after.get(CT_MARK, 0)
        backwards, is_error = self.now
        if passed and not self.confirmed and not is_error:
            self.confirmed, self.opened_backwards = True, backwards

    def _along(self, *, flags: int, sequence: int, acknowledged: int) -> Frame:
        return replace(self.forward, identity=self.number(), flags=flags, sequence=sequence, acknowledged=acknowledged)

    def _against(self, *, flags: int, sequence: int, acknowledged: int) -> Frame:
        one = self._along(flags=flags, sequence=sequence, acknowledged=acknowledged)
        return replace(one, source=one.target, target=one.source, sport=one.dport, dport=one.sport)

    def _step(self, each: Frame, *, backwards: bool) -> tuple[Frame, dict[Field, int], bool]:
        self.now = (backwards, False)
        replies = self.confirmed and backwards != self.opened_backwards
        if replies:
            self.answered = True
        state = State.ESTABLISHED if self.confirmed and self.answered else State.NEW
        return each, self._seen(each, state, backwards=backwards, reply=replies), backwards

    def _seen(self, each: Frame, state: State, *, backwards: bool, reply: bool) -> dict[Field, int]:
        values = each.values(state, reply=reply)
        come, go = ("zfb", "zfa") if backwards else ("zfa", "zfb")
        values[IN_INTERFACE], values[OUT_INTERFACE] = interface_number(come), interface_number(go)
        values[STATUS] = (CONFIRMED if self.confirmed else 0) | (SEEN_REPLY if self.answered else 0)
        values[CT_MARK] = self.mark
        return values

    def _error(self) -> tuple[Frame, dict[Field, int], bool]:
        """The far end says that it cannot be reached: an ICMP error that carries the start of our packet."""
        protocol, word = ERROR[self.forward.version]
        one = self._along(flags=ACK, sequence=1001, acknowledged=5001)
        each = Frame(
            version=one.version,
            source=one.target,
            target=one.source,
            protocol=protocol,
            sport=word,
            identity=one.identity,
            inner=one.packet(),
        )
        self.now = (True, True)
        return each, self._seen(each, State.RELATED, backwards=True, reply=True), True
