"""A side's ledger: what it is about to do, what it did, and a log that nobody can change quietly.

Everything a round decides stands here, in one transaction each, before or after the one rename that makes
it so; a broker that was killed reads it and goes on. SQLite in WAL mode, synchronous, so that what was
written is on the disk. The log only grows: the database refuses changes, and each entry holds the digest
of the one before.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qianyun.errors import StoreError
from qianyun.words import _

TABLES = """
CREATE TABLE IF NOT EXISTS sent (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
  channel TEXT, name TEXT, stamp TEXT, PRIMARY KEY (channel, name));
CREATE TABLE IF NOT EXISTS marks (channel TEXT PRIMARY KEY, mark TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS taken (id TEXT PRIMARY KEY, channel TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log (entry INTEGER PRIMARY KEY, said TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER IF NOT EXISTS log_keeps BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
"""
SEALED, HANDED, ACKNOWLEDGED, REFUSED = "sealed", "handed", "acknowledged", "refused"
TAKEN, DELIVERED = "taken", "delivered"
FIRST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A parcel of this side, and how far it is."""

    number: int
    id: str
    channel: str
    state: str

    @property
    def folder(self) -> str:
        """Its name in the ferry."""
        return f"{self.number:012d}-{self.id}"


class Ledger:
    """One side's ledger, in one file."""

    def __init__(self, path: Path) -> None:
        self._open = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._open.execute("PRAGMA journal_mode=WAL")
        self._open.execute("PRAGMA synchronous=FULL")
        self._open.executescript(TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._open.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All or nothing."""
        self._open.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._open.execute("ROLLBACK")
            raise
        self._open.execute("COMMIT")

    def stamp(self, channel: str, name: str) -> str | None:
        """What a source's file looked like when it was dealt with last."""
        found = self._open.execute("SELECT stamp FROM seen WHERE channel = ? AND name = ?", (channel, name)).fetchone()
        return str(found[0]) if found else None

    def see(self, channel: str, name: str, stamp: str) -> None:
        """Remember what a source's file looks like."""
        self._open.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (channel, name, stamp))

    def mark(self, channel: str) -> str | None:
        """Where the last extract of a channel ended."""
        found = self._open.execute("SELECT mark FROM marks WHERE channel = ?", (channel,)).fetchone()
        return str(found[0]) if found else None

    def move_mark(self, channel: str, mark: str) -> None:
        """Remember where an extract ended."""
        self._open.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (channel, mark))

    def next_number(self) -> int:
        """The number that the next parcel gets."""
        found = self._open.execute("SELECT seq FROM sqlite_sequence WHERE name = 'sent'").fetchone()
        return int(found[0]) + 1 if found else 1

    def seal(self, parcel: Sent) -> None:
        """Write that a parcel is whole and is about to be handed over."""
        row = (parcel.number, parcel.id, parcel.channel, SEALED)
        self._open.execute("INSERT INTO sent VALUES (?, ?, ?, ?)", row)

    def has_sent(self, parcel: str) -> bool:
        """Whether a parcel was sealed before."""
        return self._open.execute("SELECT 1 FROM sent WHERE id = ?", (parcel,)).fetchone() is not None

    def sent(self, state: str, channel: str | None = None) -> tuple[Sent, ...]:
        """Parcels in a state, by number."""
        where, values = ("AND channel = ?", (state, channel)) if channel else ("", (state,))
        rows = self._open.execute(f"SELECT * FROM sent WHERE state = ? {where} ORDER BY number", values)  # noqa: S608 - two fixed texts
        return tuple(Sent(number=number, id=id_, channel=name, state=now) for number, id_, name, now in rows)

    def send(self, parcel: Sent, state: str) -> None:
        """Move a parcel to its next state."""
        self._open.execute("UPDATE sent SET state = ? WHERE id = ?", (state, parcel.id))

    def taken(self, parcel: str) -> tuple[str, str] | None:
        """State of a parcel of the other side, and why it was refused."""
        found = self._open.execute("SELECT state, why FROM taken WHERE id = ?", (parcel,)).fetchone()
        return (str(found[0]), str(found[1])) if found else None

    def take(self, parcel: str, channel: str, state: str, why: str = "") -> None:
        """Move a parcel of the other side to a state."""
        self._open.execute("INSERT OR REPLACE INTO taken VALUES (?, ?, ?, ?)", (parcel, channel, state, why))

    def log(self, event: str, **said: object) -> str:
        """Write an entry; part of the transaction that it tells of."""
        last = self._open.execute("SELECT entry, digest FROM log ORDER BY entry DESC LIMIT 1").fetchone() or (0, FIRST)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = json.dumps({"at": at, "event": event, **said}, ensure_ascii=False, sort_keys=True)
        self._open.execute("INSERT INTO log VALUES (?, ?, ?)", (last[0] + 1, text, chained(last[1], text)))
        return text

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """The log, checked link by link.

        Raises:
            StoreError: An entry was changed or taken out.
        """
        before, found = FIRST, []
        for number, (entry, text, digest) in enumerate(self._open.execute("SELECT * FROM log ORDER BY entry"), start=1):
            if entry != number or chained(before, text) != digest:
                raise StoreError(
                    _("entry {number} of the log was changed, or one before it taken out").format(number=number)
                )
            before = digest
            found.append(json.loads(text))
        return tuple(found)


def chained(before: str, text: str) -> str:
    """The digest of an entry, which holds all entries before it."""
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
