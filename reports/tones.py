"""What a colour means, and the shape that says the same without it.

State is always a shape too: a page printed in grey, a terminal without colour and a reader who
does not see red all read the same thing.
"""

from enum import StrEnum


class Tone(StrEnum):
    """State of a figure, a row or a cell; the value is the class in our style sheets."""

    DONE = "done"
    RUN = "run"
    WARN = "warn"
    BAD = "bad"
    REST = "rest"
    """Planned, or nothing to say."""


SHAPES = {Tone.DONE: "✔", Tone.RUN: "◐", Tone.WARN: "▲", Tone.BAD: "✕", Tone.REST: "○"}
ROOM_CLOSED = "◆"
ROOM_TO_CLOSE = "◇"

ZONE_TONES = ("internet", "exchange", "extranet")
"""Zones of the usual profile; each has a colour of its own, everywhere the same."""


def zone_tone(zone: str) -> str:
    """Class of a zone's colour; zones that the look does not know share a quiet one."""
    return f"zone-{zone}" if zone in ZONE_TONES else "zone-other"
