"""A real endpoint for the vSphere collector: govmomi's simulator, built from its module, asked over TLS.

Needs Go and its module proxy. `record(path)` writes what a killed run keeps of it, which is the case that the quick
tests read.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from collectors import vsphere
from collectors.credentials import Account, Secret
from collectors.host_keys import HostKeys, host_name
from collectors.https import Round, over_https, shown_certificate
from collectors.journal import FileJournal, Journal, NoJournal
from collectors.outcome import Outcome, Run, State
from qianyun.estate.targets import Target, Transport

USUAL = 20
SOURCE = Path(__file__).parent.parent / "support" / "vcenter"
WORD = "canary-vcenter-word"
RUN = Run(id="run", began_at=datetime(2026, 1, 1, tzinfo=UTC))


def run(seed: int, count: int | None) -> None:
    """Ask it again and again; every round must tell the same, and refuse what is to be refused."""
    del seed
    with simulator() as port:
        digest = shown_certificate(("127.0.0.1", port))
        first = _told(_asked(port, digest, WORD))
        for number in range(count or USUAL):
            outcome = _asked(port, digest, WORD)
            if outcome.state is not State.FOUND or _told(outcome) != first:
                raise SystemExit(f"round {number}: {outcome.state} {outcome.reasons}")
        wrong, changed = _asked(port, digest, "another-word"), _asked(port, "0" * 64, WORD)
        if wrong.state is not State.REFUSED or "another-word" in repr(wrong):
            raise SystemExit(f"a wrong password: {wrong}")
        if changed.state is not State.REFUSED or len(changed.findings) != 1:
            raise SystemExit(f"another certificate: {changed}")
    kinds = sorted({name.split(".")[0] for name, _value in first})
    print(f"{len(first)} facts of {', '.join(kinds)}; {outcome.requests} requests")


def record(path: Path) -> None:
    """Write the journal of a run that is killed once everything is in it."""
    with simulator() as port:
        journal = FileJournal(path, "recorded", "recorded", resume=False)
        with suppress(KeyboardInterrupt), journal:
            _asked(port, shown_certificate(("127.0.0.1", port)), WORD, journal)
            raise KeyboardInterrupt


def _asked(port: int, digest: str, word: str, journal: Journal | None = None) -> Outcome:
    target = Target(
        name="vcenter-1", room="机房", address="127.0.0.1", port=port, transport=Transport.VSPHERE, credential="c"
    )
    keys = HostKeys({}, {host_name("127.0.0.1", port): frozenset({digest})})
    of = Round(keys=keys, run=RUN, journal=journal or NoJournal(), wait=lambda: None)
    return over_https(vsphere.ask, target, Account(user="qianyun", password=Secret(word)), of)


def _told(outcome: Outcome) -> list[tuple[str, object]]:
    moving = ("machine.", "datastore.")  # their sizes move while the simulator runs
    return [(o.attribute, None if o.attribute.startswith(moving) else o.value) for o in outcome.observations]


@contextmanager
def simulator() -> Iterator[int]:
    """The simulator under way; gives its port."""
    with tempfile.TemporaryDirectory(prefix="vcenter-") as folder:
        program = Path(folder) / "vcenter"
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=SOURCE, check=True)
        command = [str(program), "-password", WORD]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                yield int(line.rpartition(":")[2])
            finally:
                process.terminate()
