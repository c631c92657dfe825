"""From results to what a report says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianyun.estate.calendar import Blackout, Calendar, Holiday
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Department, Line, Pool, Room, System
from qianyun.estate.kinds import BlackoutKind, Disposition, Level, Network, RoomOutcome
from qianyun.policy.model import Endpoint, Flow, Policy, Zone
from reports.content import Figure, Mark, Report, Table, say
from reports.page import page
from reports.results import Breach, DeviceSeen, LedgerFault, Move, MovePlan, PlannedWave, Results, Verification
from reports.timeline import Span
from reports.tones import Tone
from reports.views import filling, national_blackouts, report_of

DAY = date(2026, 9, 4)
AS_OF = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
ESTATE = Estate(
    departments=(Department(name="甲厅", level=Level.PROVINCE, region_code="990000"),),
    rooms=(
        Room(
            name="甲厅机房", department="甲厅", outcome=RoomOutcome.CLOSE, withdraw_by=date(2026, 9, 30), rack_count=0
        ),
        Room(name="观测机房", department="甲厅", outcome=RoomOutcome.RETAIN_SPECIAL, outcome_reason="气象观测"),
    ),
    lines=(
        Line(
            number="A1", department="甲厅", room="甲厅机房", network=Network.INTERNET, monthly_cost_yuan=Decimal(12_000)
        ),
        Line(number="A2", department="甲厅", room="观测机房", network=Network.EXTRANET, monthly_cost_yuan=Decimal(900)),
    ),
    systems=(
        System(department="甲厅", name="收费", room="甲厅机房", zone="extranet", vcpu=40, maintenance_vendor=None),
        System(department="甲厅", name="门户", room="甲厅机房", zone="internet", vcpu=8, data_gib=Decimal(200)),
        System(
            department="甲厅", name="观测", room="观测机房", disposition=Disposition.DEFER, disposition_reason="设备老"
        ),
    ),
)
TOLL, PORTAL, WATCH = (system.key for system in ESTATE.systems)
ZONES = (
    Zone(name="internet", label="互联网区", number=1),
    Zone(name="extranet", label="政务外网区", number=2),
)
POLICY = Policy(
    estate="示例",
    zones=ZONES,
    endpoints=(),
    services=(),
    flows=tuple(
        Flow(
            name=name,
            origin=Endpoint(name=origin, zone=origin, prefixes=()),
            target=Endpoint(name=target, zone=target, prefixes=()),
            services=(),
            purpose="",
        )
        for name, origin, target in (
            ("up", "internet", "extranet"),
            ("up2", "internet", "extranet"),
            ("down", "extranet", "internet"),
        )
    ),
    digest="sha256:00112233445566778899",
)
CALENDAR = Calendar(first=date(2026, 7, 1), last=date(2027, 6, 30), observation_days=14)
PLAN = MovePlan(
    digest="sha256:aabbccddeeff00112233",
    status="feasible",
    gap_percent=0.5,
    waves=(
        PlannedWave(number=1, span=Span(first=date(2026, 8, 31), last=date(2026, 9, 13))),
        PlannedWave(number=2, span=Span(first=date(2026, 9, 14), last=date(2026, 9, 27))),
    ),
    moves=(
        Move(system=TOLL, wave=1, on=DAY, why="ripe from 2026-09-01 on", cause="newly ripe", zone="extranet", vcpu=40),
        Move(system=PORTAL, wave=2, on=DAY + timedelta(14), zone="internet", vcpu=8),
        Move(system=WATCH, wave=None, on=None, why="设备老"),
    ),
)
POOLS = (
    Pool(zone="extranet", starts_on=date(2026, 7, 1), vcpu=50, memory_gib=1, storage_gib=1),
    Pool(zone="extranet", starts_on=date(2026, 10, 1), vcpu=100, memory_gib=1, storage_gib=1),
    Pool(zone="internet", starts_on=date(2026, 7, 1), vcpu=80, memory_gib=1, storage_gib=1),
)
BREACH = Breach(
    tone=Tone.BAD, title="1521 is open", origin="internet", target="extranet", packet="p", clause="8.1.3.2 a"
)
RESULTS = Results(
    label="示例省",
    as_of=AS_OF,
    classification="内部",
    estate=ESTATE,
    policy=POLICY,
    calendar=CALENDAR,
    pools=POOLS,
    plan=PLAN,
    verification=Verification(breaches=(BREACH,), broken_flows=frozenset({"up"})),
)


def table(report: Report, name: str) -> Table:
    return next(table for table in report.tables if table.name == name)


def figure(report: Report, label: str) -> Figure:
    return next(figure for figure in report.figures if figure.label == label)


def row(report: Report, name: str, first: str) -> dict[str, str]:
    found = table(report, name)
    cells = next(row for row in found.rows if row[0] == first)
    return {column.title: say(cell) for column, cell in zip(found.columns, cells, strict=True)}


def test_a_wave_says_how_much_it_is_what_it_frees_and_why() -> None:
    report = report_of(RESULTS)

    assert row(report, "waves", "wave 01") == {
        "wave": "wave 01",
        "state": "○ planned",
        "first cut-over": "2026-09-04",
        "last cut-over": "2026-09-04",
        "systems": "1",
        "departments": "1",
        "vCPU": "40",
        "data GiB": "0",
        "rooms freed": "–",
        "reason": "1 newly ripe",
    }
    assert row(report, "waves", "wave 02")["rooms freed"] == "甲厅机房"


def test_a_room_says_when_it_is_free_and_that_it_is_late() -> None:
    room = row(report_of(RESULTS), "rooms", "甲厅机房")

    assert (room["free from"], room["state"], room["racks"]) == ("2026-10-03", "▲ 3 days late", "0")
    assert row(report_of(RESULTS), "rooms", "观测机房")["racks"] == "unknown"


def test_a_system_that_stays_keeps_its_room_and_says_so() -> None:
    moves = (PLAN.moves[0], replace(PLAN.moves[1], leaves_room=False), PLAN.moves[2])

    report = report_of(replace(RESULTS, plan=replace(PLAN, moves=moves)))

    assert row(report, "rooms", "甲厅机房")["state"] == "✕ 1 systems stay"
    assert figure(report, "rooms to be freed").value == "0"


def test_lines_say_what_they_save() -> None:
    report = report_of(RESULTS)

    assert row(report, "lines", "A1")["saves yuan a month"] == "12,000"
    assert row(report, "lines", "A2")["what becomes of it"] == "○ stays"
    assert table(report, "savings").rows == (("2026-11", Decimal(12_000)),)
    assert figure(report, "lines to be cancelled").notes == (
        Mark(tone=Tone.DONE, text="saves 1.2 ten thousand yuan a month"),
    )


def test_every_system_is_listed_once_and_those_without_a_wave_last() -> None:
    rows = table(report_of(RESULTS), "systems").rows

    assert [(cells[0], cells[3]) for cells in rows] == [("wave 01", "收费"), ("wave 02", "门户"), (None, "观测")]
    assert rows[-1][-1] == "设备老"


def test_the_matrix_holds_declared_kept_and_violated_flows() -> None:
    view = report_of(RESULTS).matrix

    assert view is not None
    cell = view.by_pair()["internet", "extranet"]
    assert (cell.declared, cell.kept, cell.violations, cell.text) == (2, 1, 1, "✕ 1")
    assert view.by_pair()["extranet", "internet"].text == "✔ 1"


def test_what_nobody_verified_is_neither_kept_nor_clean() -> None:
    report = report_of(replace(RESULTS, verification=None))

    assert report.matrix is not None
    assert report.matrix.by_pair()["internet", "extranet"].text == "○ 2"
    assert figure(report, "zone violations").value == "–"
    assert "qianyun zone verify" in table(report, "findings").empty
    assert "no violation found" not in page(report)


def test_without_a_plan_nothing_is_said_to_be_planned() -> None:
    report = report_of(replace(RESULTS, plan=None))

    assert (report.gantt, report.capacity, report.head.plan_digest) == (None, None, None)
    assert figure(report, "systems planned").value == "0"
    assert figure(report, "cloud headroom").value == "–"


def test_devices_that_do_not_answer_or_were_seen_long_ago_are_counted() -> None:
    devices = (
        DeviceSeen(name="a", seen_at=AS_OF - timedelta(hours=1), facts=3),
        DeviceSeen(name="b", seen_at=AS_OF - timedelta(days=9), facts=3),
        DeviceSeen(name="c"),
    )

    found = figure(report_of(replace(RESULTS, devices=devices)), "devices collected")

    assert (found.value, found.of) == ("2", "3")
    assert [str(note) for note in found.notes] == ["✕ 1 do not answer", "▲ 1 seen more than 7 days ago"]


def test_faults_are_summed_by_file_and_listed_whole() -> None:
    faults = tuple(
        LedgerFault(file=file, sheet="s", cell=f"C{n}", value="x", what=f"wrong {n}", mend="")
        for n, file in enumerate(("a.xlsx", "a.xlsx", "b.csv"))
    )

    report = report_of(replace(RESULTS, faults=faults))

    assert table(report, "import").rows == (("a.xlsx", 2, "s!C0 wrong 0"), ("b.csv", 1, "s!C2 wrong 2"))
    assert len(table(report, "faults").rows) == 3


def test_an_import_that_nobody_looked_at_is_not_called_clean() -> None:
    assert "estate import" in table(report_of(RESULTS), "faults").empty
    assert table(report_of(replace(RESULTS, faults=())), "faults").empty == "no fault: every row was imported"


def test_every_figure_leads_to_a_list_that_the_page_has() -> None:
    report = report_of(RESULTS)
    names = {f"#{table.name}" for table in report.tables}

    assert {figure.href for figure in report.figures if figure.href} <= names


def test_blackouts_inside_others_and_those_of_single_departments_are_not_told() -> None:
    def blackout(name: str, first: date, last: date, departments: tuple[str, ...] = ()) -> Blackout:
        return Blackout(
            name=name, kind=BlackoutKind.GUARDED, first=first, last=last, reason="保障", departments=departments
        )

    calendar = replace(
        CALENDAR,
        holidays=(Holiday(name="国庆节", first=date(2026, 10, 1), last=date(2026, 10, 7)),),
        blackouts=(
            blackout("国庆保障", date(2026, 9, 28), date(2026, 10, 8)),
            blackout("决算", date(2026, 12, 10), date(2027, 1, 20), ("甲厅",)),
        ),
    )

    assert [found.name for found in national_blackouts(calendar)] == ["国庆保障"]


@given(
    st.lists(st.tuples(st.integers(min_value=0, max_value=300), st.integers(min_value=0, max_value=50)), max_size=20),
    st.integers(min_value=1, max_value=500),
)
def test_filling_ends_at_all_that_moved_in(moved: list[tuple[int, int]], size: int) -> None:
    pool = Pool(zone="extranet", starts_on=DAY, vcpu=size, memory_gib=1, storage_gib=1)

    points = filling((pool,), [(DAY + timedelta(offset), vcpu) for offset, vcpu in moved])

    assert points[-1][1] == pytest.approx(100 * sum(vcpu for _offset, vcpu in moved) / size)
    assert [day for day, _percent in points] == sorted({day for day, _percent in points})


def test_new_kit_bends_the_curve_down_on_its_day() -> None:
    points = dict(filling(POOLS[:2], [(DAY, 40)]))

    assert points == {date(2026, 7, 1): 0, DAY: 80, date(2026, 10, 1): 40}


def test_new_kit_of_a_day_is_named_once_with_its_sum() -> None:
    view = report_of(RESULTS).capacity

    assert view is not None
    assert [expansion.text for expansion in view.expansions] == ["+50 vCPU 2026-10"]


def test_the_page_of_these_results_tells_them() -> None:
    text = page(report_of(RESULTS))

    assert "▲ 3 days late" in text
    assert 'id="wave-2"' in text
