"""Ask services of a lab from inside one of its hosts, by plain sockets that know nothing of them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qianyun.lab.running import Lab

PLAIN = Path(__file__).with_name("plain.py")


def _command(lab: Lab, host: str, words: tuple[str, ...]) -> list[str]:
    """Our own Python on a host's network, but none of its files: the host need not help."""
    return ["nsenter", "--target", str(lab.init(host)), "--net", "--", sys.executable, str(PLAIN), *words]


def asked(lab: Lab, host: str, *words: str) -> str:
    """What a verb prints; empty where nobody answered."""
    return subprocess.run(_command(lab, host, words), capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def serving(lab: Lab, host: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A verb that goes on until the end of the block; its further lines can be read."""
    with subprocess.Popen(_command(lab, host, words), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()
