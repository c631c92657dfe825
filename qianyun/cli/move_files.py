"""Files of the moves: what is declared of one, and what its steps brought together."""

import json
from datetime import datetime
from pathlib import Path
from typing import TextIO

from qianyun.errors import Fault, ProgressError
from qianyun.estate.moving import Move
from qianyun.importers.declaration import load_moves, load_policy
from qianyun.words import _


def move_of(estate: Path, name: str) -> Move:
    """The move of a short name.

    Raises:
        ProgressError: There is none.
    """
    moves = load_moves(estate, load_policy(estate))
    found = moves.of(name)
    if found is None:
        known = ", ".join(move.name for move in moves.moves)
        mend = _("moves.yml has {names}").format(names=known or "–")
        raise ProgressError(Fault(place=name, what=_("no move has this name"), mend=mend))
    return found


def read_text(stream: TextIO) -> str:
    """All of a stream; empty where nothing is given."""
    return "" if stream.isatty() else stream.read()


def kept(folder: Path, step: str, at: datetime, text: str) -> Path:
    """Keep the evidence of a step under a name that tells when.

    Raises:
        ProgressError: It is no JSON.
    """
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise ProgressError(Fault(place="stdin", what=_("is no JSON: {why}").format(why=error))) from error
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{at:%Y%m%dT%H%M%S%f}-{step}.json"
    file.write_text(json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return file
