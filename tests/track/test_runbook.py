"""A step of a move is admitted when plan, window and the steps before it allow it, and refused in words otherwise."""

from datetime import datetime

import pytest
from moves import AT, DIGEST, HOST, PORTAL, Teller, independent

from qianyun.errors import ProgressError
from qianyun.track.deeds import Approval, CheckName, Entry, EvidenceKind, RunbookStep, Step, StepState
from qianyun.track.runbook import Paper, Ticket, admitted, begun, ended, failed, has_moved

PLAN = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
IN_WINDOW = datetime(2026, 9, 4, 23, 15)  # noqa: DTZ001 - the wall's time, as windows are declared

OUTSIDE = (
    datetime(2026, 9, 4, 21, 59),  # noqa: DTZ001 - likewise
    datetime(2026, 9, 5, 6, 0),  # noqa: DTZ001 - likewise
    datetime(2026, 9, 11, 23, 0),  # noqa: DTZ001 - likewise
)


def ticket(step: Step, *, plan: str = PLAN, approved: str | None = PLAN, now: datetime = IN_WINDOW) -> Ticket:
    return Ticket(step=step, plan=plan, approved=approved, now=now)


def eve() -> Teller:
    """On the eve of the cut-over, everything shown."""
    teller = Teller(independent())
    teller.walk(PORTAL, "trial")
    teller.bring(PORTAL, "cutover")
    for step in (Step.PRECHECK, Step.SYNC):
        teller.say(PORTAL, RunbookStep(step=step, state=StepState.DONE))
    return teller


def take(teller: Teller, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        teller.logs.setdefault(entry.tracked, []).append(entry)


def run(teller: Teller, step: Step) -> None:
    """A step that is admitted and succeeds."""
    asked = teller.asked(PORTAL)
    assert not admitted(ticket(step), asked, teller.world)
    take(teller, begun(ticket(step), asked, teller.world, AT))
    take(teller, ended(Paper(step=step, digest=DIGEST, name="paper.json"), asked, teller.world, AT))


def refusal(teller: Teller, asked_for: Ticket) -> str:
    with pytest.raises(ProgressError) as caught:
        admitted(asked_for, teller.asked(PORTAL), teller.world)
    return str(caught.value)


def test_without_an_approved_plan_nothing_is_run() -> None:
    said = refusal(eve(), ticket(Step.PRECHECK, approved=None))

    assert said == "system 甲厅/门户: no plan is approved; qianyun plan freeze approves one"


def test_variables_of_another_plan_are_refused() -> None:
    said = refusal(eve(), ticket(Step.PRECHECK, plan=OTHER))

    assert said == (
        "system 甲厅/门户: was compiled for the plan sha256:bbbbbbbb, but sha256:aaaaaaaa is approved; "
        "compile it again: qianyun move compile"
    )


@pytest.mark.parametrize("now", OUTSIDE)
def test_a_cut_over_outside_its_window_is_refused(now: datetime) -> None:
    said = refusal(eve(), ticket(Step.CUTOVER, now=now))

    assert said == (
        f"system 甲厅/门户: its window is 2026-09-04 22:00 to 2026-09-05 06:00, and now it is {now:%Y-%m-%d %H:%M}; "
        "wait for it, or plan another day"
    )


def test_the_window_runs_past_midnight() -> None:
    after_midnight = datetime(2026, 9, 5, 5, 59)  # noqa: DTZ001 - the wall's time

    assert not admitted(ticket(Step.CUTOVER, now=after_midnight), eve().asked(PORTAL), eve().world)


def test_a_step_waits_for_the_one_before_it() -> None:
    said = refusal(eve(), ticket(Step.VERIFY))

    assert said.endswith("the step cutover comes before, and is not run; run it first: playbooks/cutover.yml")


def test_a_cut_over_enters_its_state_only_through_all_its_gates() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "trial")

    with pytest.raises(ProgressError, match="nobody has approved it"):
        begun(ticket(Step.CUTOVER), teller.asked(PORTAL), teller.world, AT)


def test_steps_that_succeed_bring_the_system_to_its_observation() -> None:
    teller = eve()

    run(teller, Step.CUTOVER)
    run(teller, Step.VERIFY)

    standing = teller.standing(PORTAL)
    assert standing.state == "observation"
    assert standing.holds(EvidenceKind.CUTOVER_RECORD)
    assert has_moved(standing)


def test_a_cut_over_that_is_done_is_admitted_as_done() -> None:
    teller = eve()
    run(teller, Step.CUTOVER)

    assert admitted(ticket(Step.CUTOVER), teller.asked(PORTAL), teller.world)


def test_a_way_back_undoes_the_cut_over_and_the_next_one_undoes_it() -> None:
    teller = eve()
    run(teller, Step.CUTOVER)
    take(teller, begun(ticket(Step.ROLLBACK), teller.asked(PORTAL), teller.world, AT))

    assert not has_moved(teller.standing(PORTAL))

    take(teller, ended(Paper(step=Step.ROLLBACK, digest=DIGEST, name="r"), teller.asked(PORTAL), teller.world, AT))
    assert teller.standing(PORTAL).state == "rolled_back"
    assert admitted(ticket(Step.ROLLBACK), teller.asked(PORTAL), teller.world)


def test_going_back_is_admitted_outside_the_window_and_after_a_failure() -> None:
    teller = eve()
    asked = teller.asked(PORTAL)
    take(teller, begun(ticket(Step.CUTOVER), asked, teller.world, AT))
    take(teller, failed(Step.CUTOVER, DIGEST, asked, teller.world, AT))

    assert not admitted(ticket(Step.ROLLBACK, now=datetime(2026, 9, 9, 12, 0)), asked, teller.world)  # noqa: DTZ001 - the wall's time


def test_a_failed_check_is_red() -> None:
    teller = eve()

    take(teller, failed(Step.SYNC, DIGEST, teller.asked(PORTAL), teller.world, AT))

    result = teller.standing(PORTAL).result(CheckName.SYNC)
    assert result is not None
    assert not result.is_green


def test_a_source_is_retired_only_when_its_owner_confirmed_and_somebody_approved() -> None:
    teller = eve()
    run(teller, Step.CUTOVER)
    run(teller, Step.VERIFY)
    with pytest.raises(ProgressError, match="not at confirmed"):
        begun(ticket(Step.RETIRE), teller.asked(PORTAL), teller.world, AT)

    teller.walk(PORTAL, "confirmed")
    with pytest.raises(ProgressError, match="nobody has approved it"):
        begun(ticket(Step.RETIRE), teller.asked(PORTAL), teller.world, AT)

    teller.say(PORTAL, Approval(target="source_retired"), who="管理方")
    run(teller, Step.RETIRE)
    assert teller.standing(PORTAL).state == "source_retired"
    assert teller.standing(HOST).holds(EvidenceKind.WIPING_CERTIFICATE)
