"""An inbox: where parcels end, each once and whole, whoever brings them how often.

A parcel is written aside and brought to the disk; then it is noted as known; then one rename delivers it.
Whoever was killed in between leaves either a parcel that is not known (it is written anew) or one that is
known and still aside (it is renamed now). One that is known and no longer aside was delivered, even if it
has been taken away since.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from qianyun.errors import ReadError
from qianyun.exchange.parcel import MANIFEST, SIGNATURE, Manifest, durable, sync
from qianyun.words import _

HIDDEN = ".inbox"
ID = re.compile(r"[0-9a-f]{32}")
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LONGEST_NAME = 200


class Inbox:
    """Parcels in a folder: `CHANNEL/NUMBER-ID/` with the file, its manifest and the signature."""

    def __init__(self, folder: Path) -> None:
        self._folder, hidden = folder, folder / HIDDEN
        self._staging, self._known, self._lock = hidden / "staging", hidden / "known", hidden / "lock"
        for each in (self._staging, self._known):
            each.mkdir(mode=0o750, parents=True, exist_ok=True)

    def accept(self, manifest: Manifest, payload: bytes, signature: bytes) -> bool:
        """Deliver a parcel that is believed; says whether it was new.

        Raises:
            ReadError: Its names are no plain names.
        """
        _is_plain(manifest)
        with self._alone():
            aside, known = self._staging / manifest.id, self._known / manifest.id
            if not known.exists():
                self._put(aside, manifest, payload, signature)
                durable(known, f"{manifest.folder}\n".encode())
                sync(self._known)
            return self._deliver(aside, self._folder / manifest.channel / manifest.folder)

    def _put(self, aside: Path, manifest: Manifest, payload: bytes, signature: bytes) -> None:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o750)
        for name, content in ((manifest.name, payload), (MANIFEST, manifest.text()), (SIGNATURE, signature)):
            durable(aside / name, content)
        sync(aside)
        sync(self._staging)

    def _deliver(self, aside: Path, place: Path) -> bool:
        if not aside.exists():
            return False
        place.parent.mkdir(mode=0o750, exist_ok=True)
        aside.rename(place)
        sync(place.parent)
        sync(self._staging)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        number = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            flock(number, LOCK_EX)
            yield
        finally:
            os.close(number)


def is_plain_name(name: str) -> bool:
    """Whether a file's name is no path, hides nothing and does not collide with what lies beside it."""
    usual = bool(name) and len(name.encode()) <= LONGEST_NAME and name.isprintable() and "/" not in name
    return usual and not name.startswith((".", "-")) and name not in (MANIFEST, SIGNATURE)


def _is_plain(manifest: Manifest) -> None:
    if not (ID.fullmatch(manifest.id) and WORD.fullmatch(manifest.channel) and is_plain_name(manifest.name)):
        raise ReadError(_("{name!r} is no name of a file that may be delivered").format(name=manifest.name))
