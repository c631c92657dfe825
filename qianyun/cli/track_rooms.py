"""`qianyun track room` and `kpi`: what leaves with the systems, and how everybody did."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from qianyun.cli.listing import PROVINCE, Format, Listing, Printed, StoreUrl, day, show, url_of
from qianyun.cli.saying import talk
from qianyun.cli.telling import EstateOption, nearest
from qianyun.errors import Fault, ProgressError
from qianyun.estate.kinds import LEAVING
from qianyun.importers.declaration import load_pools
from qianyun.store import Store
from qianyun.track.kit import KitNeed, freed_kit, is_fit, matched, needs_of
from qianyun.track.kpi import Assessed, kpis
from qianyun.track.recording import state_label
from qianyun.track.rooms import RoomOutlook, line_outlooks, room_outlooks, what_holds
from qianyun.track.states import TrackedKind
from qianyun.track.withdrawal import CutoverDays, saved_by_month
from qianyun.track.world import World
from qianyun.words import _, label
from reports.worlds import leaving_at, world_of

if TYPE_CHECKING:
    from reports.content import Cell


class What(StrEnum):
    """What to list of the withdrawal."""

    ROOMS = "rooms"
    LINES = "lines"
    SAVINGS = "savings"
    KIT = "kit"
    REUSE = "reuse"


def withdrawn(
    room: Annotated[str, typer.Argument(help="One room: everything that keeps it from closing.")] = "",
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    *,
    what: Annotated[
        What, typer.Option("--list", help="Rooms, lines, savings by month, freed kit, or where it is used again.")
    ] = What.ROOMS,
    on: Annotated[str, typer.Option("--on", help="The day to look from; today if not given.")] = "",
    form: Printed = Format.TABLE,
) -> None:
    """Tell what leaves when: rooms with what holds them, lines with their saving, kit and its reuse."""
    today = day(on)
    with Store.open(url_of(store, estate)) as opened:
        world = world_of(opened.held(), estate)
        days = {} if room else leaving_at(estate, opened, today)
    if room:
        found = holding_listing(world, room, today)
        show(found, form)
        raise typer.Exit(1 if found.rows else 0)
    if what is What.REUSE:
        show(reuse_listing(world, days, needs_of(load_pools(estate), today)), form)
        return
    show(_listing(what, world, days, form), form)


def assessed(
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    *,
    of: Annotated[Assessed | None, typer.Option("--of", help="Departments, vendors or operators alone.")] = None,
    year: Annotated[int, typer.Option(help="Year of the assessment; that of the day looked from if not given.")] = 0,
    on: Annotated[str, typer.Option("--on", help="The day to look from; today if not given.")] = "",
    form: Printed = Format.TABLE,
) -> None:
    """Assess departments, vendors and operators: on time, rolled back, incidents, answers, pool use."""
    today = day(on)
    first, last = date(year or today.year, 1, 1), date(year or today.year, 12, 31)
    with Store.open(url_of(store, estate)) as opened:
        world, log = world_of(opened.held(), estate), opened.log()
    found = kpis(world, log, world.planned or {}, first, min(last, today))
    rows: list[tuple[Cell, ...]] = [
        (
            each.of.value if form is Format.JSON else label("Assessed", each.of),
            each.name,
            each.due,
            each.on_time_percent,
            each.attempts,
            each.rolled_back_percent,
            each.incidents,
            each.incidents_per_hundred,
            each.answered_percent,
            each.solved_minutes,
            each.pool_use_percent,
        )
        for each in found
        if of in (None, each.of)
    ]
    show(Listing(titles=_kpi_titles(), rows=rows), form)


def _kpi_titles() -> dict[str, str]:
    return {
        "of": _("who"),
        "name": _("name"),
        "due": _("due"),
        "on_time_percent": _("on time %"),
        "attempts": _("cut-overs"),
        "rolled_back_percent": _("rolled back %"),
        "incidents": _("incidents"),
        "incidents_per_hundred": _("incidents per 100 cut-overs"),
        "answered_percent": _("answered in time %"),
        "solved_minutes": _("median minutes to solve"),
        "pool_use_percent": _("pool use %"),
    }


def _listing(what: What, world: World, days: CutoverDays, form: Format) -> Listing:
    match what:
        case What.ROOMS:
            return rooms_listing(room_outlooks(world, days), form)
        case What.LINES:
            return lines_listing(world, days, form)
        case What.SAVINGS:
            saved = saved_by_month(line_outlooks(world, days))
            titles = {"month": _("month"), "saved_yuan": _("saved yuan")}
            return Listing(titles=titles, rows=[(f"{month:%Y-%m}", yuan) for month, yuan in saved])
        case _:
            return kit_listing(world, days, form)


def rooms_listing(found: tuple[RoomOutlook, ...], form: Format) -> Listing:
    """Rooms that are to be withdrawn, those that are free first come first."""
    titles = {
        "room": _("room"),
        "outcome": _("outcome"),
        "reason": _("reason"),
        "state": _("state"),
        "systems": _("systems"),
        "left": _("systems left"),
        "last_out": _("last system out"),
        "free_on": _("free from"),
        "late_days": _("days late"),
        "lines": _("active lines"),
        "unwiped": _("unwiped servers"),
    }
    order = sorted(found, key=lambda e: (e.room.outcome not in LEAVING, e.free_on is None, str(e.free_on), e.room.name))
    rows: list[tuple[Cell, ...]] = [
        (
            each.room.name,
            each.room.outcome
            and (each.room.outcome.value if form is Format.JSON else label("RoomOutcome", each.room.outcome)),
            each.room.outcome_reason or None,
            each.state if form is Format.JSON else state_label(TrackedKind.ROOM, each.state),
            each.systems,
            len(each.left),
            str(each.last_out[0]) if each.last_out else None,
            each.free_on,
            each.late_days or None,
            len(each.lines),
            len(each.unwiped),
        )
        for each in order
    ]
    return Listing(titles=titles, rows=rows)


def holding_listing(world: World, name: str, today: date) -> Listing:
    """What keeps one room from closing.

    Raises:
        ProgressError: Nobody declared the room.
    """
    room = next((each for each in world.estate.rooms if each.name == name), None)
    if room is None:
        near = nearest(name, (each.name for each in world.estate.rooms))
        mend = _("did you mean {near!r}").format(near=near) if near else _("qianyun track room lists them")
        raise ProgressError(Fault(place=name, what=_("is no room that anybody declared"), mend=mend))
    titles = {"what": _("what holds it"), "mend": _("what to do")}
    return Listing(titles=titles, rows=[(fault.what, fault.mend) for fault in what_holds(world, room, today)])


def lines_listing(world: World, days: CutoverDays, form: Format) -> Listing:
    """Lines that go or went, by day."""
    titles = {
        "line": _("line"),
        "department": _("department"),
        "room": _("room"),
        "fate": _("what becomes of it"),
        "goes_on": _("goes from"),
        "saves_yuan": _("saves yuan a month"),
    }
    gone = sorted((e for e in line_outlooks(world, days) if e.goes_on), key=lambda e: (str(e.goes_on), e.line.number))
    rows: list[tuple[Cell, ...]] = [
        (
            each.line.number,
            each.line.department,
            each.line.room,
            each.fate.value if form is Format.JSON else label("LineFate", each.fate),
            each.goes_on,
            each.saves_yuan,
        )
        for each in gone
    ]
    return Listing(titles=titles, rows=rows)


def kit_listing(world: World, days: CutoverDays, form: Format) -> Listing:
    """Physical servers that are or will be free, and whether they can be hosts again."""
    titles = {
        "server": _("server"),
        "system": _("system"),
        "room": _("room"),
        "vcpu": "vCPU",
        "memory_gib": _("memory GiB"),
        "state": _("state"),
        "free_on": _("free from"),
        "is_fit": _("can be a host"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            each.server.name,
            str(each.system),
            each.server.room,
            each.server.vcpu,
            each.server.memory_gib,
            each.state if form is Format.JSON else state_label(TrackedKind.SERVER, each.state),
            each.free_on,
            _("yes") if is_fit(each) else _("no"),
        )
        for each in freed_kit(world, days)
    ]
    return Listing(titles=titles, rows=rows)


def reuse_listing(world: World, days: CutoverDays, needs: Iterable[KitNeed]) -> Listing:
    """Steps of the cloud's growth with the kit that fills them and what is left to buy."""
    titles = {
        "zone": _("zone"),
        "by": _("needed by"),
        "vcpu": _("needed vCPU"),
        "servers": _("freed servers"),
        "rooms": _("from rooms"),
        "covered": _("covered vCPU"),
        "buy": _("vCPU to buy"),
        "memory": _("memory to buy GiB"),
    }
    rows: list[tuple[Cell, ...]] = []
    for each in matched(freed_kit(world, days), needs):
        rooms = Counter(kit.server.room or "" for kit in each.kit)
        said = "、".join(f"{room}×{n}" for room, n in rooms.most_common(3)) + (" …" if len(rooms) > 3 else "")  # noqa: PLR2004 - three show
        rows.append(
            (
                each.need.zone,
                each.need.by,
                each.need.vcpu,
                len(each.kit),
                said or None,
                each.vcpu,
                each.vcpu_to_buy,
                each.memory_to_buy_gib,
            )
        )
    talk.print(_("freed kit is used before any is bought; the rest is too small or of another kind"), markup=False)
    return Listing(titles=titles, rows=rows)
