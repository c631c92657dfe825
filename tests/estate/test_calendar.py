from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianyun.errors import FactError
from qianyun.estate.calendar import Blackout, Calendar, CutoverWindow, Holiday, Phase, days_between, week_of
from qianyun.estate.kinds import BlackoutKind

FIRST, LAST = date(2026, 7, 1), date(2028, 6, 30)
NATIONAL_DAY = Holiday(
    name="国庆节",
    first=date(2026, 10, 1),
    last=date(2026, 10, 7),
    workdays=(date(2026, 9, 20), date(2026, 10, 10)),
)

days = st.dates(FIRST, LAST)
departments = st.sampled_from([None, "省财政厅", "省教育厅", "省水利厅"])


@st.composite
def blackouts(draw: st.DrawFn) -> Blackout:
    first = draw(days)
    last = first + timedelta(days=draw(st.integers(0, 40)))
    names = draw(st.lists(st.sampled_from(["省财政厅", "省教育厅"]), max_size=2, unique=True))
    kind = draw(st.sampled_from(BlackoutKind))
    return Blackout(name="封网", kind=kind, first=first, last=last, reason="保障", departments=tuple(names))


@st.composite
def windows(draw: st.DrawFn) -> CutoverWindow:
    weekdays = draw(st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True))
    return CutoverWindow(
        weekdays=tuple(weekdays),
        opens=draw(st.times().map(lambda t: t.replace(microsecond=0))),
        hours=Decimal(draw(st.integers(1, 72))),
        wants_rest=draw(st.booleans()),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    return Calendar(
        first=FIRST,
        last=LAST,
        holidays=draw(st.sampled_from([(), (NATIONAL_DAY,)])),
        blackouts=tuple(draw(st.lists(blackouts(), max_size=6))),
        window=draw(windows()),
        windows=draw(st.dictionaries(st.sampled_from(["省财政厅", "省教育厅"]), windows())),
    )


@given(calendars(), days, departments)
def test_no_cutover_begins_or_ends_in_a_blackout(calendar: Calendar, day: date, department: str | None) -> None:
    opened = calendar.is_cutover_day(day, department)

    closing = calendar.window_of(department).last_day(day)

    assert not (opened and any(calendar.is_blackout(each, department) for each in days_between(day, closing)))


@given(calendars(), blackouts(), days, departments)
def test_one_more_blackout_opens_no_day(
    calendar: Calendar, more: Blackout, first: date, department: str | None
) -> None:
    stricter = Calendar(
        first=calendar.first,
        last=calendar.last,
        holidays=calendar.holidays,
        blackouts=(*calendar.blackouts, more),
        window=calendar.window,
        windows=calendar.windows,
    )
    last = first + timedelta(days=60)

    assert set(stricter.cutover_days(first, last, department)) <= set(calendar.cutover_days(first, last, department))


@given(calendars(), days, departments)
def test_what_binds_everybody_binds_every_department(calendar: Calendar, day: date, department: str | None) -> None:
    assert set(calendar.blackouts_on(day)) <= set(calendar.blackouts_on(day, department))


@given(calendars(), days, st.integers(0, 90), departments)
def test_a_cutover_week_is_named_by_the_monday_of_its_cutover_days(
    calendar: Calendar, first: date, length: int, department: str | None
) -> None:
    last = first + timedelta(days=length)
    weeks = calendar.cutover_weeks(first, last, department)

    assert set(weeks) == {week_of(day) for day in calendar.cutover_days(first, last, department)}
    assert all(week.isoweekday() == 1 for week in weeks)
    assert list(weeks) == sorted(weeks)


@given(days, days)
def test_a_holiday_without_moved_days_takes_its_weekdays_from_the_working_days(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    plain = Calendar(first=FIRST, last=LAST)
    off = Calendar(first=FIRST, last=LAST, holidays=(Holiday(name="假", first=first, last=last),))

    weekdays = sum(day.isoweekday() < 6 for day in days_between(first, last))

    assert plain.working_days(FIRST, LAST) - off.working_days(FIRST, LAST) == weekdays
    assert off.working_days(first, last) == 0


def test_moved_working_days_are_worked_and_the_holiday_is_not() -> None:
    calendar = Calendar(first=FIRST, last=LAST, holidays=(NATIONAL_DAY,))

    assert calendar.is_working_day(date(2026, 10, 10))
    assert not calendar.is_working_day(date(2026, 10, 11))
    assert not calendar.is_working_day(date(2026, 10, 7))


def test_a_moved_working_day_shuts_the_window_of_the_night_before() -> None:
    friday, saturday = date(2026, 10, 9), date(2026, 10, 10)
    resting = Calendar(first=FIRST, last=LAST, holidays=(NATIONAL_DAY,), window=CutoverWindow())
    restless = Calendar(first=FIRST, last=LAST, holidays=(NATIONAL_DAY,), window=CutoverWindow(wants_rest=False))

    assert not resting.is_cutover_day(friday)
    assert resting.is_cutover_day(saturday)
    assert restless.is_cutover_day(friday)


def test_a_window_past_midnight_is_shut_by_a_blackout_of_the_next_day() -> None:
    saturday = date(2026, 11, 7)
    sunday = Blackout(
        name="演练", kind=BlackoutKind.GUARDED, first=date(2026, 11, 8), last=date(2026, 11, 8), reason="应急演练"
    )
    calendar = Calendar(first=FIRST, last=LAST, blackouts=(sunday,), window=CutoverWindow(weekdays=(6,)))

    assert not calendar.is_cutover_day(saturday)
    assert calendar.is_cutover_day(date(2026, 11, 14))


def test_a_window_until_midnight_ends_on_its_own_day() -> None:
    window = CutoverWindow(weekdays=(6,), opens=time(20), hours=Decimal(4))

    assert window.last_day(date(2026, 11, 7)) == date(2026, 11, 7)


def test_a_blackout_of_one_department_leaves_the_others_alone() -> None:
    day = date(2026, 12, 19)
    closing = Blackout(
        name="年终决算",
        kind=BlackoutKind.YEAR_END,
        first=date(2026, 12, 10),
        last=date(2027, 1, 20),
        reason="预算执行",
        departments=("省财政厅",),
    )
    calendar = Calendar(first=FIRST, last=LAST, blackouts=(closing,))

    assert calendar.blackouts_on(day, "省财政厅") == (closing,)
    assert calendar.blackouts_on(day, "省教育厅") == ()


def test_the_weeks_of_a_programme_cover_its_first_and_last_day() -> None:
    weeks = Calendar(first=FIRST, last=LAST).weeks

    assert weeks[0] <= FIRST < weeks[1]
    assert weeks[-1] <= LAST < weeks[-1] + timedelta(days=7)


def test_a_day_lies_in_the_phase_that_spans_it() -> None:
    pilot = Phase(name="试点", first=FIRST, deadline=date(2026, 12, 31))
    bulk = Phase(name="批量", first=date(2027, 1, 1), deadline=date(2027, 9, 30))
    calendar = Calendar(first=FIRST, last=LAST, phases=(pilot, bulk))

    assert calendar.phase_of(date(2026, 12, 31)) == pilot
    assert calendar.phase_of(date(2027, 1, 1)) == bulk
    assert calendar.phase_of(date(2028, 1, 1)) is None


def test_a_holiday_that_moves_work_into_itself_or_onto_a_weekday_is_refused() -> None:
    with pytest.raises(FactError) as caught:
        Holiday(
            name="国庆节",
            first=date(2026, 10, 1),
            last=date(2026, 10, 7),
            workdays=(date(2026, 10, 3), date(2026, 10, 9)),
        )

    assert [fault.what for fault in caught.value.faults] == [
        "moves the working day 2026-10-03 into itself",
        "moves work to 2026-10-09, which is a working day anyway",
    ]


def test_a_blackout_without_reason_or_backwards_is_refused() -> None:
    with pytest.raises(FactError) as caught:
        Blackout(name="封网", kind=BlackoutKind.GUARDED, first=LAST, last=FIRST, reason=" ")

    assert [fault.what for fault in caught.value.faults] == [
        "ends on 2026-07-01, before it begins on 2028-06-30",
        "has no reason",
    ]


def test_a_window_of_no_day_or_more_than_a_week_is_refused() -> None:
    with pytest.raises(FactError) as caught:
        CutoverWindow(weekdays=(), hours=Decimal(200))

    assert len(caught.value.faults) == 2


def test_phases_past_the_programme_or_out_of_order_are_refused() -> None:
    late = Phase(name="收尾", first=LAST, deadline=date(2028, 12, 31))
    pilot = Phase(name="试点", first=FIRST, deadline=date(2026, 12, 31))

    with pytest.raises(FactError) as caught:
        Calendar(first=FIRST, last=LAST, phases=(late, pilot))

    assert [fault.what for fault in caught.value.faults] == [
        "phases are not in the order of their deadlines",
        "phase 收尾 ends after the programme",
    ]
