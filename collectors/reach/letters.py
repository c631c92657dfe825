"""Letters: what one device of one run said, as text that is carried from a room to the centre.

A letter's name is made of its run and its target, so that one that is sent again after a kill has the
name it had before, and the centre keeps it once. A device with long tables fills several letters. The
last letter of a run tells what was counted. Every form of reaching a room carries the same letters.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from collectors.outcome import Outcome, Run
from qianyun.errors import FactError
from qianyun.estate.observation import Observation, Value

LONGEST = 20_000
"""Observations in one letter; sealed it then stays well under the eight megabytes of one message."""
END = "end"


class MisreadError(Exception):
    """A letter is not in our form; the words say what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A part of a run.

    Attributes:
        name: Unique for ever: `run/room/target/part`, or `run/room/end`.
        room: Whose it is; only an agent of that room may bring it.
        counts: Of the whole run, in its last letter: outcomes by state.
        reasons: Target, state and reason of all that are not simply found, in the last letter.
    """

    name: str
    run: Run
    room: str
    observations: tuple[Observation, ...] = field(default=(), repr=False)
    counts: Mapping[str, int] | None = None
    reasons: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_end(self) -> bool:
        """Whether the run ends with it."""
        return self.counts is not None


def letters_of(outcome: Outcome, run: Run) -> tuple[Letter, ...]:
    """The letters that one device's outcome fills; none when it told nothing."""
    place = f"{run.id}/{outcome.target.room}/{outcome.target.name}"
    parts = range(0, len(outcome.observations), LONGEST)
    return tuple(
        Letter(
            name=f"{place}/{number}",
            run=run,
            room=outcome.target.room,
            observations=outcome.observations[begin : begin + LONGEST],
        )
        for number, begin in enumerate(parts)
    )


def last_letter(run: Run, room: str, counts: Mapping[str, int], reasons: tuple[tuple[str, str, str], ...]) -> Letter:
    """The letter that ends a run in a room."""
    return Letter(name=f"{run.id}/{room}/{END}", run=run, room=room, counts=counts, reasons=reasons)


def write(letter: Letter) -> dict[str, object]:
    """A letter as plain values for JSON."""
    return {
        "name": letter.name,
        "run": letter.run.id,
        "began_at": letter.run.began_at.isoformat(),
        "room": letter.room,
        "observations": list(map(_row, letter.observations)),
        **({} if letter.counts is None else {"counts": dict(letter.counts), "reasons": letter.reasons}),
    }


def _row(each: Observation) -> list[object]:
    return [each.subject, each.attribute, each.value, each.source, each.raw_sha256, each.seen_at.isoformat()]


def read(entry: object) -> Letter:
    """The letter of plain values.

    Raises:
        MisreadError: They are not in our form.
    """
    try:
        fields = cast("dict[str, object]", entry)  # anything else raises below
        run = Run(id=_text(fields["run"]), began_at=_moment(fields["began_at"]))
        return Letter(
            name=_text(fields["name"]),
            run=run,
            room=_text(fields["room"]),
            observations=tuple(_observation(row, run) for row in _list(fields["observations"])),
            counts=_counts(fields["counts"]) if "counts" in fields else None,
            reasons=tuple(map(_reason, _list(fields.get("reasons", [])))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, FactError) as error:
        raise MisreadError(f"{type(error).__name__}: {json.dumps(str(error), ensure_ascii=False)}") from error


def _reason(row: object) -> tuple[str, str, str]:
    target, state, why = map(_text, _list(row))
    return target, state, why


def _observation(row: object, run: Run) -> Observation:
    subject, attribute, value, source, digest, seen_at = _list(row)
    return Observation(
        subject=_text(subject),
        attribute=_text(attribute),
        value=_value(value),
        source=_text(source),
        raw_sha256=_text(digest),
        seen_at=_moment(seen_at),
        run=run.id,
    )


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(map(_value, value))
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} is no value")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"{type(value).__name__} is no text")


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise TypeError(f"{type(value).__name__} is no list")


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return moment


def _counts(value: object) -> Mapping[str, int]:
    counts = cast("dict[str, int]", value)
    return {_text(name): int(count) for name, count in counts.items()}
