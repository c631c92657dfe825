"""The journal of a run: one line a table, so that a killed run loses at most the one it was in.

The file is readable by its owner only, since it holds what devices answered. A last line that was cut
off is left out. Asking again with `--resume` takes every whole table from here.
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self, cast

from collectors.ber import Varbind

Key = tuple[str, str]


class Journal(Protocol):
    """Remembers what came in whole, one entry a table."""

    def recall(self, target: str, table: str) -> tuple[Varbind, ...] | None:
        """What an earlier run kept; `None` when it must be asked."""

    def keep(self, target: str, table: str, varbinds: Sequence[Varbind]) -> None:
        """Remember a table that came in whole."""


class NoJournal:
    """Remembers nothing."""

    def recall(self, target: str, table: str) -> tuple[Varbind, ...] | None:  # noqa: ARG002 - the protocol's
        """Nothing is known."""
        return None

    def keep(self, target: str, table: str, varbinds: Sequence[Varbind]) -> None:
        """Nothing is kept."""


class FileJournal:
    """A journal in a file; use in a `with`. A run that ends removes it; one that is killed leaves it."""

    def __init__(self, path: Path, run: str, manifest: str, *, resume: bool) -> None:
        self._path = path
        before = _read(path, manifest) if resume else None
        self._known = before or {}
        self._run = run
        self._file: IO[str] | None = None
        self._writing = threading.Lock()
        self._is_new = before is None
        self._manifest = manifest

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        mode = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if self._is_new else os.O_APPEND)
        self._file = os.fdopen(os.open(self._path, mode, 0o600), "w", encoding="ascii")
        if self._is_new:
            self._write({"run": self._run, "manifest": self._manifest})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        if kind is None:
            self._path.unlink()

    def recall(self, target: str, table: str) -> tuple[Varbind, ...] | None:
        """What the killed run kept; `None` when it must be asked."""
        return self._known.get((target, table))

    def keep(self, target: str, table: str, varbinds: Sequence[Varbind]) -> None:
        """Remember a table that came in whole."""
        rows = [[v.oid.hex(), v.tag, v.value.hex()] for v in varbinds]
        self._write({"target": target, "table": table, "varbinds": rows})

    def _write(self, entry: Mapping[str, object]) -> None:
        if self._file is None:
            return
        with self._writing:  # SSH sessions write from threads of their own
            self._file.write("\n" + json.dumps(entry))  # the line break goes first: what follows a cut line is whole
            self._file.flush()


def _read(path: Path, manifest: str) -> dict[Key, tuple[Varbind, ...]] | None:
    """Whole tables; `None` where there is no journal of this manifest."""
    if not path.is_file():
        return None
    is_ours = False
    known: dict[Key, tuple[Varbind, ...]] = {}
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if "run" in entry:
                is_ours = entry["manifest"] == manifest
            elif "target" in entry:
                rows = cast(
                    "list[tuple[str, int, str]]", entry["varbinds"]
                )  # our own lines; anything else raises below
                known[entry["target"], entry["table"]] = tuple(
                    Varbind(bytes.fromhex(oid), tag, bytes.fromhex(value)) for oid, tag, value in rows
                )
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return known if is_ours else None
