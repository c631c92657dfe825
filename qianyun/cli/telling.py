"""What the commands of `qianyun track` share: who tells, of what, against which world."""

import getpass
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import day, url_of
from qianyun.cli.saying import say
from qianyun.errors import Fault, ProgressError
from qianyun.store import Held, Store
from qianyun.track.deeds import Approval, Deed, Entry
from qianyun.track.forecast import Forecast
from qianyun.track.grounds import Asked
from qianyun.track.recording import note, state_of
from qianyun.track.states import Tracked, TrackedKind
from qianyun.track.world import World
from qianyun.words import _
from reports.worlds import world_of

Subject = Annotated[
    str, typer.Argument(help="A system as department/name, a room's name, a line's number, or a server's key.")
]
EstateOption = Annotated[Path, typer.Option(help="Folder of the estate's declaration.", envvar="QIANYUN_ESTATE")]
KindOption = Annotated[
    TrackedKind | None, typer.Option("--kind", help="What the key names, where several kinds have it.")
]
Who = Annotated[str, typer.Option(help="Who answers for it; the user of this machine if not given.")]
Why = Annotated[str, typer.Option(help="The reason, for the log.")]
On = Annotated[str, typer.Option("--on", help="The day it happened, such as 2026-11-20; today if not given.")]


def tracked_in(world: World, subject: str, kind: TrackedKind | None) -> Tracked:
    """What a person means.

    Raises:
        ProgressError: Nothing has this key, or several kinds do.
    """
    found = [each for each in world.find(subject) if kind in (None, each.kind)]
    if len(found) == 1:
        return found[0]
    if found:
        kinds = ", ".join(each.kind for each in found)
        what, mend = _("names several things: {kinds}").format(kinds=kinds), _("choose one with --kind")
        raise ProgressError(Fault(place=subject, what=what, mend=mend))
    near = nearest(subject, (each.key for each in world.facts if kind in (None, each.kind)))
    mend = _("did you mean {near!r}").format(near=near) if near else _("qianyun estate show lists what there is")
    raise ProgressError(Fault(place=subject, what=_("nothing that is tracked has this key"), mend=mend))


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known key that is most like a text: one that holds it, the shortest first."""
    inside = sorted((key for key in known if text and text.strip() in key), key=lambda key: (len(key), key))
    return inside[0] if inside else None


def asked_of(
    subject: str, kind: TrackedKind | None, target: str, *, on: str, who: str, why: str
) -> Callable[[World], Asked]:
    """A wish, once the world says what its key names."""
    today = day(on)

    def ask(world: World) -> Asked:
        tracked = tracked_in(world, subject, kind)
        meant = state_of(tracked.kind, target)
        return Asked(tracked=tracked, target=meant, on=today, who=who or getpass.getuser(), why=why)

    return ask


def tell(store: str, estate: Path, ask: Callable[[World], Asked], deed: Deed) -> None:
    """Add one note to a log, and say where the thing then stands."""

    def judge(held: Held) -> tuple[Entry]:
        world = world_of(held, estate)
        asked = ask(world)
        told = replace(deed, target=asked.target) if isinstance(deed, Approval) else deed
        return (note(asked, told, world, held.log(asked.tracked), datetime.now(UTC)),)

    with Store.open(url_of(store, estate)) as opened:
        say(opened.tell(judge), opened)


def needed(found: Forecast | None) -> Forecast:
    """A forecast.

    Raises:
        ProgressError: No plan was approved, so that there is nothing to measure by.
    """
    if found is None:
        mend = _("qianyun plan freeze approves one")
        raise ProgressError(Fault(place=_("plan"), what=_("no plan is approved"), mend=mend))
    return found
