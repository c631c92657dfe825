"""Figures for the yearly assessment of departments, vendors and those who ran the cut-overs.

For a period and each of them, over the systems that are theirs (a vendor's are those it develops
or maintains, an operator's those whose cut-over it answered for):

- due: systems whose approved cut-over lies in the period, until today.
- on time: those of the due that were cut over by the end of their approved week and not rolled
  back since, in percent of the due.
- attempts: cut-overs begun in the period; rolled back: those of them that were rolled back, in
  percent of the attempts.
- incidents: told in the period for its systems; of a vendor, those it had to answer. Beside it the
  incidents for each hundred attempts.
- answered in time: incidents that were answered within 15 minutes (outage), 30 (major) or 120
  (minor), in percent of all; one that nobody answered counts as not in time.
- solved: the median of the minutes from report to end, over those that ended.
- pool use: of its systems in the cloud, the peak use of CPU of their servers, weighted by vCPU;
  what was asked for and never used shows here. Of departments only.

A figure whose denominator is zero is `None`, never zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

from qianyun.estate.calendar import week_of
from qianyun.estate.facts import System, SystemKey
from qianyun.track.deeds import Advance, Correction, Entry, Incident, Severity
from qianyun.track.progress import cut_over_on
from qianyun.track.states import MOVED, SystemState, Tracked, TrackedKind
from qianyun.track.world import World

ANSWER_MINUTES: Mapping[Severity, int] = {Severity.OUTAGE: 15, Severity.MAJOR: 30, Severity.MINOR: 120}
SIX_DAYS = timedelta(days=6)


class Assessed(StrEnum):
    """Who is assessed."""

    DEPARTMENT = "department"
    VENDOR = "vendor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What happened to one system in a period.

    Attributes:
        incidents: The latest word on each, by its number.
        operator: Who answered for its last cut-over; empty where there was none.
    """

    system: System
    is_due: bool
    is_on_time: bool
    attempts: int
    rollbacks: int
    incidents: tuple[Incident, ...]
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The figures of one name; shares in percent."""

    of: Assessed
    name: str
    due: int
    on_time: int
    attempts: int
    rollbacks: int
    incidents: int
    answered: int
    solved_minutes: float | None
    pool_use_percent: float | None

    @property
    def on_time_percent(self) -> float | None:
        """Of the due."""
        return _share(self.on_time, self.due)

    @property
    def rolled_back_percent(self) -> float | None:
        """Of the attempts."""
        return _share(self.rollbacks, self.attempts)

    @property
    def incidents_per_hundred(self) -> float | None:
        """For each hundred attempts."""
        return _share(self.incidents, self.attempts)

    @property
    def answered_percent(self) -> float | None:
        """Of the incidents."""
        return _share(self.answered, self.incidents)


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def kpis(
    world: World, log: Iterable[Entry], approved: Mapping[SystemKey, date], first: date, last: date
) -> tuple[Kpi, ...]:
    """Figures by kind of name and name; of names to which nothing happened in the period, none.

    Args:
        world: Where everything stands.
        log: Everything that was told.
        approved: Days of the approved plan.
        first: First day of the period.
        last: Its last day, or today.
    """
    seen = happened(world, log, approved, first, last)
    use = _pool_use(world)
    groups: dict[tuple[Assessed, str], list[Happened]] = {}
    for each in seen:
        for of, name in _names(each):
            groups.setdefault((of, name), []).append(each)
    for each in seen:
        for incident in each.incidents:
            if incident.vendor:
                groups.setdefault((Assessed.VENDOR, incident.vendor), [])
    found = (_kpi(of, name, theirs, seen, use) for (of, name), theirs in groups.items())
    order = list(Assessed)
    some = (each for each in found if each.due or each.attempts or each.incidents)
    return tuple(sorted(some, key=lambda each: (order.index(each.of), each.name)))


def _names(each: Happened) -> Iterable[tuple[Assessed, str]]:
    system = each.system
    yield Assessed.DEPARTMENT, system.department
    for vendor in sorted({system.development_vendor, system.maintenance_vendor} - {None, ""}, key=str):
        yield Assessed.VENDOR, str(vendor)
    if each.operator:
        yield Assessed.OPERATOR, each.operator


def _kpi(of: Assessed, name: str, theirs: list[Happened], seen: tuple[Happened, ...], use: Mapping[str, float]) -> Kpi:
    if of is Assessed.VENDOR:
        incidents = [i for each in seen for i in each.incidents if i.vendor == name]
    else:
        incidents = [i for each in theirs for i in each.incidents]
    solved = [i.solved_minutes for i in incidents if i.solved_minutes is not None]
    return Kpi(
        of=of,
        name=name,
        due=sum(each.is_due for each in theirs),
        on_time=sum(each.is_on_time for each in theirs),
        attempts=sum(each.attempts for each in theirs),
        rollbacks=sum(each.rollbacks for each in theirs),
        incidents=len(incidents),
        answered=sum(map(is_answered_in_time, incidents)),
        solved_minutes=median(solved) if solved else None,
        pool_use_percent=use.get(name) if of is Assessed.DEPARTMENT else None,
    )


def is_answered_in_time(incident: Incident) -> bool:
    """Whether somebody answered within what its severity allows."""
    return incident.responded_minutes is not None and incident.responded_minutes <= ANSWER_MINUTES[incident.severity]


def happened(
    world: World, log: Iterable[Entry], approved: Mapping[SystemKey, date], first: date, last: date
) -> tuple[Happened, ...]:
    """What happened to each system in a period, corrections taken into account."""
    told = list(log)
    void = {(e.tracked, e.deed.turn) for e in told if isinstance(e.deed, Correction) and e.deed.is_void}
    days = {(e.tracked, e.deed.turn): e.deed.on for e in told if isinstance(e.deed, Correction) and e.deed.on}
    by_system: dict[Tracked, list[tuple[date, Entry]]] = {}
    for entry in told:
        place = (entry.tracked, entry.turn)
        if entry.tracked.kind is TrackedKind.SYSTEM and place not in void:
            by_system.setdefault(entry.tracked, []).append((days.get(place) or entry.on, entry))
    return tuple(
        _happened(world, system, by_system.get(Tracked.of(system), []), approved.get(system.key), (first, last))
        for system in world.estate.systems
    )


def _happened(
    world: World, system: System, told: list[tuple[date, Entry]], approved: date | None, period: tuple[date, date]
) -> Happened:
    steps = [(on, entry.deed, entry) for on, entry in told if isinstance(entry.deed, Advance)]
    within = [(deed, entry) for on, deed, entry in steps if period[0] <= on <= period[1]]
    begun = [entry for deed, entry in within if deed.after == SystemState.CUTOVER]
    deeds = [entry.deed for on, entry in told if period[0] <= on <= period[1]]
    incidents = {deed.number: deed for deed in deeds if isinstance(deed, Incident)}
    is_due = approved is not None and period[0] <= approved <= period[1]
    actual = cut_over_on(world.standing(Tracked.of(system)))
    runs = [entry.who for _on, deed, entry in steps if deed.after == SystemState.CUTOVER]
    return Happened(
        system=system,
        is_due=is_due,
        is_on_time=bool(is_due and approved and actual and actual <= week_of(approved) + SIX_DAYS),
        attempts=len(begun),
        rollbacks=sum(deed.after == SystemState.ROLLED_BACK for deed, _entry in within),
        incidents=tuple(incidents.values()),
        operator=runs[-1] if runs else "",
    )


def _pool_use(world: World) -> Mapping[str, float]:
    """Peak use of CPU of the servers of systems in the cloud, weighted by vCPU, by department."""
    there = {system.key for system in world.estate.systems if world.state_of(system) in MOVED}
    sums: dict[str, tuple[float, int]] = {}
    for server in world.estate.servers:
        key = SystemKey(department=server.department, name=server.system)
        if key in there and server.vcpu and server.cpu_peak_percent is not None:
            used, vcpu = sums.get(server.department, (0.0, 0))
            sums[server.department] = used + float(server.cpu_peak_percent) * server.vcpu, vcpu + server.vcpu
    return {department: round(used / vcpu, 1) for department, (used, vcpu) in sums.items()}
