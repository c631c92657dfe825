"""Figures of the yearly assessment, counted by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from moves import DAY, LEDGER, PORTAL, Teller, independent

from qianyun.estate.facts import Server, SystemKey
from qianyun.track.deeds import Correction, Incident, RunbookStep, Severity, Step, StepState
from qianyun.track.kpi import Assessed, Kpi, is_answered_in_time, kpis

HIRED = replace(PORTAL, maintenance_vendor="乙公司", development_vendor="丙公司")
ESTATE = replace(independent(), systems=(HIRED, LEDGER))
APPROVED = {HIRED.key: DAY, LEDGER.key: DAY}


def figures(
    teller: Teller,
    of: Assessed,
    name: str,
    approved: dict[SystemKey, date] | None = None,
    last: date = date(2026, 12, 31),
) -> Kpi:
    log = [entry for log in teller.logs.values() for entry in log]
    found = kpis(teller.world, log, approved or APPROVED, date(2026, 1, 1), last)
    return next(each for each in found if (each.of, each.name) == (of, name))


def moved(weeks_late: int = 0) -> Teller:
    teller = Teller(ESTATE)
    teller.today = DAY + timedelta(weeks=weeks_late)
    teller.walk(HIRED, "observation")
    return teller


def test_on_time_is_within_the_approved_week() -> None:
    assert figures(moved(), Assessed.VENDOR, "乙公司").on_time_percent == 100
    assert figures(moved(weeks_late=1), Assessed.VENDOR, "乙公司").on_time_percent == 0


def test_what_is_due_and_was_not_moved_counts_against_its_department() -> None:
    found = figures(moved(), Assessed.DEPARTMENT, "甲厅")

    assert (found.due, found.on_time, found.on_time_percent) == (2, 1, 50)


def test_what_is_not_due_yet_counts_for_nobody() -> None:
    found = figures(
        moved(), Assessed.DEPARTMENT, "甲厅", {HIRED.key: DAY, LEDGER.key: date(2026, 12, 4)}, date(2026, 11, 20)
    )

    assert (found.due, found.on_time_percent) == (1, 100)


def test_a_cut_over_that_was_rolled_back_is_neither_on_time_nor_forgotten() -> None:
    teller = moved()
    teller.enter(HIRED, "rolled_back")

    found = figures(teller, Assessed.VENDOR, "丙公司")

    assert (found.on_time, found.attempts, found.rolled_back_percent) == (0, 1, 100)


def test_a_step_that_is_void_is_not_counted() -> None:
    teller = moved()
    teller.enter(HIRED, "rolled_back")
    teller.say(HIRED, Correction(turn=teller.standing(HIRED).turn, is_void=True))

    assert figures(teller, Assessed.VENDOR, "丙公司").rollbacks == 0


def test_incidents_count_for_the_vendor_that_had_to_answer_and_are_told_once_brought_up_to_date() -> None:
    teller = moved()
    incident = Incident(number="G1", severity=Severity.MAJOR, responded_minutes=20, vendor="乙公司")
    teller.say(HIRED, incident)
    teller.say(HIRED, replace(incident, solved_minutes=90))

    answering, developer = (figures(teller, Assessed.VENDOR, name) for name in ("乙公司", "丙公司"))

    assert (answering.incidents, answering.answered_percent, answering.solved_minutes) == (1, 100, 90)
    assert (developer.incidents, developer.answered_percent, developer.solved_minutes) == (0, None, None)


def test_the_worse_an_incident_the_sooner_it_is_to_be_answered() -> None:
    answered = [is_answered_in_time(Incident(number="1", severity=each, responded_minutes=30)) for each in Severity]

    assert answered == [True, True, False]
    assert not is_answered_in_time(Incident(number="1", severity=Severity.MINOR))


def test_whoever_ran_the_cut_over_is_the_operator() -> None:
    teller = moved()
    teller.say(HIRED, RunbookStep(step=Step.OBSERVE, state=StepState.DONE), who="值守方")

    assert figures(teller, Assessed.OPERATOR, "实施方").attempts == 1


def test_pool_use_is_weighted_by_what_was_asked_for() -> None:
    servers = tuple(
        Server(department="甲厅", system="门户", name=name, vcpu=vcpu, cpu_peak_percent=Decimal(peak))
        for name, vcpu, peak in (("a", 12, 10), ("b", 4, 90))
    )
    teller = Teller(replace(ESTATE, servers=servers))
    teller.walk(HIRED, "observation")

    assert figures(teller, Assessed.DEPARTMENT, "甲厅").pool_use_percent == 30


def test_nobody_is_assessed_to_whom_nothing_happened() -> None:
    assert kpis(Teller(ESTATE).world, [], {}, date(2026, 1, 1), date(2026, 12, 31)) == ()
