"""The log of progress only grows, standings are what it folds to, and no step is taken twice."""

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from moves import AT, CALENDAR, DAY, DIGEST, ESTATE, HOST, LEDGER, LINE, PORTAL, ROOM
from sqlalchemy import text

from qianyun.errors import ProgressError, StoreError
from qianyun.estate.facts import Line, Room, Server, System
from qianyun.store import Held, Store
from qianyun.store.database import Database
from qianyun.track.deeds import (
    Advance,
    Approval,
    Check,
    CheckName,
    Correction,
    Deed,
    Entry,
    Evidence,
    EvidenceKind,
    Incident,
    RunbookStep,
    Severity,
    Step,
    StepState,
)
from qianyun.track.grounds import Asked
from qianyun.track.recording import advance, note, told
from qianyun.track.standing import standing_of
from qianyun.track.states import STATES, Tracked
from qianyun.track.transitions import next_states
from qianyun.track.world import World

SUPPORT = Path(__file__).parent.parent / "support"
PEOPLE = st.sampled_from(["甲", "乙", "丙"])
THINGS = st.sampled_from([PORTAL, LEDGER, ROOM, LINE, HOST])
WRITERS = 4


def world_of(held: Held) -> World:
    return World(estate=held.estate, calendar=CALENDAR, standings=held.standings, planned={PORTAL.key: DAY})


def filled(store: Store) -> Store:
    store.upsert([ROOM, PORTAL, LEDGER, LINE, HOST], who="甲", why="登记", source="台账")
    return store


def enter(store: Store, target: str, who: str = "甲") -> None:
    def judge(held: Held) -> tuple[Entry]:
        asked = Asked(tracked=Tracked.of(PORTAL), target=target, on=DAY, who=who, why="按计划")
        return (advance(asked, world_of(held), AT),)

    store.tell(judge)


class Telling(RuleBasedStateMachine):
    """Anybody tells anything, in any order; what is refused leaves no trace."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(f"sqlite:///{self.folder.name}/store.db", create=True)
        filled(self.store)
        self.told: list[Entry] = []
        self.day = DAY

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def tell(self, fact: System | Room | Line | Server, target: str, who: str, deed: Deed | None) -> None:
        def judge(held: Held) -> tuple[Entry]:
            world, tracked = world_of(held), Tracked.of(fact)
            asked = Asked(tracked=tracked, target=target, on=self.day, who=who, why="试")
            return ((note(asked, deed, world, held.log(tracked), AT) if deed else advance(asked, world, AT)),)

        try:
            self.told.extend(self.store.tell(judge))
        except ProgressError:
            return

    @rule(days=st.integers(min_value=0, max_value=20))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(fact=THINGS, who=PEOPLE, data=st.data())
    def take_a_step(self, fact: System | Room | Line | Server, who: str, data: st.DataObject) -> None:
        tracked = Tracked.of(fact)
        held = next((each for each in self.store.standings() if each.tracked == tracked), None)
        state, resumes = (held.state, held.resumes) if held else (tracked.first_state, "")
        self.tell(fact, data.draw(st.sampled_from([*next_states(tracked.kind, state, resumes), "closed"])), who, None)

    @rule(fact=THINGS, who=PEOPLE, data=st.data())
    def believe_a_ledger(self, fact: System | Room | Line | Server, who: str, data: st.DataObject) -> None:
        tracked = Tracked.of(fact)
        target = data.draw(st.sampled_from(STATES[tracked.kind]))

        def judge(held: Held) -> tuple[Entry, ...]:
            asked = Asked(tracked=tracked, target=target, on=self.day, who=who)
            entry = told(asked, world_of(held), AT, "推进表.xlsx 进度!C7")
            return (entry,) if entry else ()

        try:
            self.told.extend(self.store.tell(judge))
        except ProgressError:
            return

    @rule(
        fact=THINGS,
        who=PEOPLE,
        deed=st.one_of(
            st.builds(Evidence, kind=st.sampled_from(EvidenceKind), digest=st.just(DIGEST), name=st.text()),
            st.builds(Check, name=st.sampled_from(CheckName), is_green=st.booleans()),
            st.builds(Approval, target=st.sampled_from([state for states in STATES.values() for state in states])),
            st.builds(RunbookStep, step=st.sampled_from(Step), state=st.sampled_from(StepState)),
            st.builds(Incident, number=st.sampled_from("12"), severity=st.sampled_from(Severity)),
            st.builds(Correction, turn=st.integers(1, 6), is_void=st.booleans(), on=st.none() | st.just(DAY)),
        ),
    )
    def note_something(self, fact: System | Room | Line | Server, who: str, deed: Deed) -> None:
        self.tell(fact, "", who, deed)

    @invariant()
    def nothing_told_is_lost_or_changed(self) -> None:
        assert list(self.store.log()) == self.told

    @invariant()
    def standings_are_what_the_log_folds_to(self) -> None:
        logs: dict[Tracked, list[Entry]] = {}
        for entry in self.told:
            logs.setdefault(entry.tracked, []).append(entry)
        folded = {tracked: standing_of(tracked, log) for tracked, log in logs.items()}

        assert {each.tracked: each for each in self.store.standings()} == folded


TestTelling = Telling.TestCase
TestTelling.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


def test_standings_folded_anew_are_the_same(store: Store) -> None:
    filled(store)
    for target in ("survey", "blocked", "survey"):
        enter(store, target)
    before = store.standings()

    assert (store.refold(), store.standings()) == (1, before)


def test_an_entry_keeps_the_state_before_and_after(url: str) -> None:
    with Store.open(url, create=True) as store:
        enter(filled(store), "survey")
    database = Database(url)
    with database.reading() as connection:
        kept = connection.execute(text("SELECT turn, before, after, who, why FROM track_entry")).all()
    database.close()

    assert [tuple(row) for row in kept] == [(1, "not_started", "survey", "甲", "按计划")]


@pytest.mark.parametrize("statement", ["UPDATE track_entry SET who = '乙'", "DELETE FROM track_entry"])
def test_the_database_itself_refuses_to_change_the_log(url: str, statement: str) -> None:
    with Store.open(url, create=True) as store:
        enter(filled(store), "survey")
    database = Database(url)

    with pytest.raises(StoreError, match="the log of progress only grows"), database.writing() as connection:
        connection.execute(text(statement))

    database.close()


def test_one_that_is_refused_leaves_nothing_of_the_others(store: Store) -> None:
    filled(store)

    def judge(held: Held) -> tuple[Entry, ...]:
        asked = Asked(tracked=Tracked.of(PORTAL), target="survey", on=DAY, who="甲")
        return advance(asked, world_of(held), AT), advance(asked, World(estate=ESTATE, calendar=CALENDAR), AT)

    with pytest.raises(StoreError):
        store.tell(judge)

    assert (store.log(), store.standings()) == ((), ())


def test_of_several_who_take_one_step_at_once_one_does(url: str) -> None:
    with Store.open(url, create=True) as store:
        filled(store)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parent.parent), str(SUPPORT)])}
    commands = [[sys.executable, str(SUPPORT / "stepper.py"), url, f"写者{number}"] for number in range(WRITERS)]

    writers = [
        subprocess.Popen(each, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for each in commands
    ]
    said = [writer.communicate(timeout=400) for writer in writers]

    assert [writer.returncode for writer in writers] == [0] * WRITERS, said
    taken = sum(out.split().count("1") for out, _error in said)
    with Store.open(url) as store:
        log = store.log()
        deeds = [entry.deed for entry in log if isinstance(entry.deed, Advance)]
    assert [entry.turn for entry in log] == list(range(1, taken + 1))
    assert all(one.after == other.before for one, other in pairwise(deeds))


def test_days_come_back_as_days(store: Store) -> None:
    enter(filled(store), "survey")

    assert [(entry.on, entry.at) for entry in store.log(Tracked.of(PORTAL))] == [(date(2026, 9, 4), AT)]
