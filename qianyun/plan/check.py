"""The checker: does a plan keep every demand? It reads the facts, day by day, and trusts no solver.

Every plan passes here before anybody sees it, whoever made it: a search, a person, a file. Each
fault names the system and the demand, with the figures on both sides.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from qianyun.errors import Fault
from qianyun.estate.calendar import week_of
from qianyun.estate.facts import Pool, SystemKey
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Lapse, Move, Problem
from qianyun.plan.rules import is_bound
from qianyun.words import _, label

WEEK = timedelta(weeks=1)
Days = Mapping[SystemKey, date]


def check(problem: Problem, plan: Plan) -> tuple[Fault, ...]:
    """All violations of a plan, sorted by place; none when it may be carried out."""
    if plan.problem_digest != problem.digest:
        what = _("was made for other facts ({theirs}, not {ours})")
        what = what.format(theirs=plan.problem_digest[:15], ours=problem.digest[:15])
        return (Fault(place="plan", what=what, mend=_("plan again, or replan from it")),)
    return tuple(sorted({*_listing(problem, plan), *check_days(problem, plan.days)}))


def check_days(problem: Problem, days: Days) -> Iterator[Fault]:
    """Violations of cut-over days, however they came about."""
    known = {key: day for key, day in days.items() if key in problem.move_of}
    moves = [(problem.move_of[key], day) for key, day in known.items()]
    for move, day in moves:
        yield from _own(problem, move, day)
    yield from _together(problem, known)
    yield from _order(problem, known)
    yield from _pools(problem, moves)
    yield from _vendors(problem, moves)
    yield from _lines(problem, moves)
    yield from _team(problem, moves)
    yield from _wave_size(problem, moves)
    yield from _assessments(problem, moves)


def _listing(problem: Problem, plan: Plan) -> Iterator[Fault]:
    """Whether the plan lists each system once, and nothing else."""
    listed = [placed.system for wave in plan.waves for placed in wave.placements]
    for key in sorted(set(problem.move_of) - set(listed), key=str):
        yield _fault(key, _("has no day"), _("give it one, or defer it with a reason"))
    for key in sorted(set(listed) - set(problem.move_of), key=str):
        why = next((each.why for each in problem.unplanned if each.system == key), _("is no system of this problem"))
        yield _fault(key, _("is planned, but may not be: {why}").format(why=why))
    for key in sorted((key for key, times in Counter(listed).items() if times > 1), key=str):
        yield _fault(key, _("is planned twice"))


def _own(problem: Problem, move: Move, day: date) -> Iterator[Fault]:
    """What a move must keep by itself."""
    calendar, key = problem.calendar, move.system
    if not calendar.first <= day <= calendar.last:
        what = _("moves on {day}, outside the programme ({first} to {last})")
        yield _fault(key, what.format(day=day, first=calendar.first, last=calendar.last))
        return
    closing = calendar.window_of(key.department).last_day(day)
    for offset in range((closing - day).days + 1):
        for blackout in calendar.blackouts_on(day + timedelta(days=offset), key.department):
            what = _("moves on {day}, in the blackout {name} ({first} to {last}: {reason})").format(
                day=day, name=blackout.name, first=blackout.first, last=blackout.last, reason=blackout.reason
            )
            yield _fault(key, what)
    if not calendar.is_blackout(day, key.department) and not calendar.is_cutover_day(day, key.department):
        yield _fault(key, _("moves on {day}, when its department's window does not open").format(day=day))
    if move.ready_on and day < move.ready_on:
        yield _fault(key, _("moves on {day}, but is ready on {ready}").format(day=day, ready=move.ready_on))
    if move.filed_on and day < move.filed_on:
        yield _fault(key, _("moves on {day}, but its grading is filed on {filed}").format(day=day, filed=move.filed_on))
    for until in move.until:
        if day > until.by:
            yield _fault(key, _ended(until.kind).format(day=day, by=until.by))
    if (week_of(day) - week_of(calendar.first)).days // 7 < move.lead_weeks:
        what = _("moves on {day}, but its preparation takes {n} weeks before").format(day=day, n=move.lead_weeks)
        yield _fault(key, what)
    yield from _allowed_in_cloud(problem, move)
    yield from _demanded(problem, move, day)


def _ended(kind: Lapse) -> str:
    return {
        Lapse.CONTRACT: _("moves on {day}, but its maintenance contract ends on {by}"),
        Lapse.ASSESSMENT: _("moves on {day}, but its assessment lapses on {by}"),
    }[kind]


def _allowed_in_cloud(problem: Problem, move: Move) -> Iterator[Fault]:
    if move.zone is None:
        return
    if move.is_classified:
        yield _fault(
            move.system,
            _("is classified and never goes to this cloud, but is planned into its zone {zone}").format(zone=move.zone),
        )
    if move.level > problem.wishes.platform_level:
        what = _("has protection level {level}, the platform only {platform}")
        yield _fault(move.system, what.format(level=move.level, platform=problem.wishes.platform_level))


def _demanded(problem: Problem, move: Move, day: date) -> Iterator[Fault]:
    """Pins, holds and deadlines."""
    wishes, key = problem.wishes, move.system
    for pin in wishes.pins:
        if pin.system == key and week_of(day) != week_of(pin.on):
            what = _("is frozen in the week of {on}") if pin.is_frozen else _("is pinned to the week of {on}")
            yield _fault(key, _("moves on {day}, but {what}").format(day=day, what=what.format(on=pin.on)))
    for hold in wishes.holds:
        if hold.system == move.whole and day < hold.not_before:
            what = _("moves on {day}, but not before {first}: {reason}")
            yield _fault(key, what.format(day=day, first=hold.not_before, reason=hold.reason))
    for deadline in wishes.deadlines:
        if is_bound(deadline, move) and day > deadline.by:
            what = _("moves on {day}, but {kind} {name} is to be done by {by}").format(
                day=day, kind=label("Subject", deadline.subject), name=deadline.name, by=deadline.by
            )
            yield _fault(key, what)


def _together(problem: Problem, days: Days) -> Iterator[Fault]:
    for group in problem.groups:
        weeks = {week_of(days[key]) for key in group.systems if key in days}
        if len(weeks) > 1:
            spread = "、".join(f"{key} {days[key]}" for key in group.systems if key in days)
            yield _fault(group.systems[0], _("is torn from its move group: {spread}").format(spread=spread))


def _order(problem: Problem, days: Days) -> Iterator[Fault]:
    for each in problem.precedences:
        if problem.group_of[each.before] is problem.group_of[each.after]:
            continue
        if each.before not in days or each.after not in days:
            continue
        day, until = days[each.after], days[each.before]
        if until > day:
            what = {
                "retire": _("is switched off on {day}, but {other} needs it until {until}"),
                "part": _("moves on {day}, but is to come after {other}, which moves on {until}"),
            }.get(each.why, _("moves on {day}, but needs {other}, which moves on {until}"))
            yield _fault(each.after, what.format(day=day, other=each.before, until=until))
        elif 0 < (day - until).days < problem.calendar.freeze_days:
            what = _("moves on {day}, but {other} is changed on {until}, within the freeze of {n} days before")
            yield _fault(
                each.after, what.format(day=day, other=each.before, until=until, n=problem.calendar.freeze_days)
            )


def _pools(problem: Problem, moves: Iterable[tuple[Move, date]]) -> Iterator[Fault]:
    """Each pool on each day on which something comes or its capacity changes."""
    by_zone: dict[str, list[tuple[date, Move]]] = {}
    for move, day in moves:
        for zone in {move.zone, *(part.zone for part in move.parts)} - {None}:
            by_zone.setdefault(zone or "", []).append((day, move))
    for zone, comings in sorted(by_zone.items()):
        steps = sorted((pool for pool in problem.pools if pool.zone == zone), key=lambda pool: pool.starts_on)
        changes = sorted({day for day, _move in comings} | {pool.starts_on for pool in steps})
        for size in ("vcpu", "memory_gib", "storage_gib", "egress_mbps", "addresses"):
            yield from _pool(zone, size, steps, comings, changes)


def _pool(
    zone: str, size: str, steps: list[Pool], comings: list[tuple[date, Move]], changes: list[date]
) -> Iterator[Fault]:
    taken: dict[date, int] = {}
    for day, move in comings:
        own = getattr(move, size) if move.zone == zone else 0
        taken[day] = taken.get(day, 0) + own + sum(getattr(part, size) for part in move.parts if part.zone == zone)
    total = 0
    for day in changes:
        total += taken.get(day, 0)
        pool = next((pool for pool in reversed(steps) if pool.starts_on <= day), None)
        held = getattr(pool, size) if pool else 0
        if held is None:
            continue
        offered = held * pool.safety_percent // 100 if pool else 0
        if total > offered:
            last = max((when, str(move.system)) for when, move in comings if when <= day)[1]
            what = _("zone {zone} holds {total} {size} on {day}, but may be filled to {offered}").format(
                zone=zone, total=total, size=size, day=day, offered=offered
            )
            yield Fault(place=f"system {last}", what=what, mend=_("move it after the next expansion"))
            return


def _vendors(problem: Problem, moves: Iterable[tuple[Move, date]]) -> Iterator[Fault]:
    busy: dict[tuple[str, date], list[SystemKey]] = {}
    for move, day in moves:
        for crew in move.crews:
            for back in range(crew.weeks):
                busy.setdefault((crew.vendor, week_of(day) - back * WEEK), []).append(move.system)
    limits = {limit.name: limit.per_week for limit in problem.vendors}
    for (vendor, week), systems in sorted(busy.items()):
        bears = limits.get(vendor, 0)
        for limit in problem.wishes.vendor_limits:
            starts_in_time = limit.last is None or week <= limit.last
            ends_in_time = limit.first is None or week + timedelta(days=6) >= limit.first
            if limit.vendor == vendor and starts_in_time and ends_in_time:
                bears = min(bears, limit.per_week)
        if len(systems) > bears:
            what = _("vendor {vendor} works on {n} systems in the week of {week}, but has hands for {bears}: {names}")
            names = "、".join(sorted(map(str, systems)))
            yield _fault(
                max(systems, key=str), what.format(vendor=vendor, n=len(systems), week=week, bears=bears, names=names)
            )


def _lines(problem: Problem, moves: Iterable[tuple[Move, date]]) -> Iterator[Fault]:
    sent: dict[tuple[str, date], list[Move]] = {}
    for move, day in moves:
        for back in range(move.copy_weeks if move.copy_gib and move.room else 0):
            sent.setdefault((move.room or "", week_of(day) - back * WEEK), []).append(move)
    limits = {limit.name: limit.per_week for limit in problem.rooms}
    for (room, week), copying in sorted(sent.items(), key=lambda entry: entry[0]):
        gib = sum(move.copy_gib for move in copying)
        ended = [e.gib_a_week for e in problem.ended if e.room == room and e.after < week + timedelta(days=6)]
        most = min([limits.get(room, gib), *ended])
        if gib > most:
            what = _("room {room} copies {gib} GiB in the week of {week}, but its lines carry {most}")
            what = what.format(room=room, gib=gib, week=week, most=most)
            yield _fault(max((move.system for move in copying), key=str), what)


def _team(problem: Problem, moves: Iterable[tuple[Move, date]]) -> Iterator[Fault]:
    weeks: dict[date, list[Move]] = {}
    for move, day in moves:
        weeks.setdefault(week_of(day), []).append(move)
    for week, cut in sorted(weeks.items()):
        last = max((move.system for move in cut), key=str)
        effort, risk = sum(move.effort for move in cut), sum(move.risk for move in cut)
        if effort > problem.team:
            what = _("the week of {week} takes {effort} points of effort, but the team has {team}")
            yield _fault(last, what.format(week=week, effort=effort, team=problem.team))
        if risk > problem.risk:
            what = _("the week of {week} takes {risk} points of risk, but {most} may be taken")
            yield _fault(last, what.format(week=week, risk=risk, most=problem.risk))


def _wave_size(problem: Problem, moves: Iterable[tuple[Move, date]]) -> Iterator[Fault]:
    sizes: dict[int, list[SystemKey]] = {}
    for move, day in moves:
        sizes.setdefault(problem.wave_of(week_of(day)), []).append(move.system)
    for stretch, systems in sorted(sizes.items()):
        most = problem.wave_limit(stretch)
        if most is not None and len(systems) > most:
            first = problem.weeks[0] + stretch * problem.wishes.wave_weeks * WEEK
            what = _("the wave from {first} on has {n} systems, but may have {most}")
            yield _fault(max(systems, key=str), what.format(first=first, n=len(systems), most=most))


def _assessments(problem: Problem, moves: Iterable[tuple[Move, date]]) -> Iterator[Fault]:
    """Systems that are assessed again, in the week of their assessment."""
    if problem.assessors is None:
        return
    later = problem.wishes.reassess_weeks * WEEK
    weeks: dict[date, list[SystemKey]] = {}
    for move, day in moves:
        if move.is_assessed:
            weeks.setdefault(week_of(day) + later, []).append(move.system)
    for week, systems in sorted(weeks.items()):
        if week > problem.calendar.last:
            what = _("is to be assessed again in the week of {week}, after the programme ends on {last}")
            yield _fault(max(systems, key=str), what.format(week=week, last=problem.calendar.last))
        elif len(systems) > problem.assessors.per_week:
            what = _("{n} systems are to be assessed again in the week of {week}, but {most} can be: {names}")
            names = "、".join(sorted(map(str, systems)))
            what = what.format(n=len(systems), week=week, most=problem.assessors.per_week, names=names)
            yield _fault(max(systems, key=str), what)


def _fault(key: SystemKey, what: str, mend: str = "") -> Fault:
    return Fault(place=f"system {key}", what=what, mend=mend)
