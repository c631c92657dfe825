"""Where a thing stands after something was told of it, said on stderr; and papers by their digest."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from qianyun.errors import Fault, ProgressError
from qianyun.store import Store
from qianyun.track.deeds import Entry
from qianyun.track.recording import state_label
from qianyun.words import _, label

talk = Console(stderr=True, highlight=False, soft_wrap=True)


def say(entries: Iterable[Entry], store: Store) -> None:
    """Where what was told of now stands."""
    standings = {each.tracked: each for each in store.standings()}
    for tracked in dict.fromkeys(entry.tracked for entry in entries):
        standing = standings[tracked]
        line = _("{kind} {key}: {state} since {day}, entry {turn}").format(
            kind=label("TrackedKind", tracked.kind),
            key=tracked.key,
            state=state_label(tracked.kind, standing.state),
            day=standing.since or "–",
            turn=standing.turn,
        )
        talk.print(line, markup=False)


def digest_of(path: Path) -> str:
    """`sha256:` of a file.

    Raises:
        ProgressError: It cannot be read, or is empty and so shows nothing.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        what = _("cannot be read: {error}").format(error=error.strerror)
        raise ProgressError(Fault(place=str(path), what=what)) from error
    if not content:
        raise ProgressError(
            Fault(place=str(path), what=_("is empty and shows nothing"), mend=_("give the paper itself"))
        )
    return "sha256:" + hashlib.sha256(content).hexdigest()
