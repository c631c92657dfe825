"""Flow datagrams as they come in: from the exporters of a room's manifest, at its ports, and from nobody else.

UDP has no flow control, so the system's buffer is made large and datagrams are taken before anything else is
done. What was counted is on disk every half minute; a kill loses that much at most.
"""

import os
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from collectors.flows.captures import LARGEST_DATAGRAM
from collectors.flows.exports import Exports
from collectors.flows.sightings import plain
from collectors.flows.tally import Tally
from qianyun.errors import Fault, UnreachableError
from qianyun.estate.targets import RoomTargets
from qianyun.words import _

BUFFER = 8 << 20
SETTLE_S, LOOK_S = 30.0, 0.2
AT_ONCE = 512
MOST_STRANGERS = 256
OTHERS = "…"


@dataclass(slots=True)
class Listening:
    """What came in.

    Attributes:
        strangers: Datagrams of exporters that the manifest does not name, by address; they were not decoded.
    """

    exports: Exports
    strangers: Counter[str] = field(default_factory=Counter)


@contextmanager
def listeners(rooms: Sequence[RoomTargets]) -> Iterator[list[socket.socket]]:
    """Sockets at all places where these rooms' exporters send to.

    Raises:
        UnreachableError: One of them is taken, or is not ours; says all.
    """
    places = list(dict.fromkeys(place for room in rooms if room.flows for place in room.flows.listen))
    faults: list[Fault] = []
    with ExitStack() as stack:
        opened: list[socket.socket] = []
        for address, port in places:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            link = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            link.settimeout(0)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            try:
                link.bind((address, port))
            except OSError as error:
                what = _("cannot listen at port {port}: {why}").format(port=port, why=error.strerror)
                faults.append(Fault(place=address, what=what))
            opened.append(link)
        if faults:
            raise UnreachableError(faults)
        yield opened


def listen(
    links: Sequence[socket.socket],
    rooms: Sequence[RoomTargets],
    listening: Listening,
    *,
    lasts_s: float,
    folder: Path,
    told: Callable[[Listening], None] = lambda _listening: None,
) -> None:
    """Take datagrams in for a while.

    Args:
        links: Where they come in.
        rooms: Whose exporters may send.
        listening: What is added to.
        lasts_s: How long.
        folder: Where the tallies are kept on the way.
        told: Called about five times a second.
    """
    names = {address: name for room in rooms if room.flows for address, name in room.flows.exporters.items()}
    until, settled = time.monotonic() + lasts_s, time.monotonic()
    with selectors.DefaultSelector() as selector:
        for link in links:
            selector.register(link, selectors.EVENT_READ)
        while (now := time.monotonic()) < until:
            for key, _mask in selector.select(min(LOOK_S, until - now)):
                _take(key.fileobj, names, listening)  # type: ignore[arg-type]  # what was registered above
            if now - settled > SETTLE_S:
                settled = now
                keep(listening.exports, folder)
            told(listening)
    keep(listening.exports, folder)


def _take(link: socket.socket, names: dict[str, str], listening: Listening) -> None:
    for _each in range(AT_ONCE):
        try:
            octets, sender = link.recvfrom(LARGEST_DATAGRAM)
        except BlockingIOError:
            return
        exporter = str(plain(ip_address(str(sender[0]).partition("%")[0])))
        name = names.get(exporter)
        if name is None:
            is_known = exporter in listening.strangers or len(listening.strangers) < MOST_STRANGERS
            listening.strangers[exporter if is_known else OTHERS] += 1
            continue
        listening.exports.take(exporter, name, octets, time.time())


def keep(exports: Exports, folder: Path) -> None:
    """Count what waits, and put all tallies on disk."""
    exports.settle()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for place, tally in enumerate(exports.tallies.values()):
        beside = folder / f"{place}.new"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(tally.to_text())
        beside.replace(folder / f"{place}.json")


def kept(folder: Path) -> dict[str, Tally]:
    """The tallies that a run which was cut off left; what cannot be read is none."""
    found: dict[str, Tally] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            tally = Tally.from_text(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found[tally.observer] = tally
    return found
