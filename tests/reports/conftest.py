"""A report as large as a province's: 24 waves, 780 systems, 120 rooms; all of it invented."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from reports.capacity import CapacityView, Curve, Expansion
from reports.content import UNKNOWN, Cell, Column, Figure, Finding, Head, Kind, Mark, Place, Report, Table
from reports.gantt import Blackout, GanttView, WaveBar, WaveState
from reports.matrix import MatrixCell, MatrixView, MatrixZone
from reports.sparkline import Trend
from reports.timeline import Span
from reports.tones import Tone

TODAY = date(2026, 11, 23)
SIZES = (25, 41, 22, 18, 27, 42, 34, 42, 26, 44, 43, 27, 29, 28, 25, 26, 44, 36, 42, 31, 32, 26, 44, 26)
BLACKOUTS = (
    ("春节", date(2026, 2, 15), date(2026, 2, 23)),
    ("两会", date(2026, 3, 3), date(2026, 3, 12)),
    ("清明", date(2026, 4, 4), date(2026, 4, 6)),
    ("劳动节", date(2026, 5, 1), date(2026, 5, 5)),
    ("端午", date(2026, 6, 19), date(2026, 6, 21)),
    ("国庆", date(2026, 9, 25), date(2026, 10, 8)),
    ("年结", date(2026, 12, 15), date(2027, 1, 3)),
    ("春节", date(2027, 2, 5), date(2027, 2, 14)),
    ("两会", date(2027, 3, 1), date(2027, 3, 12)),
    ("劳动节", date(2027, 5, 1), date(2027, 5, 5)),
    ("国庆", date(2027, 10, 1), date(2027, 10, 7)),
)
ZONES = (
    ("outside", "外部"),
    ("internet", "互联网区"),
    ("exchange", "数据交换安全区"),
    ("extranet", "政务外网区"),
    ("department", "部门"),
)
PACKET = "2001:db8:a::5 → 3fff:12::15 tcp/1521"


def wave(place: int, size: int) -> WaveBar:
    first = date(2026, 1, 12) + timedelta(days=24 * place)
    planned = Span(first=first, last=first + timedelta(days=16 + size // 2))
    state = WaveState.DONE if place < 13 else WaveState.RUNNING if place == 13 else WaveState.PLANNED
    late = timedelta(days={12: 14, 13: 14, 15: 14, 16: 3}.get(place, 0))
    return WaveBar(
        name=f"第{place + 1:02}批",
        note=f"{size} 个系统",
        systems=size,
        state=state,
        planned=planned,
        forecast=Span(first=planned.first + late, last=planned.last + late),
        baseline=planned,
        rooms={
            2: ("甲厅二楼机房",),
            5: ("乙局机房", "丙局机房"),
            11: ("丁厅机房",),
            14: ("戊局机房",),
            23: ("己局机房",),
        }.get(place, ()),
        href=f"#wave-{place + 1}",
    )


@pytest.fixture
def gantt_view() -> GanttView:
    return GanttView(
        waves=tuple(wave(place, size) for place, size in enumerate(SIZES)),
        blackouts=tuple(Blackout(name=name, span=Span(first=first, last=last)) for name, first, last in BLACKOUTS),
        today=TODAY,
    )


def filling(start: float, end: float, drop: float = 0.0) -> tuple[tuple[date, float], ...]:
    days = [date(2026, 1, 1) + timedelta(days=27 * place) for place in range(26)]
    shares = [start + (end + drop - start) * place / 25 for place in range(26)]
    return tuple(
        (day, share - (drop if day > date(2026, 12, 5) else 0)) for day, share in zip(days, shares, strict=True)
    )


@pytest.fixture
def capacity_view() -> CapacityView:
    return CapacityView(
        curves=(
            Curve(zone="extranet", label="政务外网区 vCPU", points=filling(40, 94, drop=26)),
            Curve(zone="internet", label="互联网区 vCPU", points=filling(22, 57)),
            Curve(zone="exchange", label="数据交换安全区 vCPU", points=filling(12, 31)),
        ),
        expansions=(Expansion(day=date(2026, 12, 6), text="扩容 +480 vCPU 2026-12"),),
        today=TODAY,
    )


@pytest.fixture
def matrix_view() -> MatrixView:
    def cell(origin: str, target: str, declared: int, violations: int = 0, warnings: int = 0) -> MatrixCell:
        return MatrixCell(
            origin=origin,
            target=target,
            declared=declared,
            kept=declared,
            violations=violations,
            warnings=warnings,
            href="#findings",
        )

    return MatrixView(
        zones=tuple(MatrixZone(zone=zone, label=label) for zone, label in ZONES),
        cells=(
            cell("outside", "internet", 6),
            cell("internet", "outside", 3),
            cell("internet", "exchange", 4),
            cell("internet", "extranet", 0, violations=2),
            cell("exchange", "internet", 4),
            cell("exchange", "extranet", 9),
            cell("extranet", "exchange", 7),
            cell("extranet", "department", 31),
            cell("department", "outside", 0, warnings=1),
            cell("department", "extranet", 28),
        ),
    )


def rising(end: float, goal: float | None = None) -> Trend:
    return Trend(values=tuple(end * (place / 12) ** 1.2 for place in range(13)), goal=goal, says="over thirteen months")


@pytest.fixture
def head() -> Head:
    return Head(
        estate="样例省",
        as_of=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        policy_digest="sha256:9f2c4d6e8a0b1c3d5e7f9a1b2c3d4e5f60718293a4b5c6d7e8f901234567e1a7",
        plan_digest="sha256:17aa4d6e8a0b1c3d5e7f9a1b2c3d4e5f60718293a4b5c6d7e8f9012345670b21",
        plan_status="可行",
        gap_percent=8.2,
        classification="内部",
    )


FIGURES = (
    Figure(
        label="已迁系统",
        value="412",
        of="780",
        notes=(Mark(tone=Tone.WARN, text="第二阶段目标 520,差 108"),),
        trend=rising(412, 520),
        href="#waves",
    ),
    Figure(label="撤并机房", value="31", of="92", notes=("本月 3 间,全部有佐证",), trend=rising(31, 92), href="#rooms"),
    Figure(
        label="清退专线",
        value="1,064",
        of="2,500",
        notes=(Mark(tone=Tone.DONE, text="每月省 38.6 万元"),),
        trend=rising(1064),
    ),
    Figure(
        label="分区违规",
        value="2",
        of="0",
        notes=(Mark(tone=Tone.BAD, text="2 严重"), Mark(tone=Tone.WARN, text="5 一般")),
        href="#findings",
    ),
    Figure(
        label="采集新鲜度",
        value="96%",
        of="120 间",
        notes=(Mark(tone=Tone.WARN, text="4 间超过 7 天"),),
        href="#devices",
    ),
    Figure(label="云资源余量", value="27%", of="安全线 10%", notes=("vCPU 先触线:2027-03",)),
)

FINDINGS = (
    Finding(
        tone=Tone.BAD,
        title="互联网区 → 政务外网区可达 tcp/1521",
        packet=PACKET,
        place="gw2 第 88 行",
        clause="GB/T 22239-2019 8.1.3.2 a",
        note="flows.yml:12 未声明此访问;删去该规则或申报访问关系",
    ),
    Finding(
        tone=Tone.BAD,
        title="互联网区 → 政务外网区可达 udp/161",
        packet="2001:db8:a::5 → 3fff:12::9 udp/161",
        place="gw2 第 91 行",
        clause="GB/T 22239-2019 8.1.3.2 a",
    ),
    Finding(tone=Tone.WARN, title="部门接入绕过统一出口:某局默认路由", place="core1", note="豁免至 12-31,安全管理员批"),
)


def waves_table(view: GanttView) -> Table:
    reasons = ("与统一身份认证同组,须先迁", "机房 2026 年底到期", "厂商同周只能割接两个系统", "等保复测完成后方可割接")
    words = {
        WaveState.DONE: (Tone.DONE, "完成"),
        WaveState.RUNNING: (Tone.RUN, "进行中"),
        WaveState.PLANNED: (Tone.REST, "计划"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            bar.name,
            Mark(tone=words[bar.state][0], text=words[bar.state][1]),
            bar.shown.first,
            bar.shown.last,
            size,
            320 * place,
            "、".join(bar.rooms),
            reasons[place % 4],
        )
        for place, (bar, size) in enumerate(zip(view.waves, SIZES, strict=True))
    ]
    return Table(
        name="waves",
        title="批次计划",
        note="每批的起止、规模与理由",
        columns=(
            Column(title="批次"),
            Column(title="状态", kind=Kind.MARK),
            Column(title="开始", kind=Kind.DATE),
            Column(title="结束", kind=Kind.DATE),
            Column(title="系统数", kind=Kind.NUMBER),
            Column(title="数据量 GiB", kind=Kind.NUMBER),
            Column(title="撤并机房"),
            Column(title="理由", width=60),
        ),
        rows=tuple(rows),
        anchors=tuple(f"wave-{place + 1}" for place in range(len(SIZES))),
    )


def systems_table() -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            f"第{1 + place // 33:02}批",
            f"{'甲乙丙丁戊己庚辛'[place % 8]}厅",
            f"业务系统 {place:03}",
            place % 3 + 1 if place % 7 else UNKNOWN,
            f"{'甲乙丙丁'[place % 4]}机房",
            Decimal("12.5") * place,
        )
        for place in range(780)
    ]
    return Table(
        name="systems",
        title="系统清单",
        columns=(
            Column(title="批次"),
            Column(title="部门"),
            Column(title="系统"),
            Column(title="等保级别", kind=Kind.NUMBER),
            Column(title="机房"),
            Column(title="数据量 GiB", kind=Kind.NUMBER),
        ),
        rows=tuple(rows),
        place=Place.FOLDED,
    )


def findings_table() -> Table:
    return Table(
        name="findings",
        title="违规",
        columns=(
            Column(title="级别", kind=Kind.MARK),
            Column(title="问题"),
            Column(title="证据报文", kind=Kind.CODE, width=60),
            Column(title="条款"),
        ),
        rows=tuple(
            (Mark(tone=f.tone, text={"bad": "严重", "warn": "一般"}[f.tone]), f.title, f.packet, f.clause)
            for f in FINDINGS
        ),
    )


def rooms_table() -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("甲厅二楼机房", "甲厅", "撤并", 12, Mark(tone=Tone.DONE, text="已关闭")),
        ("丁厅机房", "丁厅", UNKNOWN, None, Mark(tone=Tone.REST, text="待撤")),
    )
    columns = ("机房", "部门", "去向", "机柜数", "状态")
    kinds = (Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.NUMBER, Kind.MARK)
    return Table(
        name="rooms",
        title="机房撤并台账",
        columns=tuple(Column(title=title, kind=kind) for title, kind in zip(columns, kinds, strict=True)),
        rows=rows,
    )


def devices_table() -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            f"core{place}",
            "H3C S12508",
            UNKNOWN if place == 3 else datetime(2026, 11, 20 + place, 6, 0, tzinfo=UTC),
            24 * place,
        )
        for place in range(4)
    ]
    columns = ("设备", "型号", "采集于", "接口数")
    kinds = (Kind.TEXT, Kind.TEXT, Kind.DATE, Kind.NUMBER)
    return Table(
        name="devices",
        title="采集设备",
        columns=tuple(Column(title=t, kind=k) for t, k in zip(columns, kinds, strict=True)),
        rows=tuple(rows),
        place=Place.SIDE,
    )


def faults_table() -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("甲厅系统台账.xlsx", 3, "系统清单!F7 '登保三级' 不是等保级别"),
        ("乙局机房表.xls", 1, "机房!C4 面积 '约80' 不是数字"),
    )
    columns = (Column(title="文件"), Column(title="问题数", kind=Kind.NUMBER), Column(title="第一处"))
    return Table(name="faults", title="导入问题", columns=columns, rows=rows, place=Place.SIDE, empty="没有问题")


@pytest.fixture
def report(head: Head, gantt_view: GanttView, capacity_view: CapacityView, matrix_view: MatrixView) -> Report:
    return Report(
        title="样例省 政务云迁移报告",
        language="zh_CN",
        head=head,
        figures=FIGURES,
        gantt=gantt_view,
        capacity=capacity_view,
        matrix=matrix_view,
        findings=FINDINGS,
        is_verified=True,
        tables=(
            waves_table(gantt_view),
            systems_table(),
            findings_table(),
            rooms_table(),
            devices_table(),
            faults_table(),
        ),
    )
