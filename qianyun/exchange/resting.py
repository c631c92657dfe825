"""When a channel is looked at again: in its own time, later after each failure, and not while it rests."""

import sys
import time

from qianyun.exchange.ledger import Ledger
from qianyun.policy.channels import Channel

LONGEST_S = 300
"""A source or receiver that stays away is asked this often at least."""


class Resting:
    """What a broker remembers between its rounds; lost when it is killed, and nothing is lost by that."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._said: dict[str, str] = {}

    def is_due(self, channel: Channel) -> bool:
        """Whether a channel's time has come."""
        return time.monotonic() >= self._due.get(channel.name, 0)

    def worked(self, channel: Channel, pause_s: int) -> None:
        """A look is over; the next comes after a pause."""
        self._failures.pop(channel.name, None)
        self._said.pop(f"failed {channel.name}", None)
        self._due[channel.name] = time.monotonic() + pause_s

    def failed(self, channel: Channel, why: str, ledger: Ledger) -> None:
        """A look failed; the next comes after twice the time."""
        count = self._failures[channel.name] = self._failures.get(channel.name, 0) + 1
        self._due[channel.name] = time.monotonic() + min(2.0 ** (count - 1), LONGEST_S)
        self.once(f"failed {channel.name}", ledger, "does not answer", channel=channel.name, why=why)

    def rests(self, channel: Channel, why: str, ledger: Ledger) -> bool:
        """Whether a channel is held back; told when it begins and when it ends."""
        name = f"rests {channel.name}"
        if why:
            self.once(name, ledger, "rests", channel=channel.name)
        elif self._said.pop(name, None) is not None:
            self._write(ledger, "goes on", channel=channel.name)
        return bool(why)

    def once(self, name: str, ledger: Ledger, event: str, **said: str) -> None:
        """Log something that lasts, when it begins and when it becomes something else."""
        if self._said.get(name) != (text := repr(said)):
            self._said[name] = text
            self._write(ledger, event, **said)

    def _write(self, ledger: Ledger, event: str, **said: object) -> None:
        with ledger.together():
            self.tell(ledger.log(event, **said))

    def tell(self, text: str) -> None:
        """Say it to whoever started the broker: systemd's journal."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
