"""How far the sample estates are on one day: what planners keep in their ledgers of progress.

The approved days come from `baseline.csv`, which `python -m inventory.generator.baseline` makes
with the planner once; so a better planner changes no sample. Most cut-overs went as approved, some
came late, some were rolled back, some wait.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from inventory.generator.books import Grid
from inventory.generator.draw import Draw
from inventory.generator.wording import Cell
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Line, Room, Server, System, SystemKey
from qianyun.estate.kinds import LEAVING, MERGED, Disposition, ServerKind

PROGRESS_ON = date(2026, 11, 20)
"""The day as of which the ledgers are kept."""
TEAM = "迁移工作组"
STAGES = ("调研", "评估", "方案评审", "资源申请", "部署", "测试迁移", "试运行")
DAYS = (14, 7, 7, 5, 7, 7, 7)
"""About how long a system stays in each stage before its cut-over."""
HEADINGS = ("调研日期", "评估日期", "评审日期", "资源申请日期", "部署日期", "测试日期", "试运行日期")
AFTER = ("实际割接日期", "观察日期", "确认日期", "下线日期")
KIT_HEADS = ("单位名称", "系统名称", "主机名称", "擦除日期", "利旧日期", "证书编号", "责任人")
INCIDENT_HEADS = (
    "工单编号", "单位名称", "系统名称", "发生日期", "严重程度", "响应(分钟)", "解决(分钟)", "责任厂商", "故障描述",
)  # fmt: skip
FATES = {"on time": 60, "late": 14, "waits": 10, "rolled back": 8, "blocked": 8}
FATES_LONG_AGO = {"on time": 74, "late": 22, "rolled back": 4}
"""What was planned for a while ago is over, in time or late."""
LONG_AGO = timedelta(weeks=9)
OBSERVED_DAYS = 14
REUSED_VCPU = 8
TROUBLES = (
    "等保复测未通过，待整改",
    "承建厂商人手不足，联调未完成",
    "数据库版本不兼容，需改造",
    "专线扩容未完成，数据同步慢",
    "单位未确认停机窗口",
    "接口单位未配合联调",
)
FAILURES = ("割接后登录超时", "报表数据缺失", "接口调用失败", "证书未更新", "访问关系漏配")


@dataclass(slots=True, kw_only=True)
class Course:
    """What happened to one system by the day.

    Attributes:
        days: Days by heading, in the order of the stages.
    """

    system: System
    wave: int
    planned: date
    state: str
    days: dict[str, date]
    back: date | None = None
    since: date | None = None
    why: str = ""

    @property
    def cut_over(self) -> date | None:
        """The cut-over that holds, or the end of a retired system."""
        return self.days.get("实际割接日期") or self.days.get("下线日期")


def baseline(path: Path) -> dict[SystemKey, tuple[int, date]]:
    """Approved wave and day by system."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    return {SystemKey(department=d, name=n): (int(wave), date.fromisoformat(day)) for d, n, wave, day in rows}


def progress_grids(seed: int, estate: Estate, approved: dict[SystemKey, tuple[int, date]]) -> tuple[Grid, ...]:
    """The sheets of one workbook, of an estate as its ledgers tell it."""
    draw = Draw(seed, "progress")
    systems = {system.key: system for system in estate.systems}
    courses = [
        _course(draw, systems[key], *approved[key])
        for key in sorted(approved, key=lambda key: (approved[key][1], str(key)))
        if key in systems
    ]
    gone = {course.system.key: course.days["下线日期"] for course in courses if "下线日期" in course.days}
    lines = list(_cancelled(draw, estate.lines, gone, estate.systems))
    rooms = list(_rooms(draw, estate.rooms, estate.systems, gone))
    return (
        _sheet("迁云推进表", _system_heads(), map(_system_row, courses)),
        _sheet("机房撤并表", ("机房名称", "撤并状态", "状态日期", "责任人", "说明"), rooms),
        _sheet("专线退租表", ("专线编号", "退租日期", "责任人"), lines),
        _sheet("设备处置表", KIT_HEADS, _kit(draw, estate.servers, gone)),
        _sheet("故障登记表", INCIDENT_HEADS, _incidents(draw, courses)),
    )


def _course(draw: Draw, system: System, wave: int, planned: date) -> Course:
    course = Course(system=system, wave=wave, planned=planned, state="未启动", days={})
    fate = draw.weighted(FATES_LONG_AGO if planned + LONG_AGO < PROGRESS_ON else FATES)
    if planned > PROGRESS_ON:
        _under_way(draw, course)
    elif fate in ("on time", "rolled back", "late"):
        weeks = {"on time": 0, "late": draw.between(1, 5), "rolled back": draw.between(2, 5)}[fate]
        actual = planned + timedelta(weeks=weeks)
        course.back = planned if fate == "rolled back" else None
        course.why = draw.one(TROUBLES) if weeks else ""
        _go_through(draw, course, actual) if actual <= PROGRESS_ON else _stuck(draw, course, fate)
    else:
        _stuck(draw, course, fate)
    return course


def _go_through(draw: Draw, course: Course, cut_over: date) -> None:
    """All stages up to the cut-over, and those after it that are over by the day."""
    if course.system.disposition is Disposition.RETIRE:
        course.days = {"调研日期": cut_over - timedelta(days=30), "下线日期": cut_over}
        course.state, course.back = "源端下线", None
        return
    course.days = _before(draw, course.planned if course.back else cut_over)
    course.days["实际割接日期"] = cut_over
    ends = (
        ("观察", 1),
        ("确认", OBSERVED_DAYS + draw.between(2, 9)),
        ("源端下线", OBSERVED_DAYS + draw.between(14, 30)),
    )
    course.state = "割接"
    for heading, (state, after) in zip(AFTER[1:], ends, strict=True):
        day = cut_over + timedelta(days=after)
        if day > PROGRESS_ON:
            return
        course.days[heading], course.state = day, state


def _before(draw: Draw, cut_over: date) -> dict[str, date]:
    """Days on which the stages before a cut-over were entered."""
    day, found = cut_over, {}
    for heading, usual in reversed(list(zip(HEADINGS, DAYS, strict=True))):
        day -= timedelta(days=max(1, usual + draw.between(-2, 2)))
        found[heading] = day
    return dict(reversed(found.items()))


def _stuck(draw: Draw, course: Course, fate: str) -> None:
    """It should be over and is not: it waits at some stage, is blocked, was rolled back or is put off."""
    days = _before(draw, course.planned)
    course.why = draw.one(TROUBLES)
    if fate == "rolled back":
        course.days, course.state, course.back = days, "回退", course.planned
        course.since = course.planned
        return
    course.back = None
    reached = draw.between(3, len(STAGES))
    course.days = dict(list(days.items())[:reached])
    course.state = STAGES[reached - 1]
    if fate == "blocked":
        course.state = "阻塞" if draw.chance(0.8) else "暂缓"
        course.since = max(course.days.values()) + timedelta(days=draw.between(1, 6))


def _under_way(draw: Draw, course: Course) -> None:
    """It is to come: it stands where its approved day has it, or a stage or two behind."""
    days = _before(draw, course.planned)
    late = draw.weighted({0: 74, 10: 16, 21: 10})
    shifted = {heading: day + timedelta(days=late) for heading, day in days.items()}
    course.days = {heading: day for heading, day in shifted.items() if day <= PROGRESS_ON}
    course.state = STAGES[len(course.days) - 1] if course.days else "未启动"
    course.why = draw.one(TROUBLES) if late and course.days else ""


def _cancelled(
    draw: Draw, lines: Iterable[Line], gone: dict[SystemKey, date], systems: Iterable[System]
) -> Iterator[tuple[Cell, ...]]:
    """Lines whose systems are all gone from where they end."""
    inside: dict[tuple[str, str | None], list[SystemKey]] = {}
    for system in systems:
        inside.setdefault((system.department, system.room), []).append(system.key)
    for line in lines:
        named = [SystemKey(department=line.department, name=name) for name in line.systems]
        needing = named or inside.get((line.department, line.room), [])
        if line.network in MERGED and line.room and needing and all(key in gone for key in needing):
            day = max(gone[key] for key in needing) + timedelta(days=draw.between(3, 15))
            if day <= PROGRESS_ON:
                yield line.number, day, TEAM


def _kit(draw: Draw, servers: Iterable[Server], gone: dict[SystemKey, date]) -> Iterator[tuple[Cell, ...]]:
    """Physical servers whose systems are gone: most are wiped by now, the larger ones stand elsewhere."""
    number = 0
    for server in servers:
        key = SystemKey(department=server.department, name=server.system)
        if server.kind is not ServerKind.PHYSICAL or key not in gone:
            continue
        wiped = gone[key] + timedelta(days=draw.between(5, 25))
        if wiped <= PROGRESS_ON:
            number += 1
            reused = wiped + timedelta(days=draw.between(10, 30))
            is_used = (server.vcpu or 0) >= REUSED_VCPU and reused <= PROGRESS_ON
            certificate = f"XH2026{number:04d}"
            yield key.department, key.name, server.name, wiped, reused if is_used else None, certificate, TEAM


def _rooms(
    draw: Draw, rooms: Iterable[Room], systems: Iterable[System], gone: dict[SystemKey, date]
) -> Iterator[tuple[Cell, ...]]:
    """Rooms in which something happened."""
    inside: dict[str, list[SystemKey]] = {}
    for system in systems:
        inside.setdefault(system.room or "", []).append(system.key)
    for room in rooms:
        held = inside.get(room.name, [])
        left = [gone[key] for key in held if key in gone]
        if room.outcome not in LEAVING or not left:
            continue
        last = max(left)
        is_empty = len(left) == len(held)
        if is_empty and last + timedelta(days=10) <= PROGRESS_ON:
            state = "关闭" if room.outcome.value == "close" else "转汇聚节点"
            yield room.name, state, last + timedelta(days=10), TEAM, "末个系统已迁出"
        elif len(left) * 3 >= len(held):
            yield room.name, "腾空", last, TEAM, f"尚余 {len(held) - len(left)} 个系统"
        else:
            yield room.name, "清点", min(left) - timedelta(days=draw.between(10, 30)), TEAM, ""


def _incidents(draw: Draw, courses: Iterable[Course]) -> Iterator[tuple[Cell, ...]]:
    number = 0
    for course in courses:
        cut_over = course.days.get("实际割接日期")
        if cut_over and draw.chance(0.09):
            number += 1
            severity = draw.weighted({"轻微": 70, "较重": 25, "中断": 5})
            answered = draw.between(3, 90)
            yield (
                f"GZ2026{number:04d}",
                course.system.department,
                course.system.name,
                min(cut_over + timedelta(days=draw.between(0, 10)), PROGRESS_ON),
                severity,
                answered,
                answered + draw.between(20, 600),
                course.system.maintenance_vendor or course.system.development_vendor,
                draw.one(FAILURES),
            )


def _system_heads() -> tuple[str, ...]:
    return (
        "序号", "单位名称", "系统名称", "迁移批次", "计划割接日期", "迁移状态",
        *HEADINGS, *AFTER, "回退日期", "状态日期", "责任人", "存在问题",
    )  # fmt: skip


def _system_row(course: Course) -> tuple[Cell, ...]:
    system = course.system
    return (
        None,
        system.department,
        system.name,
        f"第{course.wave:02d}批",
        course.planned,
        course.state,
        *(course.days.get(heading) for heading in (*HEADINGS, *AFTER)),
        course.back,
        course.since,
        system.maintenance_vendor or system.development_vendor or TEAM,
        course.why or None,
    )


def _sheet(title: str, heads: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Grid:
    numbered = [list(row) for row in rows]
    if heads[0] == "序号":
        for number, row in enumerate(numbered, start=1):
            row[0] = number
    above: list[Cell] = [f"{title}（截至 {PROGRESS_ON.isoformat()}）"]
    grid = Grid(name=title, rows=[above, list(heads), *numbered], bold={0, 1})
    return replace(grid, merges=[(0, 0, 0, len(heads) - 1)])
