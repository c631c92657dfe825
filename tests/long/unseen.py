"""All walks of the public collection snmpsim-data, asked whole: none trips the collector; what they say, in numbers.

Fetches the package from the index into a folder of its own; nothing of it is installed.
"""

import asyncio
import bz2
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from collectors import snmp
from collectors.agents.recording import Replay, load
from collectors.asking import Conversation
from collectors.outcome import Run, State
from qianyun.estate.targets import Target, Transport

PACKAGE = "snmpsim-data==1.0.1"
LARGEST = 120 << 20
RUN = Run(id="run", began_at=datetime(2026, 1, 1, tzinfo=UTC))
KEYS = ("vendor", "model", "version", "serial")


def run(seed: int, count: int | None) -> None:
    """Ask every walk, or the first `count`; the first that is not found ends it."""
    del seed
    with tempfile.TemporaryDirectory(prefix="walks-") as scratch:
        folder = Path(scratch)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, PACKAGE]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            names = sorted(name for name in wheel.namelist() if ".snmprec" in name)[:count]
            told = Counter[str]()
            for name in names:
                content = wheel.read(name)
                told.update(_asked(name, bz2.decompress(content) if name.endswith(".bz2") else content, folder))
    shares = ", ".join(f"{key} {told[key]}" for key in KEYS)
    print(f"{told['walks']} walks, {told['too big']} too big; of these told {shares}; of known makers {told['known']}")


def _asked(name: str, content: bytes, folder: Path) -> list[str]:
    if len(content) > LARGEST:
        return ["too big"]
    plain = folder / "walk.snmprec"
    plain.write_bytes(content)
    target = Target(name=name, room="r", address="192.0.2.1", port=161, transport=Transport.SNMP, credential="c")
    outcome = asyncio.run(snmp.collect(target, Conversation(Replay(load(plain))), RUN))
    if outcome.state is not State.FOUND:
        raise SystemExit(f"{name}: {outcome.state} {outcome.reasons}")
    told = {each.attribute.removeprefix("device."): str(each.value) for each in outcome.observations}
    is_known = not told.get("vendor", "").startswith("enterprise") and bool(told.get("vendor"))
    return ["walks", *(key for key in KEYS if told.get(key)), *(["known"] if is_known else [])]
