"""Trials of rules that cut the host off: whatever happens before they are confirmed, the old ones come back."""

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from qianyun.errors import LabError
from qianyun.lab.running import Lab

PROGRAM = "/usr/local/sbin/qianyun-zone-commit"
SOURCE = Path(__file__).parent.parent.parent / "playbooks/roles/zone_firewall/files/zone-commit"
CUT = """\
table inet qianyun {
  chain cut {
    type filter hook input priority 0;
    ct state established accept
    tcp dport 22 drop
  }
}
"""
PATIENCE_S = 60.0
ENDS = ("time", "killed", "gave up", "booted", "asked twice")
"""How a change ends that nobody confirms."""


def on(lab: Lab, host: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command on a host."""
    return subprocess.run(lab.command(host, words), capture_output=True, text=True, check=False)


def rules(lab: Lab, host: str) -> str:
    """Our table as the host lists it."""
    return on(lab, host, "nft", "--stateless", "list", "table", "inet", "qianyun").stdout


def put(lab: Lab, host: str, path: str, text: str, mode: str = "600") -> None:
    """Write a file on a host."""
    script = f"mkdir -p {Path(path).parent}; cat > {path}; chmod {mode} {path}"
    subprocess.run(lab.command(host, ["sh", "-c", script]), input=text, text=True, check=True)


def waited(happens: Callable[[], bool], most_s: float = PATIENCE_S) -> float:
    """Seconds until something happens; a limit of its own is for trials on a machine that does nothing else."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < most_s, f"nothing within {most_s} s"
        time.sleep(0.05)
    return time.monotonic() - began


def confirmed(lab: Lab, host: str, ruleset: str) -> None:
    """Bring a host to where the playbook leaves it: rules confirmed, and loaded at boot."""
    put(lab, host, PROGRAM, SOURCE.read_text(), "755")
    put(lab, host, "/etc/nftables.conf", 'flush ruleset\ninclude "/etc/qianyun/zones.nft"\n')
    put(lab, host, "/etc/qianyun/candidate.nft", ruleset)
    for words in (
        (PROGRAM, "apply", "30", "first"),
        (PROGRAM, "confirm", "first"),
        ("systemctl", "enable", "nftables"),
    ):
        time.sleep(1)
        done = on(lab, host, *words)
        assert done.returncode == 0, done.stderr


def trial(lab: Lab, host: str, ruleset: str, chance: random.Random) -> tuple[str, float]:
    """One change that nobody confirms; gives how it ended and for how many seconds the host was cut off.

    Raises:
        AssertionError: The old rules were not back within a second of their time (30 s after a reboot).
    """
    before, end, seconds = rules(lab, host), chance.choice(ENDS), chance.randint(2, 4)
    put(lab, host, "/etc/qianyun/candidate.nft", ruleset + CUT)
    assert on(lab, host, PROGRAM, "apply", str(seconds), "trial").returncode == 0
    waited(lambda: "chain cut" in rules(lab, host))
    time.sleep(chance.random())
    booted = lab.init(host)
    match end:
        case "killed":
            on(lab, host, "systemctl", "kill", "--signal=KILL", "qianyun-zone-change.service")
        case "gave up":
            on(lab, host, PROGRAM, "rollback", "trial")
        case "booted":
            on(lab, host, "systemctl", "reboot")
        case "asked twice":
            assert on(lab, host, PROGRAM, "apply", "60", "another").returncode == 3

    def is_back() -> bool:
        try:
            return (end != "booted" or lab.init(host) != booted) and rules(lab, host) == before
        except (LabError, StopIteration):  # between two boots
            return False

    return end, waited(is_back, 30 if end == "booted" else seconds + 1)
