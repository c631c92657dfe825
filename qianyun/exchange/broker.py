"""One side's broker: rounds of hearing, taking and pulling, over and over, until it is told to stop."""

import signal
import time
from contextlib import closing
from types import FrameType

from qianyun.exchange.ledger import Ledger
from qianyun.exchange.resting import Resting
from qianyun.exchange.sending import Sending
from qianyun.exchange.settings import Settings
from qianyun.exchange.taking import Taking

PAUSE_S = 0.5
OWN = ("tmp", "ready", "acks")


class Broker:
    """One side."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        for name in OWN:
            (settings.own / name).mkdir(mode=0o750, parents=True, exist_ok=True)
        resting = Resting()
        self._sending, self._taking = Sending(settings, ledger, resting), Taking(settings, ledger, resting)
        self._has_peer = (settings.others / "ready").is_dir
        self._sending.recover()

    def round(self) -> int:
        """One round; how much was done."""
        taken = 0
        if self._has_peer():
            taken = self._taking.take()
            self._taking.tidy()
        return self._sending.hear() + taken + self._sending.pull()


def serve(settings: Settings) -> None:
    """Run until SIGTERM; what is under way then is finished first."""
    stops: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stops.append(number)

    signal.signal(signal.SIGTERM, stop)
    with closing(Ledger(settings.home / "ledger.db")) as ledger:
        broker = Broker(settings, ledger)
        while not stops:
            if broker.round() == 0:
                time.sleep(PAUSE_S)
