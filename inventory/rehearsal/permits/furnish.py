"""Bring the hosts of the rehearsal to where the move begins: the service runs in the department's room.

    python -m inventory.rehearsal.permits.furnish LAB [MEGABYTES]

LAB is the folder of the lab that runs, such as state/lab/rehearsal.
"""

import subprocess
import sys
from pathlib import Path

from qianyun.lab.running import Lab, found

HERE = Path(__file__).parent
SCRIPT = (HERE / "furnish.sh").read_text()


def furnish(lab: Lab, megabytes: int) -> None:
    """Lay out the service with so much data, the empty target, the name server and the offices."""
    on(lab, "room-server", ["sh", "-c", "cat > /run/permits.py"], (HERE / "permits.py").read_text())
    for host, *words in (
        ("resolver", "resolver"), ("database", "database"), ("app", "app"),
        ("office-a", "office"), ("office-b", "office"),
        ("room-server", "room-server", str(megabytes)),
    ):  # fmt: skip
        on(lab, host, ["sh", "-s", *words], SCRIPT)
    for office in ("office-a", "office-b"):
        on(lab, office, ["sh", "-c", "cat > /run/client.py"], (HERE / "client.py").read_text())


def on(lab: Lab, host: str, words: list[str], given: str) -> None:
    """Run a command on a host."""
    subprocess.run(lab.command(host, words), input=given, text=True, check=True)  # noqa: S603 - the rehearsal's own hosts


if __name__ == "__main__":
    furnish(found(Path(sys.argv[1]).resolve()), int(sys.argv[2]) if sys.argv[2:] else 20)
