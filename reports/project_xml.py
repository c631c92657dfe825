"""The plan as Microsoft Project XML, as Project, ProjectLibre and others open it.

Waves and move groups are summary tasks, systems tasks of one day, closing rooms milestones; what a
system needs links to it. Every task that is a system carries its name and the digests in a text
field, so that weeks moved there come back with `plan import`.

Source: Microsoft, Project XML data interchange schema (mspdi_pj12.xsd): elements of a task stand in the
order of the schema; durations are xsd:duration; link types 1 finish-to-start, 3 start-to-start;
constraint 2 must-start-on, 4 start-no-earlier-than.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape

from qianyun.estate.facts import SystemKey
from qianyun.plan.compare import last_out
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem, Saving
from qianyun.words import _

SPACE = "http://schemas.microsoft.com/project"
TEXT1, TEXT2 = "188743731", "188743734"
"""The field numbers of a task's Text1 and Text2."""
FINISH_START, START_START = 1, 3
MUST_START_ON, NO_EARLIER = 2, 4
MINUTES_A_DAY = 480


@dataclass(slots=True)
class _Task:
    """One task while the file is written."""

    uid: int
    name: str
    level: int
    outline: str
    first: date
    last: date
    kind: str = ""
    key: str = ""
    note: str = ""
    is_pinned: bool = False
    links: list[tuple[int, int]] = field(default_factory=list)


def project_xml(problem: Problem, plan: Plan, title: str) -> str:
    """The whole file."""
    tasks = _tasks(problem, plan)
    last = max((task.last for task in tasks), default=problem.calendar.last)
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        f'<Project xmlns="{SPACE}">',
        f"<SaveVersion>12</SaveVersion><Name>{_text(title)}</Name><Title>{_text(title)}</Title>",
        f"<Subject>{plan.digest}</Subject><Category>{plan.problem_digest}</Category>",
        "<ScheduleFromStart>1</ScheduleFromStart>",
        f"<StartDate>{problem.calendar.first}T08:00:00</StartDate><FinishDate>{last}T17:00:00</FinishDate>",
        "<CalendarUID>1</CalendarUID><MinutesPerDay>480</MinutesPerDay><MinutesPerWeek>2400</MinutesPerWeek>",
        "<DaysPerMonth>20</DaysPerMonth>",
        f"<ExtendedAttributes>{_field(TEXT1, 'Text1')}{_field(TEXT2, 'Text2')}</ExtendedAttributes>",
        f"<Calendars>{_calendar()}</Calendars>",
        "<Tasks>",
        *(_task(task) for task in tasks),
        "</Tasks>",
        "</Project>",
    ]
    return "\n".join(lines) + "\n"


def _tasks(problem: Problem, plan: Plan) -> list[_Task]:
    tasks: list[_Task] = []
    uids: dict[SystemKey, int] = {}
    pinned = {pin.system for pin in problem.wishes.pins}
    notes = {note.system: note.text for note in plan.notes}
    groups = {group.number: group for group in problem.groups}
    for w, wave in enumerate(plan.waves, start=1):
        days = [placed.on for placed in wave.placements]
        name = _("wave {n}").format(n=wave.number)
        tasks.append(_Task(len(tasks) + 1, name, 1, str(w), min(days), max(days), kind="summary"))
        for g, placed_group in enumerate(wave.groups, start=1):
            own = [placed.on for placed in placed_group.placements]
            outline = f"{w}.{g}"
            if is_summary := len(own) > 1:
                group = groups[placed_group.number]
                tasks.append(_Task(len(tasks) + 1, group.name, 2, outline, min(own), max(own), kind="summary"))
            for s, placed in enumerate(placed_group.placements, start=1):
                key = placed.system
                place = (3, f"{outline}.{s}") if is_summary else (2, outline)
                uids[key] = len(tasks) + 1
                task = _Task(len(tasks) + 1, str(key), *place, placed.on, placed.on, kind="system", key=str(key))
                task.note, task.is_pinned = notes.get(key, ""), key in pinned
                tasks.append(task)
    for each in problem.precedences:
        if each.before in uids and each.after in uids:
            tasks[uids[each.after] - 1].links.append((uids[each.before], START_START))
    tasks += _rooms(problem, plan, uids, len(tasks), len(plan.waves))
    return tasks


def _rooms(problem: Problem, plan: Plan, uids: dict[SystemKey, int], count: int, waves: int) -> Iterator[_Task]:
    """A milestone for each room that closes, after the last systems in it."""
    ends = last_out(problem, plan)
    holders = {each.names[0]: each.systems for each in problem.releases if each.kind is Saving.ROOM}
    if ends:
        yield _Task(count + 1, _("rooms"), 1, str(waves + 1), min(ends.values()), max(ends.values()), kind="summary")
    for n, (room, day) in enumerate(sorted(ends.items(), key=lambda entry: (entry[1], entry[0])), start=1):
        name = _("room {room} is empty").format(room=room)
        task = _Task(count + 1 + n, name, 2, f"{waves + 1}.{n}", day, day, kind="milestone")
        task.links = [(uids[key], FINISH_START) for key in holders[room] if plan.days[key] == day]
        yield task


def _task(task: _Task) -> str:
    is_milestone = task.kind == "milestone"
    opens = f"{task.first}T17:00:00" if is_milestone else f"{task.first}T08:00:00"
    days = 0 if is_milestone else (task.last - task.first).days + 1
    parts = [
        f"<UID>{task.uid}</UID><ID>{task.uid}</ID><Name>{_text(task.name)}</Name><Type>1</Type><IsNull>0</IsNull>",
        f"<WBS>{task.outline}</WBS><OutlineNumber>{task.outline}</OutlineNumber>",
        f"<OutlineLevel>{task.level}</OutlineLevel><Priority>500</Priority>",
        f"<Start>{opens}</Start><Finish>{task.last}T17:00:00</Finish>",
        f"<Duration>PT{days * MINUTES_A_DAY // 60}H0M0S</Duration><DurationFormat>7</DurationFormat>",
        f"<Milestone>{int(is_milestone)}</Milestone><Summary>{int(task.kind == 'summary')}</Summary>",
    ]
    if task.kind == "system":
        constraint = MUST_START_ON if task.is_pinned else NO_EARLIER
        parts.append(f"<ConstraintType>{constraint}</ConstraintType><CalendarUID>-1</CalendarUID>")
        parts.append(f"<ConstraintDate>{opens}</ConstraintDate>")
    if task.note:
        parts.append(f"<Notes>{_text(task.note)}</Notes>")
    for uid, kind in task.links:
        parts.append(
            f"<PredecessorLink><PredecessorUID>{uid}</PredecessorUID><Type>{kind}</Type>"
            "<CrossProject>0</CrossProject><LinkLag>0</LinkLag><LagFormat>7</LagFormat></PredecessorLink>"
        )
    for number, value in ((TEXT1, task.key), (TEXT2, "pin" if task.is_pinned else "")):
        if value:
            parts.append(
                f"<ExtendedAttribute><FieldID>{number}</FieldID><Value>{_text(value)}</Value></ExtendedAttribute>"
            )
    return f"<Task>{''.join(parts)}</Task>"


def _field(number: str, name: str) -> str:
    return f"<ExtendedAttribute><FieldID>{number}</FieldID><FieldName>{name}</FieldName></ExtendedAttribute>"


def _calendar() -> str:
    """Every day works: cut-overs are made at weekends."""
    hours = "<WorkingTime><FromTime>08:00:00</FromTime><ToTime>16:00:00</ToTime></WorkingTime>"
    days = "".join(
        f"<WeekDay><DayType>{day}</DayType><DayWorking>1</DayWorking><WorkingTimes>{hours}</WorkingTimes></WeekDay>"
        for day in range(1, 8)
    )
    head = "<UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar>"
    return f"<Calendar>{head}<WeekDays>{days}</WeekDays></Calendar>"


def _text(text: str) -> str:
    """Without what XML cannot hold."""
    return escape("".join(c for c in text if c >= " " or c in "\t\n"))
