"""The outbox of a room: the run under way on disk, device by device, until the centre can have it.

What became of a device is written whole before anything of it leaves, and a device that stands here is
not asked again. Killed at any moment and started again, the same run goes on; a letter that may have
left is sent again under the name it had.

    run.json     the run: its id and when it began
    journal      whole tables of devices that are not done
    waiting/     devices that are done, with their letters
    sent/        devices whose letters have left, without them
"""

import fcntl
import hashlib
import json
import os
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from collectors.keeping import also
from collectors.outcome import Outcome, Run, State
from collectors.reach.letters import Letter, last_letter, letters_of, read, write
from collectors.run import new_run
from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

LAST = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A device that is done.

    Attributes:
        target: Its name; empty for the end of the run.
    """

    target: str
    state: str
    subject: str
    reasons: tuple[str, ...]
    findings: tuple[str, ...]


class Outbox:
    """One room's outbox; for one process at a time, which holds it until it is closed or dies.

    Raises:
        DeclarationError: Another process holds it.
    """

    def __init__(self, folder: Path, room: str) -> None:
        self._folder, self._room = folder, room
        self._waiting, self._sent = folder / "waiting", folder / "sent"
        for each in (folder, self._waiting, self._sent):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _held(folder / "lock")
        self.run = self._begun()
        self._settled = {each.stem: _settled(each) for part in (self._sent, self._waiting) for each in _entries(part)}

    @property
    def journal(self) -> Path:
        """Where tables of devices that are not done are remembered."""
        return self._folder / "journal"

    @property
    def flows(self) -> Path:
        """Where tallies of sampled sockets are kept until the run ends."""
        return self._folder / "flows"

    @property
    def is_ended(self) -> bool:
        """Whether every device is done and the run has its last letter."""
        return LAST in self._settled

    @property
    def settled(self) -> tuple[Settled, ...]:
        """Devices that are done, by name."""
        return tuple(sorted((each for each in self._settled.values() if each.target), key=lambda each: each.target))

    def put(self, outcome: Outcome) -> None:
        """Keep what became of a device; one that was reached before over another target is named beside it."""
        if outcome.observations and outcome.subject in {each.subject for each in self._settled.values()}:
            outcome = replace(outcome, observations=(also(outcome, outcome.subject),))
        done = Settled(
            target=outcome.target.name,
            state=str(outcome.state),
            subject=outcome.subject if outcome.observations else "",
            reasons=outcome.reasons,
            findings=outcome.findings,
        )
        self._write(_file_of(done.target), done, letters_of(outcome, self.run))

    def end(self) -> None:
        """Write the last letter of the run."""
        counts: Mapping[str, int] = dict.fromkeys(map(str, State), 0) | Counter(each.state for each in self.settled)
        reasons = tuple(
            (each.target, each.state, why) for each in self.settled for why in (*each.findings, *each.reasons)
        )
        done = Settled(target="", state="", subject="", reasons=(), findings=())
        self._write(LAST, done, [last_letter(self.run, self._room, counts, reasons)])

    def waiting(self) -> tuple[Path, ...]:
        """What has not left yet; the end of the run last."""
        return tuple(sorted(_entries(self._waiting), key=lambda path: (path.stem == LAST, path.stem)))

    def letters(self, path: Path) -> tuple[Letter, ...]:
        """The letters of a device that waits."""
        return tuple(map(read, _content(path)["letters"]))

    def left(self, path: Path) -> None:
        """Note that the letters of a device have left and are in safe hands."""
        _write_whole(self._sent / path.name, _content(path) | {"letters": []})
        path.unlink()

    def clear(self) -> None:
        """Forget the run; the next one is new."""
        (self._folder / "run.json").unlink(missing_ok=True)
        for each in (self._waiting, self._sent):
            shutil.rmtree(each, ignore_errors=True)
        shutil.rmtree(self.flows, ignore_errors=True)
        self.journal.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have it."""
        self._lock.close()

    def _write(self, name: str, done: Settled, letters: Iterable[Letter]) -> None:
        entry = {
            "target": done.target,
            "state": done.state,
            "subject": done.subject,
            "reasons": done.reasons,
            "findings": done.findings,
            "letters": [write(each) for each in letters],
        }
        _write_whole(self._waiting / f"{name}.letters", entry)
        self._settled[name] = done

    def _begun(self) -> Run:
        """The run that was cut off, else a new one."""
        path = self._folder / "run.json"
        try:
            entry = json.loads(path.read_text(encoding="ascii"))
            return Run(id=str(entry["id"]), began_at=datetime.fromisoformat(entry["began_at"]))
        except FileNotFoundError:
            self._empty()
            run = new_run()
            content = json.dumps({"id": run.id, "began_at": run.began_at.isoformat()}).encode()
            _replace(path, content)
            return run

    def _empty(self) -> None:
        """Without a run, what lies about is of one that has left whole."""
        for part in (self._waiting, self._sent):
            for path in part.iterdir():
                path.unlink()
        self.journal.unlink(missing_ok=True)


def _held(path: Path) -> IO[str]:
    """The lock of a folder; it goes when its holder does."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        what, mend = _("another run is under way here"), _("wait for it, or name another folder with --state")
        raise DeclarationError(Fault(place=str(path.parent), what=what, mend=mend)) from None
    return lock


def _file_of(target: str) -> str:
    return hashlib.sha256(target.encode()).hexdigest()[:24]


def _entries(folder: Path) -> Iterable[Path]:
    return folder.glob("*.letters")


def _settled(path: Path) -> Settled:
    entry = _content(path)
    return Settled(
        target=entry["target"],
        state=entry["state"],
        subject=entry["subject"],
        reasons=tuple(entry["reasons"]),
        findings=tuple(entry["findings"]),
    )


def _content(path: Path) -> dict[str, str]:
    """An entry as it was written; its fields are ours."""
    return cast("dict[str, str]", json.loads(zlib.decompress(path.read_bytes())))


def _write_whole(path: Path, entry: Mapping[str, object]) -> None:
    _replace(path, zlib.compress(json.dumps(entry, ensure_ascii=False).encode(), 1))


def _replace(path: Path, content: bytes) -> None:
    """All of it is on disk under this name, or nothing."""
    unfinished = path.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
