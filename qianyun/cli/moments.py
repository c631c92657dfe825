"""Lengths of time as people write and read them: 90s, 30m, 12h, 7d."""

import re

import typer

from qianyun.words import _

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LENGTH = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


def seconds_of(text: str, option: str) -> float:
    """Seconds of a length of time; a bare number is seconds.

    Raises:
        typer.BadParameter: It is none.
    """
    found = LENGTH.fullmatch(text.strip())
    if found is None or float(found.group(1)) <= 0:
        what = _("{value!r} is no length of time; write 90s, 30m, 12h or 7d").format(value=text)
        raise typer.BadParameter(what, param_hint=option)
    return float(found.group(1)) * UNITS[found.group(2) or "s"]


def shown_time(seconds: float) -> str:
    """A length of time in its largest whole unit or two: `2 d 3 h`."""
    parts: list[str] = []
    rest = round(seconds)
    for unit, length in reversed(UNITS.items()):
        count, rest = divmod(rest, length)
        if count and len(parts) < 2:  # noqa: PLR2004 - the two largest
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
