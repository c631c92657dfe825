"""A step is taken when everything is shown, and refused with all that is not."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moves import AT, DAY, DIGEST, ESTATE, HOST, LEDGER, LINE, PORTAL, ROOM, Teller, independent, spaced

from qianyun.errors import ProgressError
from qianyun.estate.facts import System
from qianyun.estate.kinds import Disposition, MlpsLevel, RoomOutcome
from qianyun.track.deeds import (
    Advance,
    Approval,
    Check,
    CheckName,
    Correction,
    Evidence,
    EvidenceKind,
    RunbookStep,
    Step,
    StepState,
)
from qianyun.track.grounds import Asked, owed_label
from qianyun.track.recording import state_of, told
from qianyun.track.standing import standing_of
from qianyun.track.states import PATH, STATES, Tracked, TrackedKind
from qianyun.track.transitions import TRANSITIONS

MEND = "cut that over first, or declare the dependency as not hard"
MOVES = [(kind, origin, target) for kind, table in TRANSITIONS.items() for origin, target in table]


def test_a_system_walks_its_whole_path_when_everything_is_shown() -> None:
    teller = Teller(independent())

    teller.walk(PORTAL, "source_retired")

    assert [each.state for each in teller.standing(PORTAL).passed] == list(PATH[1:])


def test_a_refused_cut_over_names_every_unmet_gate_and_what_to_do() -> None:
    teller = Teller()
    teller.walk(PORTAL, "trial")
    teller.say(PORTAL, Check(name=CheckName.BACKUP, is_green=False))
    teller.today = date(2026, 10, 3)

    with pytest.raises(ProgressError) as caught:
        teller.enter(PORTAL, "cutover")

    assert [spaced(str(fault)) for fault in caught.value.faults] == [
        "system 甲厅/门户: lacks the evidence trial report; bring it: qianyun track evidence … trial report FILE",
        "system 甲厅/门户: lacks the evidence cutover plan; bring it: qianyun track evidence … cutover plan FILE",
        "system 甲厅/门户: the check precheck was not run; run it, and tell it: qianyun track check … precheck green",
        "system 甲厅/门户: the check backup is red since 2026-09-04; mend what it found, and run it again",
        "system 甲厅/门户: the check rehearsal was not run; run it, and tell it: qianyun track check … rehearsal green",
        "system 甲厅/门户: nobody has approved it; have a second person approve it: qianyun track approve … cutover",
        "system 甲厅/门户: 2026-10-03 lies in the blackout 封网; the next window opens on 2026-10-08",
        f"system 甲厅/门户: needs 甲厅/台账, which stands at not started; {MEND}",
    ]


@pytest.mark.parametrize(("kind", "origin", "target"), MOVES)
def test_states_of_the_table_are_states_of_its_kind(kind: TrackedKind, origin: str, target: str) -> None:
    assert {origin, target} <= set(STATES[kind])


@pytest.mark.parametrize("kind", TrackedKind)
def test_every_state_is_the_first_or_can_be_reached(kind: TrackedKind) -> None:
    reached = {STATES[kind][0]}
    for _round in STATES[kind]:
        reached |= {target for origin, target in TRANSITIONS[kind] if origin in reached}

    assert reached == set(STATES[kind])


def test_whoever_asks_cannot_be_the_one_who_approves() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "trial")
    teller.bring(PORTAL, "cutover")

    assert teller.lacks(PORTAL, "cutover", who="管理方") == ["管理方 approved it and also ran it"]


def test_whoever_ran_the_cut_over_cannot_accept_it() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "observation")
    teller.today = date(2026, 9, 18)
    teller.bring(PORTAL, "confirmed")

    assert teller.lacks(PORTAL, "confirmed") == ["实施方 ran the cut-over and cannot accept it"]


def test_an_approval_holds_for_one_attempt() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "cutover")
    teller.enter(PORTAL, "rolled_back")
    teller.bring(PORTAL, "test_migration")
    teller.enter(PORTAL, "test_migration")
    teller.walk(PORTAL, "trial")

    lacking = teller.lacks(PORTAL, "cutover")

    assert "nobody has approved it" in lacking
    assert "lacks the evidence cutover plan" in lacking


def test_an_observation_is_waited_out() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "observation")
    teller.today = date(2026, 9, 17)
    teller.bring(PORTAL, "confirmed")

    assert teller.lacks(PORTAL, "confirmed", who="业务方") == ["its observation began on 2026-09-04 and lasts 14 days"]


def test_a_failed_step_of_the_runbook_stops_the_way_on_but_not_the_way_back() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "cutover")
    teller.bring(PORTAL, "observation")
    teller.say(PORTAL, RunbookStep(step=Step.VERIFY, state=StepState.FAILED))

    assert teller.lacks(PORTAL, "observation") == ["the step verify is failed"]
    assert teller.lacks(PORTAL, "rolled_back") == []


def test_what_is_blocked_goes_on_where_it_stopped_and_nowhere_else() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "deployment")
    teller.enter(PORTAL, "blocked")

    assert teller.lacks(PORTAL, "trial") == ["does not go from blocked to trial"]
    assert teller.lacks(PORTAL, "deployment") == []


def test_a_system_above_the_platforms_level_gets_no_resources() -> None:
    secret = replace(PORTAL, mlps_level=MlpsLevel.FOUR)
    teller = Teller(replace(independent(), systems=(secret,)))
    teller.walk(secret, "review")
    teller.bring(secret, "resources")

    assert teller.lacks(secret, "resources") == ["has protection level 4, the platform only 3"]


def test_what_is_to_be_retired_goes_from_its_review_to_its_end() -> None:
    old = replace(PORTAL, disposition=Disposition.RETIRE)
    teller = Teller(replace(independent(), systems=(old,)))
    teller.walk(old, "review")
    teller.bring(old, "source_retired")

    assert teller.lacks(old, "resources")[-1] == "does not move: retire"
    assert teller.lacks(old, "source_retired") == []


def test_a_room_does_not_close_while_a_system_a_line_or_a_disk_is_left() -> None:
    teller = Teller(independent())
    teller.enter(ROOM, "counting")
    teller.bring(ROOM, "emptying")
    teller.enter(ROOM, "emptying")
    teller.bring(ROOM, "closed")

    assert teller.lacks(ROOM, "closed") == [
        "the system 甲厅/门户 is left in it, at not started",
        "the system 甲厅/台账 is left in it, at not started",
        "the line L1 of 甲厅 is still active",
        "the disks of web01 of 甲厅/门户 are not wiped",
    ]


def test_a_room_closes_once_all_has_left_it() -> None:
    teller = Teller(independent())
    for system in (PORTAL, LEDGER):
        teller.walk(system, "source_retired")
    for fact, state in ((LINE, "cancelled"), (HOST, "wiped"), (ROOM, "counting"), (ROOM, "emptying"), (ROOM, "closed")):
        teller.bring(fact, state)
        teller.enter(fact, state)

    assert teller.standing(ROOM).state == "closed"


def test_disks_are_not_wiped_while_the_way_back_needs_them() -> None:
    teller = Teller(independent())
    teller.walk(PORTAL, "observation")

    assert "甲厅/门户 stands at observation" in teller.lacks(HOST, "wiped")


def test_a_room_stays_only_where_its_outcome_says_so() -> None:
    teller = Teller()
    teller.enter(ROOM, "counting")
    teller.bring(ROOM, "retained")

    assert teller.lacks(ROOM, "retained") == ["its outcome is close"]
    kept = replace(ROOM, outcome=RoomOutcome.RETAIN_SPECIAL, outcome_reason="气象观测")
    teller.estate = replace(ESTATE, rooms=(kept,))
    assert teller.lacks(kept, "retained") == []


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("", "'' is no state of it"),
        ("割接", "'割接' is no state of it"),
        ("cutover", "does not go from not started to cutover"),
        ("not_started", "stands at not started already, since , by "),
    ],
)
def test_a_state_that_cannot_follow_is_refused_by_name(target: str, what: str) -> None:
    assert what in Teller().lacks(PORTAL, target)


def test_what_nobody_declared_has_no_state() -> None:
    unknown = System(department="甲厅", name="无此系统")

    assert Teller().lacks(unknown, "survey") == ["is not declared"]


def test_days_run_forward_and_not_into_the_future() -> None:
    teller = Teller()
    teller.enter(PORTAL, "survey")
    teller.bring(PORTAL, "assessment")
    teller.today = date(2026, 9, 3)
    assert teller.lacks(PORTAL, "assessment") == ["is told for 2026-09-03, before 2026-09-04, when it entered survey"]

    teller.today = date(2027, 7, 1)
    with pytest.raises(ProgressError, match="is told for 2027-07-01, which is still to come"):
        teller.enter(PORTAL, "assessment")


@pytest.mark.parametrize("digest", ["", "sha256:12", "md5:" + "0" * 64, "sha256:" + "G" * 64])
def test_evidence_without_a_digest_is_none(digest: str) -> None:
    with pytest.raises(ProgressError, match="is no digest; give sha256: and 64 hexadecimal digits"):
        Teller().say(PORTAL, Evidence(kind=EvidenceKind.SURVEY_FORM, digest=digest, name="调研表.pdf"))


def test_nobody_approves_what_cannot_follow() -> None:
    with pytest.raises(ProgressError, match=r"cutover does not follow not.started, so nobody can approve it"):
        Teller().say(PORTAL, Approval(target="cutover"))


def test_a_correction_changes_the_day_and_leaves_the_entry_as_it_was() -> None:
    teller = Teller()
    first = teller.enter(PORTAL, "survey")

    teller.say(PORTAL, Correction(turn=1, on=date(2026, 9, 1)))

    log = teller.logs[Tracked.of(PORTAL)]
    assert (log[0], teller.standing(PORTAL).since, teller.standing(PORTAL).turn) == (first, date(2026, 9, 1), 2)


def test_a_void_step_never_happened_but_is_still_told() -> None:
    teller = Teller()
    teller.enter(PORTAL, "survey")

    teller.say(PORTAL, Correction(turn=1, is_void=True))

    assert (teller.standing(PORTAL).state, len(teller.logs[Tracked.of(PORTAL)])) == ("not_started", 2)


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (Correction(turn=9, is_void=True), "its log has no entry 9"),
        (Correction(turn=1, is_void=True), "later steps rest on entry 1"),
        (Correction(turn=1, on=date(2026, 12, 1)), "2026-12-01 does not lie between the steps before and after it"),
    ],
)
def test_a_correction_that_would_break_the_log_is_refused(deed: Correction, what: str) -> None:
    teller = Teller()
    teller.enter(PORTAL, "survey")
    teller.bring(PORTAL, "assessment")
    teller.enter(PORTAL, "assessment")

    with pytest.raises(ProgressError, match=what):
        teller.say(PORTAL, deed)


def test_a_ledger_is_believed_and_owes_what_it_cannot_show() -> None:
    teller = Teller()
    asked = Asked(tracked=Tracked.of(PORTAL), target="review", on=DAY, who="填报人")

    entry = told(asked, teller.world, AT, "推进表.xlsx 进度!C7")

    assert entry is not None
    assert entry.deed == Advance(before="not_started", after="review", owed=("survey_form", "assessment_report"))


def test_what_is_owed_stops_the_last_step_until_it_is_brought() -> None:
    teller = Teller(independent())
    asked = teller.asked(PORTAL, "survey")
    for target in ("assessment", "confirmed"):
        entry = told(replace(asked, target=target), teller.world, AT, "推进表.xlsx 进度!C7")
        assert entry is not None
        teller.logs.setdefault(Tracked.of(PORTAL), []).append(entry)
    teller.bring(PORTAL, "source_retired")
    owed = standing_of(Tracked.of(PORTAL), teller.logs[Tracked.of(PORTAL)]).owed
    assert len(teller.lacks(PORTAL, "source_retired")) == len(owed) > 0

    for kind in EvidenceKind:
        teller.say(PORTAL, Evidence(kind=kind, digest=DIGEST, name="补"))
    for name in CheckName:
        teller.say(PORTAL, Check(name=name, is_green=True))

    assert teller.lacks(PORTAL, "source_retired") == []


@settings(deadline=None)
@given(st.data())
def test_no_system_is_confirmed_by_who_ran_it_whatever_people_do(data: st.DataObject) -> None:
    people = st.sampled_from(["甲", "乙", "丙"])
    teller = Teller(independent())
    teller.walk(PORTAL, "cutover")
    teller.bring(PORTAL, "observation")
    runner = data.draw(people)
    teller.say(PORTAL, RunbookStep(step=Step.CUTOVER, state=StepState.DONE), who=runner)
    teller.enter(PORTAL, "observation", who=data.draw(people))
    teller.today = date(2026, 9, 20)
    for kind in (EvidenceKind.OBSERVATION_RECORD, EvidenceKind.ACCEPTANCE):
        teller.say(PORTAL, Evidence(kind=kind, digest=DIGEST, name=kind))
    approver, asker = data.draw(people), data.draw(people)
    teller.say(PORTAL, Approval(target="confirmed"), who=approver)

    may = teller.lacks(PORTAL, "confirmed", who=asker) == []

    entered_by = teller.standing(PORTAL).who
    assert may == (asker != runner and approver not in (asker, runner, entered_by))


def test_a_state_is_meant_by_its_name_and_by_what_it_is_called() -> None:
    assert state_of(TrackedKind.SYSTEM, "not_started") == "not_started"
    assert state_of(TrackedKind.SYSTEM, "not started") == "not_started"
    assert state_of(TrackedKind.ROOM, "not started") == "not started"


def test_what_a_ledger_passed_over_is_told_in_words() -> None:
    assert owed_label("test_migration: flows") == "test migration flows"
    assert owed_label("assessment: survey_form") == "assessment survey form"
