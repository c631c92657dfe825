"""`calendar.yml` of an estate's folder: working days, blackouts, cut-over windows, phases."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from qianyun.errors import Fault
from qianyun.estate.calendar import Blackout, Calendar, CutoverWindow, Holiday, Phase
from qianyun.estate.kinds import BlackoutKind
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

NAME = "calendar.yml"


def load_calendar(folder: Path) -> Calendar:
    """Read an estate's calendar.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    root = load(folder / NAME)
    reading = Reading()
    top = reading.fields(
        root, ("programme", "phases"), ("freeze_days", "observation_days", "holidays", "blackouts", "windows")
    )
    programme = reading.fields(top["programme"], ("from", "to")) if "programme" in top else {}
    first, last = reading.day(programme.get("from")), reading.day(programme.get("to"))
    holidays = tuple(_holidays(reading, top.get("holidays")))
    blackouts = tuple(_blackouts(reading, top.get("blackouts")))
    window, windows = _windows(reading, top.get("windows"))
    phases = tuple(_phases(reading, top.get("phases")))
    freeze, observation = reading.whole(top.get("freeze_days")), reading.whole(top.get("observation_days"))
    calendar = None
    if first and last:
        with reading.building(top.get("phases", root)):
            calendar = Calendar(
                first=first,
                last=last,
                holidays=holidays,
                blackouts=blackouts,
                window=window,
                windows=windows,
                phases=phases,
                freeze_days=freeze or 0,
                observation_days=observation or 0,
            )
    if calendar is None or reading.faults:
        raise reading.refusal()
    return calendar


def _holidays(reading: Reading, node: Node | None) -> Iterator[Holiday]:
    before: Holiday | None = None
    for each in reading.elements(node):
        keys = reading.fields(each, ("name", "from", "to"), ("work", "expected"))
        name = reading.text(keys.get("name"))
        first, last = reading.day(keys.get("from")), reading.day(keys.get("to"))
        work = [reading.day(day) for day in reading.elements(keys.get("work"))]
        expected = reading.flag(keys.get("expected"))
        if not (name and first and last):
            continue
        with reading.building(each):
            holiday = Holiday(
                name=name,
                first=first,
                last=last,
                workdays=tuple(day for day in work if day),
                is_expected=bool(expected),
                source=each.place,
            )
            if before and first <= before.last:
                what = _("holiday {name!r} begins before {other!r} ({place}) ends").format(
                    name=name, other=before.name, place=before.source
                )
                reading.fault(each, what, _("keep holidays in order and apart"))
            before = holiday
            yield holiday


def _blackouts(reading: Reading, node: Node | None) -> Iterator[Blackout]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("name", "kind", "from", "to", "reason"), ("departments",))
        name, reason = reading.text(keys.get("name")), reading.text(keys.get("reason"))
        kind = reading.word(keys.get("kind"), BlackoutKind)
        first, last = reading.day(keys.get("from")), reading.day(keys.get("to"))
        departments = [reading.text(one) for one in reading.elements(keys.get("departments"))]
        if name and reason and kind and first and last:
            with reading.building(each):
                yield Blackout(
                    name=name,
                    kind=kind,
                    first=first,
                    last=last,
                    reason=reason,
                    departments=tuple(one for one in departments if one),
                    source=each.place,
                )


def _windows(reading: Reading, node: Node | None) -> tuple[CutoverWindow, Mapping[str, CutoverWindow]]:
    keys = reading.fields(node, (), ("everybody", "departments")) if node else {}
    everybody = _window(reading, keys["everybody"]) if "everybody" in keys else None
    windows: dict[str, CutoverWindow] = {}
    for each in reading.elements(keys.get("departments")):
        window = _window(reading, each, "names")
        for name_node in reading.elements(reading.entries(each).get("names")):
            name = reading.text(name_node)
            if name in windows:
                place = windows[name].source
                what = _("department {name!r} has a window already ({place})").format(name=name, place=place)
                reading.fault(name_node, what, _("keep one of the two"))
            elif name and window:
                windows[name] = window
    return everybody or CutoverWindow(), windows


def _window(reading: Reading, node: Node, *also: str) -> CutoverWindow | None:
    keys = reading.fields(node, ("weekdays", "opens", "hours", *also), ("wants_rest",))
    weekdays = [reading.whole(day) for day in reading.elements(keys.get("weekdays"))]
    opens, hours = reading.clock(keys.get("opens")), reading.number(keys.get("hours"))
    rest = reading.flag(keys.get("wants_rest"))
    if opens is None or hours is None:
        return None
    with reading.building(node):
        return CutoverWindow(
            weekdays=tuple(day for day in weekdays if day is not None),
            opens=opens,
            hours=hours,
            wants_rest=rest is not False,
            source=node.place,
        )
    return None


def _phases(reading: Reading, node: Node | None) -> Iterator[Phase]:
    shares = ("systems_percent", "rooms_percent", "lines_percent")
    for each in reading.elements(node):
        keys = reading.fields(each, ("name", "from", "to"), (*shares, "goal"))
        name, goal = reading.text(keys.get("name")), reading.text(keys.get("goal"))
        first, deadline = reading.day(keys.get("from")), reading.day(keys.get("to"))
        systems, rooms, lines = (reading.whole(keys.get(share)) or 0 for share in shares)
        if name and first and deadline:
            with reading.building(each):
                yield Phase(
                    name=name,
                    first=first,
                    deadline=deadline,
                    systems_percent=systems,
                    rooms_percent=rooms,
                    lines_percent=lines,
                    goal=goal or "",
                    source=each.place,
                )


def calendar_strangers(calendar: Calendar, departments: frozenset[str]) -> tuple[Fault, ...]:
    """Departments that the calendar names and the estate does not know, with their lines."""
    named = [(name, window.source) for name, window in calendar.windows.items()]
    named += [(name, blackout.source) for blackout in calendar.blackouts for name in blackout.departments]
    what = _("names the department {name!r}, which nobody declared")
    return tuple(sorted(Fault(place=place, what=what.format(name=n)) for n, place in named if n not in departments))
