"""A bundle: a whole run in a room that has no network, as one file that somebody carries to the centre."""

import os
from datetime import UTC, datetime
from pathlib import Path

from collectors.reach.keys import SigningKey
from collectors.reach.outbox import Outbox
from collectors.reach.parcel import pack

SUFFIX = ".parcel"


def write_bundle(outbox: Outbox, room: str, folder: Path, signer: SigningKey, recipient: str) -> Path:
    """Pack the run that has ended into a file, then forget the run; the file's path.

    Killed in between, the same run is packed again, and the centre keeps its letters once.
    """
    letters = [letter for path in outbox.waiting() for letter in outbox.letters(path)]
    octets = pack(room, letters, signer, recipient, datetime.now(UTC))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{room}-{outbox.run.id}{SUFFIX}"
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    outbox.clear()
    return path
