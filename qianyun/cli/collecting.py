"""What every way of collecting shows while it goes on: a bar for each room, and a few words on stderr."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from collectors.outcome import Outcome
from collectors.run import Told
from collectors.seen import RoomSummary
from qianyun.cli.listing import Listing
from qianyun.estate.targets import RoomTargets
from qianyun.words import _


class _Pace(ProgressColumn):
    """Devices a second."""

    def render(self, task: Task) -> Text:
        """The pace of the last half minute; a dash before there is one."""
        return Text(_("{pace} devices/s").format(pace="–" if task.speed is None else f"{task.speed:.1f}"))


@contextmanager
def progress(rooms: Sequence[RoomTargets]) -> Iterator[Told]:
    """A bar for every room under way, on a terminal; silence elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Pace(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {each.room: bars.add_task(each.room, total=len(each.targets)) for each in rooms}

        def told(outcome: Outcome) -> None:
            task = tasks[outcome.target.room]
            bars.advance(task)
            bars.update(task, visible=not bars.tasks[task].finished)

        yield told


def summary_listing(summaries: Sequence[RoomSummary]) -> Listing:
    """Rooms in numbers."""
    titles = {
        "room": _("room"),
        "found": _("found"),
        "new": _("new"),
        "changed": _("changed"),
        "gone": _("gone"),
        "refused": _("refused"),
        "silent": _("silent"),
        "skipped": _("left alone"),
    }
    return Listing(titles=titles, rows=[tuple(getattr(each, name) for name in titles) for each in summaries])


def tell_reasons(summaries: Sequence[RoomSummary]) -> None:
    """Why a device is not simply found, on stderr."""
    talk([f"· {each.room} {target}: {reason}" for each in summaries for target, reason in each.reasons])


def talk(lines: Sequence[str]) -> None:
    """Say lines on stderr, as they are."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line, markup=False)
