"""The exchange zone's wall, tried with packets: `python exchange_wall.py FOLDER before|after`.

In the molecule scenario's lab a host of each side has routes to the other side over the broker. Before the
role is applied packets cross, so that the trial can fail; afterwards no TCP, UDP or ICMP of either family
reaches the other side, either way, from the hosts beside the broker or from the broker's own sides, and not
one frame from across is seen on the wires. Then brokers are killed while files cross, and each arrives once.
"""

import subprocess
import sys
import time
from pathlib import Path

import reachability
from reachability import Cell, observed

from qianyun.lab.running import Lab, found

ASKED = (*(("tcp", port) for port in (22, 80, 443, 5432)), ("udp", 53), ("udp", 514), ("icmp", 0))
HELD = {"web": ("203.0.113.65", "3fff:e3:10::1"), "app": ("172.30.3.1", "3fff:e3:20::1")}
LEGS = {"outer": ("203.0.113.74", "3fff:e3:10::10"), "inner": ("172.30.3.10", "3fff:e3:20::10")}
SNIFF = """
import socket, sys, time
held = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
held.settimeout(0.2)
marks = [socket.inet_pton(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in sys.argv[1:]]
count = 0
print("ready", flush=True)
import select
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        frame = held.recv(2048)
    except TimeoutError:
        continue
    v4, v6 = frame[26:30], frame[22:38]
    count += any(frame[12:14] in (b"\\x08\\x00", b"\\x86\\xdd") and mark in (v4, v6) for mark in marks)
print(count)
"""
"""Counts frames that carry one of these source addresses, until something comes on stdin."""

CONNECT = """
import socket, sys
for address in sys.argv[1:]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as asked:
            asked.settimeout(2)
            try:
                asked.connect((address, 8022))
            except OSError as error:
                print(address, kind.name, "refused:", error.strerror)
            else:
                print(address, kind.name, "OPENED")
"""


def cells() -> list[Cell]:
    """Every question from each side's host to the other."""
    pairs = (("web", "app"), ("app", "web"))
    return [Cell(one, other, to, *asked) for one, other in pairs for to in HELD[other] for asked in ASKED]


class Sniffer:
    """Frames of some sources that pass a host's wire."""

    def __init__(self, lab: Lab, host: str, inside: str, sources: tuple[str, ...]) -> None:
        enter = ["ip", "netns", "exec", inside] if inside else []
        command = lab.command(host, [*enter, "python3", "-c", SNIFF, *sources])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def count(self) -> int:
        """End it, and say how many there were."""
        said, _errors = self._process.communicate("end\n", timeout=60)
        return int(said)


def wall(lab: Lab) -> str:
    """Try the wall.

    Raises:
        AssertionError: Something crossed.
    """
    from_web, from_app = HELD["web"], HELD["app"]
    arriving = Sniffer(lab, "broker", "exchange-outer", from_web), Sniffer(lab, "broker", "exchange-inner", from_app)
    crossing = (
        Sniffer(lab, "app", "", (*from_web, *LEGS["outer"])),
        Sniffer(lab, "web", "", (*from_app, *LEGS["inner"])),
    )
    reached = observed(lab, cells())
    tried, crossed = [each.count() for each in arriving], [each.count() for each in crossing]
    assert min(tried) > 0, "nothing came as far as the broker, so nothing was tried"
    assert (sorted(reached), crossed) == ([], [0, 0])
    opened = [line for side, other in (("outer", "inner"), ("inner", "outer")) for line in connected(lab, side, other)]
    assert len(opened) == 2 * 2 * 4
    assert [line for line in opened if "OPENED" in line] == []
    beside = f"{len(cells())} questions and {sum(tried)} frames from beside the broker"
    return f"{beside}, {len(opened)} connections from its sides: none crossed"


def connected(lab: Lab, side: str, other: str) -> list[str]:
    """What becomes of connections from one side of the broker itself to the other and what stands behind it."""
    behind = HELD["app"] if other == "inner" else HELD["web"]
    command = ["ip", "netns", "exec", f"exchange-{side}", "python3", "-c", CONNECT, *LEGS[other], *behind]
    done = subprocess.run(lab.command("broker", command), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


KILLS = 6


def killed(lab: Lab) -> str:
    """Lay files ready while brokers are killed.

    Raises:
        AssertionError: A file did not arrive, or arrived twice.
    """
    for number in range(KILLS):
        script = 'printf "number,applicant\\n$1,x\\n" > .k; chmod 644 .k; mv .k "k-$1.csv"'
        on(lab, "web", "sh", "-c", f"cd /var/lib/qianyun-outbox; {script}", "sh", str(number))
        time.sleep(0.3 * number)
        side = ("outer", "inner")[number % 2]
        on(lab, "broker", "systemctl", "kill", "--signal=KILL", f"qianyun-exchange-broker-{side}.service")
    wanted = sorted(f"k-{number}.csv" for number in range(KILLS))
    end = time.monotonic() + 240
    while (come := arrived(lab)) != wanted:
        assert time.monotonic() < end, come
        time.sleep(0.5)
    time.sleep(2)
    assert arrived(lab) == wanted
    return f"{KILLS} files once each, brokers killed {KILLS} times"


def arrived(lab: Lab) -> list[str]:
    """Names of files that arrived, each as often as it did."""
    said = on(lab, "app", "find", "/var/lib/qianyun-inbox/notices", "-name", "k-*.csv", "-printf", "%f\n")
    return sorted(said.split())


def on(lab: Lab, host: str, *words: str) -> str:
    """What a command on a host says."""
    return subprocess.run(lab.command(host, words), capture_output=True, text=True, check=False).stdout


def main(folder: Path, when: str) -> None:
    """Try, and say what was tried."""
    lab = found(folder)
    reachability.PORTS = {"tcp": [80, 443, 5432], "udp": [53, 514]}
    if when == "before":
        wanted = {(one, kind, version) for one in HELD for kind in ("tcp", "udp", "icmp") for version in (4, 6)}
        crossed, end = observed(lab, cells()), time.monotonic() + 120
        while not wanted <= {(cell.source, cell.protocol, cell.version) for cell in crossed}:
            assert time.monotonic() < end, sorted(crossed)
            crossed |= observed(lab, cells())
        sys.stdout.write(f"{len(crossed)} questions answered across a plain host\n")
    else:
        sys.stdout.write(f"{wall(lab)}\n{killed(lab)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
