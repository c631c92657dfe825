"""Trials of the egress: something fails, and packets find the other way; the longest silence is told, by family."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cut_offs import on, waited
from reachability import listening

from qianyun.lab.running import Lab

GAPS = Path(__file__).with_name("gaps.py")
FIRST, SECOND, OPERATOR = "gw-egress-1", "gw-egress-2", "isp-telecom"
INWARDS = {"in, v4": ["udp", "203.0.113.10", 443], "in, v6": ["udp", "3fff:e1:10::10", 443]}
OUTWARDS = {"out, v4": ["tcp", "192.0.2.10", 443], "out, v6": ["tcp", "2001:db8:c0::10", 443]}
LONG_S = 120

DEAD = """nft 'table netdev dead {
  chain from { type filter hook ingress device eth1 priority 0; policy drop; }
  chain to { type filter hook egress device eth1 priority 0; policy drop; }
}'"""
EVENTS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "operator's line dead, carrier there": ((OPERATOR, DEAD), (OPERATOR, "nft delete table netdev dead")),
    "line unplugged at the gateway": ((FIRST, "ip link set wan down"), (FIRST, "ip link set wan up")),
    "gateway without power": (
        (FIRST, "for port in wan inside terminals; do ip link set $port down; done"),
        (FIRST, "for port in wan inside terminals; do ip link set $port up; done"),
    ),
    "keepalived stopped": ((FIRST, "systemctl stop keepalived"), (FIRST, "systemctl start keepalived")),
    "keepalived killed": ((FIRST, "systemctl kill --signal=KILL keepalived"), (FIRST, "true")),
}
"""What happens to the first gateway, and how it ends."""


def holds(lab: Lab, host: str) -> bool:
    """Whether a gateway holds the virtual addresses of both families, and has both its ways out."""
    shown = on(lab, host, "ip", "address", "show", "dev", "inside").stdout
    ways = [
        on(lab, host, "ip", f"-{v}", "route", "show", "default", "dev", "wan", "proto", "bgp").stdout for v in (4, 6)
    ]
    return "203.0.113.1/27" in shown and "3fff:e1:10::1/64" in shown and all(ways)


def settled(lab: Lab) -> None:
    """The first gateway is in charge again."""
    waited(lambda: holds(lab, FIRST) and not holds(lab, SECOND), LONG_S)


@contextmanager
def asking(lab: Lab, host: str, targets: Mapping[str, object]) -> Iterator[dict[str, tuple[float, int]]]:
    """Ask from a host while something happens; what is given is filled at the end."""
    command = ["nsenter", "--target", str(lab.init(host)), "--net", "--", sys.executable, str(GAPS)]
    told: dict[str, tuple[float, int]] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(targets) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield told
        process.stdin.close()
        told.update({name: (gap, answers) for name, (gap, answers) in json.loads(process.stdout.read()).items()})


def trial(lab: Lab, event: str) -> dict[str, dict[str, float]]:
    """One event and its end; gives the longest silence by direction and family, of the failure and of the return."""
    begin, end = EVENTS[event]
    settled(lab)
    with listening(lab, "web"), listening(lab, "client"):
        gone = _silence(lab, begin, lambda: holds(lab, SECOND))
        back = _silence(lab, end, lambda: holds(lab, FIRST) and not holds(lab, SECOND))
    return {"failure": gone, "return": back}


def _silence(lab: Lab, act: tuple[str, str], done: Callable[[], bool]) -> dict[str, float]:
    with asking(lab, "client", INWARDS) as inwards, asking(lab, "terminal", OUTWARDS) as outwards:
        acted = on(lab, act[0], "sh", "-c", act[1])
        assert acted.returncode == 0, acted.stderr
        waited(done, LONG_S)
        waited(lambda: _answers(lab), LONG_S)
    return {name: gap for name, (gap, _answers) in {**inwards, **outwards}.items()}


def _answers(lab: Lab) -> bool:
    """Whether packets go through again, by a fresh question in each direction and family."""
    asked = [("client", INWARDS), ("terminal", OUTWARDS)]
    return all(
        on(lab, host, "ping", "-c", "1", "-W", "1", str(target[1])).returncode == 0
        for host, targets in asked
        for target in targets.values()
    )
