"""Ask one device with patience: requests are repeated, walks go on from the last name, endless ones are cut.

An `Asker` sends one request and takes one answer. A `Conversation` is what stands between it and
the collector: one request in flight, a timer that follows the device's own pace (RFC 6298), fewer
repetitions after a time-out and more after success, and an end to every table.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from collectors.ber import END_OF_VIEW, MalformedError, Oid, Varbind, decode_oid
from collectors.oids import Table

FEWEST, MOST = 1, 40
"""Repetitions of one GETBULK: an answer of 40 short varbinds still fits one frame of Ethernet or two."""

NAMES_AT_ONCE = 12
FIRST_TRIES, TRIES = 5, 8
"""A device that never answered is given up sooner than one that did: on a line that loses a tenth of all
requests, one device in a hundred thousand is missed, and one walk in a hundred million fails."""

FIRST_WAIT_S, SHORTEST_WAIT_S, LONGEST_WAIT_S = 1.0, 0.2, 5.0


class NoAnswerError(Exception):
    """Nothing came back in time."""


class TooBigError(Exception):
    """The agent cannot put the answer into one message."""


class RefusedError(Exception):
    """The agent, or the engine before it, said no; the words never hold a secret."""


class Asker(Protocol):
    """One request and its answer; no patience of its own.

    Each method raises `NoAnswerError`, `TooBigError` or `RefusedError`.
    """

    async def get(self, names: Sequence[Oid], timeout_s: float) -> list[Varbind]:
        """The values of exactly these names."""

    async def bulk(self, after: Oid, repetitions: int, timeout_s: float) -> list[Varbind]:
        """At most `repetitions` values that follow a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a table gave.

    Attributes:
        cut: Why it was ended early; empty when it ended by itself.
    """

    varbinds: tuple[Varbind, ...]
    cut: str = ""


async def _at_once() -> None:
    """No pacing."""


class Conversation:
    """Asks one device, one request at a time.

    Attributes:
        requests: How many were sent, repeats included.
    """

    def __init__(
        self, asker: Asker, pace: Callable[[], Awaitable[None]] = _at_once, first_wait_s: float = FIRST_WAIT_S
    ) -> None:
        self._asker = asker
        self._pace = pace
        self._wait_s = first_wait_s
        self._smoothed_s = self._varied_s = 0.0
        self._repetitions = MOST // 2
        self._has_answered = False
        self.requests = 0

    async def get(self, names: Sequence[Oid]) -> list[Varbind]:
        """The values of these names; those that the device lacks come back as absent or not at all."""
        found: list[Varbind] = []
        for begin in range(0, len(names), NAMES_AT_ONCE):
            found += await self._get_some(names[begin : begin + NAMES_AT_ONCE])
        return found

    async def _get_some(self, names: Sequence[Oid]) -> list[Varbind]:
        try:
            return await self._patiently(lambda wait_s: self._asker.get(names, wait_s))
        except TooBigError:
            if len(names) == 1:
                return []
        half = len(names) // 2
        return [*await self._get_some(names[:half]), *await self._get_some(names[half:])]

    async def walk(self, table: Table) -> Walked:
        """All values of a table's columns."""
        found: list[Varbind] = []
        at = table.first
        while True:
            try:
                answer = await self._patiently(partial(self._bulk, at))
            except TooBigError:
                if self._repetitions == FEWEST:
                    return Walked(varbinds=tuple(found), cut="a single value is too big for a message")
                self._repetitions = max(FEWEST, self._repetitions // 2)
                continue
            if not answer:
                return Walked(varbinds=tuple(found), cut="an answer was empty")
            try:
                last, is_over = _trim(answer, table.stop)
            except MalformedError:
                return Walked(varbinds=tuple(found), cut="a name was malformed")
            if last <= at and not is_over:
                return Walked(varbinds=tuple(found), cut="names did not increase")
            found += answer
            if is_over:
                return Walked(varbinds=tuple(found))
            if len(found) >= table.most:
                return Walked(varbinds=tuple(found), cut=f"there was no end after {table.most} values")
            at = last
            self._repetitions = min(MOST, self._repetitions + 4)

    async def _bulk(self, after: Oid, wait_s: float) -> list[Varbind]:
        return await self._asker.bulk(after, self._repetitions, wait_s)

    async def _patiently(self, ask: Callable[[float], Awaitable[list[Varbind]]]) -> list[Varbind]:
        """Ask until an answer comes, each time waiting longer; the last silence is raised."""
        tries = TRIES if self._has_answered else FIRST_TRIES
        for patience in range(tries):
            await self._pace()
            self.requests += 1
            began = time.monotonic()
            try:
                answer = await ask(min(self._wait_s * (1 << patience), LONGEST_WAIT_S))
            except NoAnswerError:
                if patience == tries - 1:
                    raise
                self._repetitions = max(FEWEST, self._repetitions // 2)
            else:
                self._has_answered = True
                if patience == 0:  # Karn: the answer to a repeat tells nothing of the device's pace
                    self._learn(time.monotonic() - began)
                return answer
        raise NoAnswerError

    def _learn(self, took_s: float) -> None:
        """RFC 6298 section 2, with a floor for agents that think now and then."""
        if self._smoothed_s:
            self._varied_s += (abs(self._smoothed_s - took_s) - self._varied_s) / 4
            self._smoothed_s += (took_s - self._smoothed_s) / 8
        else:
            self._smoothed_s, self._varied_s = took_s, took_s / 2
        self._wait_s = min(max(SHORTEST_WAIT_S, self._smoothed_s + 4 * self._varied_s), LONGEST_WAIT_S)


def _trim(answer: list[Varbind], stop: Oid) -> tuple[Oid, bool]:
    """Drop what lies beyond the table; the last name in it, and whether the table is over."""
    is_over = False
    last: Oid = ()
    while answer:
        last = decode_oid(answer[-1].oid)
        if answer[-1].tag != END_OF_VIEW and last < stop:
            break
        is_over = True
        answer.pop()
    return last, is_over
