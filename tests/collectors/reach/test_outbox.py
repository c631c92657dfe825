"""The outbox on disk: what was put in is there, once, whoever dies; and a room is asked in its hours only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.outcome import Outcome, State
from collectors.reach.letters import Letter
from collectors.reach.outbox import Outbox
from collectors.reach.rooms import waits_s
from qianyun.errors import DeclarationError
from qianyun.estate.targets import Target, Transport, Window

ROOM = "甲机房"
EARLIEST, LATEST = datetime(2026, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - the clock on the room's wall


def outcome(name: str, letter: Letter, subject: str = "") -> Outcome:
    target = Target(name=name, room=ROOM, address="10.0.0.1", port=161, transport=Transport.SNMP, credential="c")
    known_by = subject or f"serial:{name}"
    observed = tuple(replace(each, subject=known_by) for each in letter.observations)
    return Outcome(target=target, state=State.FOUND, subject=known_by, observations=observed)


def letters_in(outbox: Outbox) -> list[Letter]:
    return [letter for path in outbox.waiting() for letter in outbox.letters(path)]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path, ROOM) as opened:
        yield opened


def test_a_run_that_was_cut_off_goes_on_under_its_name(tmp_path: Path, letters: list[Letter]) -> None:
    with Outbox(tmp_path, ROOM) as first:
        first.put(outcome("sw-1", letters[0]))
        before = letters_in(first)

    with Outbox(tmp_path, ROOM) as second:
        assert second.run == first.run
        assert [each.target for each in second.settled] == ["sw-1"]
        assert letters_in(second) == before


def test_what_has_left_is_known_as_done_and_not_sent_again(tmp_path: Path, letters: list[Letter]) -> None:
    with Outbox(tmp_path, ROOM) as first:
        first.put(outcome("sw-1", letters[0]))
        first.left(first.waiting()[0])

    with Outbox(tmp_path, ROOM) as second:
        assert [each.target for each in second.settled] == ["sw-1"]
        assert second.waiting() == ()


def test_the_end_leaves_last_and_counts_all(outbox: Outbox, letters: list[Letter]) -> None:
    outbox.put(outcome("sw-2", letters[0]))
    outbox.end()
    silent = replace(outcome("sw-1", letters[0]), state=State.SILENT, observations=(), reasons=("no answer",))
    outbox.put(silent)
    outbox.end()

    last = letters_in(outbox)[-1]
    assert last.is_end
    assert last.counts == {"found": 1, "partial": 0, "silent": 1, "refused": 0, "skipped": 0}
    assert last.reasons == (("sw-1", "silent", "no answer"),)


def test_a_device_that_is_reached_twice_is_told_once(outbox: Outbox, letters: list[Letter]) -> None:
    outbox.put(outcome("sw-1", letters[0], "serial:x"))
    outbox.put(outcome("sw-1b", letters[0], "serial:x"))

    told = {each.attribute for letter in letters_in(outbox) for each in letter.observations}
    assert told == {"interface.1", "device.also.sw-1b"}


def test_a_half_written_entry_is_none(tmp_path: Path, letters: list[Letter]) -> None:
    with Outbox(tmp_path, ROOM) as first:
        first.put(outcome("sw-1", letters[0]))
        path = first.waiting()[0]
    path.rename(path.with_suffix(".part"))

    with Outbox(tmp_path, ROOM) as second:
        assert second.settled == ()


def test_one_run_at_a_time_in_a_folder(outbox: Outbox, tmp_path: Path) -> None:
    assert outbox.settled == ()

    with pytest.raises(DeclarationError, match="another run is under way here; wait for it, or name another folder"):
        Outbox(tmp_path, ROOM)


def test_only_its_owner_reads_it(outbox: Outbox, letters: list[Letter], tmp_path: Path) -> None:
    outbox.put(outcome("sw-1", letters[0]))

    assert tmp_path.joinpath("waiting").stat().st_mode & 0o077 == 0
    assert outbox.waiting()[0].stat().st_mode & 0o077 == 0


@given(begin=st.times(), end=st.times(), now=st.datetimes(min_value=EARLIEST, max_value=LATEST))
def test_after_the_wait_the_room_may_be_asked(begin: time, end: time, now: datetime) -> None:
    window = Window(begin=begin, end=end)
    wait_s = waits_s(window, now)

    assert 0 <= wait_s <= 24 * 3600
    assert (wait_s == 0) == window.holds(now.time()) or begin == end or begin == now.time()
