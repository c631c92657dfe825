"""Gentleness: no room gets more requests than it agreed to, and a room that does not answer is left alone."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

CONSECUTIVE_SILENCES = 8
REST_S = 30.0


class TokenBucket:
    """At most `rate_per_s` requests a second, with a burst of one tenth of a second's worth unless said otherwise."""

    def __init__(
        self, rate_per_s: float, clock: Callable[[], float] = time.monotonic, *, burst: float | None = None
    ) -> None:
        self._rate = rate_per_s
        self._burst = max(1.0, rate_per_s / 10) if burst is None else burst
        self._tokens = self._burst
        self._clock = clock
        self._filled_at = clock()

    def reserve(self) -> float:
        """Take a token; seconds until it is there, 0 when it is there already."""
        self._fill()
        self._tokens -= 1
        return 0.0 if self._tokens >= 0 else -self._tokens / self._rate

    def takes(self) -> bool:
        """Take a token that is there; without one nothing is taken."""
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now

    async def take(self) -> None:
        """Wait for a token."""
        wait_s = self.reserve()
        if wait_s > 0:
            await asyncio.sleep(wait_s)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of one device in its room: its own share first, so that who waits holds nothing of the room's."""

    device: TokenBucket
    room: TokenBucket

    async def take(self) -> None:
        """Wait until both allow a request."""
        await self.device.take()
        await self.room.take()


class Breaker:
    """Opens after some silences in a row; after a rest it lets one device try for the whole room."""

    def __init__(
        self,
        limit: int = CONSECUTIVE_SILENCES,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._rest_s = rest_s
        self._clock = clock
        self._silences = 0
        self._opened_at: float | None = None

    def allows(self) -> bool:
        """Whether another device may be asked now."""
        if self._opened_at is None:
            return True
        if self._clock() - self._opened_at < self._rest_s:
            return False
        self._opened_at = self._clock()  # one tries; the others go on resting until it has told
        return True

    def heard(self, *, is_silent: bool) -> None:
        """Note what became of a device."""
        if not is_silent:
            self._silences = 0
            self._opened_at = None
            return
        self._silences += 1
        if self._silences >= self._limit:
            self._opened_at = self._clock()
