"""Live datagrams: from the manifest's exporters alone, and what was counted survives a kill."""

import socket
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import flow_encoding as encoding
import pytest

from collectors.flows.exports import Exports
from collectors.flows.listening import Listening, kept, listen, listeners
from collectors.flows.sightings import Edge
from qianyun.errors import UnreachableError
from qianyun.estate.targets import FlowExports, RoomTargets

FLOW = encoding.Flow(
    source=ip_address("10.0.0.1"),
    target=ip_address("10.0.0.2"),
    source_port=50000,
    target_port=8080,
    protocol=6,
    octets=1000,
    packets=10,
    flags=0x1B,
)
EDGE = Edge("tcp", FLOW.source, FLOW.target, 8080)


class EnoughError(Exception):
    """What was waited for has come."""


def room(port: int = 2055, exporter: str = "127.0.0.1") -> RoomTargets:
    exports = FlowExports(listen=(("127.0.0.1", port),), exporters={exporter: "rt-01"})
    return RoomTargets(room="机房", targets=(), flows=exports)


def bound(address: str = "127.0.0.1") -> socket.socket:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind((address, 0))
    return link


def heard(folder: Path, *senders: str, datagrams: int) -> Listening:
    """Listen until so many datagrams have come, each sender's own at a time."""
    listening = Listening(Exports())

    def told(so_far: Listening) -> None:
        if so_far.exports.datagrams + so_far.strangers.total() >= datagrams:
            raise EnoughError

    with bound() as link:
        link.settimeout(0)
        for sender in senders:
            with bound(sender) as exporter:
                exporter.sendto(encoding.v9([FLOW], seconds=0, uptime_ms=0), link.getsockname())
        with suppress(EnoughError):
            listen([link], [room()], listening, lasts_s=60, folder=folder, told=told)
    listening.exports.settle()
    return listening


def test_the_manifests_exporter_is_heard_and_others_are_dropped_and_counted(tmp_path: Path) -> None:
    listening = heard(tmp_path, "127.0.0.1", "127.0.0.9", "127.0.0.9", datagrams=3)

    assert dict(listening.strangers) == {"127.0.0.9": 2}
    assert list(listening.exports.tallies["netflow@rt-01"].counts) == [EDGE]


def test_what_was_counted_is_there_after_a_kill(tmp_path: Path) -> None:
    listening = Listening(Exports())
    with bound() as link, bound() as exporter:
        link.settimeout(0)
        exporter.sendto(encoding.v9([FLOW], seconds=0, uptime_ms=0), link.getsockname())
        listen([link], [room()], listening, lasts_s=0.5, folder=tmp_path)

    assert list(kept(tmp_path)["netflow@rt-01"].counts) == [EDGE]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    assert kept(tmp_path / "none") == {}
    with bound() as taken:
        port = taken.getsockname()[1]

        with pytest.raises(UnreachableError, match=f"cannot listen at port {port}"), listeners([room(port)]):
            pass
