"""What the logs of moves tell the audit."""

from datetime import UTC, date, datetime

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Room, Server, System
from qianyun.estate.kinds import ServerKind
from qianyun.track.deeds import Advance, Check, CheckName, Deed, Entry, Evidence, EvidenceKind
from qianyun.track.records import records_of
from qianyun.track.standing import standing_of
from qianyun.track.states import Tracked
from qianyun.verify.checks.records import Records, Trail

SYSTEM = System(department="甲局", name="门户", room="旧机房")
SERVER = Server(department="甲局", system="门户", name="a1", kind=ServerKind.PHYSICAL)
ROOM = Room(name="旧机房", department="甲局")
ESTATE = Estate(systems=(SYSTEM,), servers=(SERVER,), rooms=(ROOM,))
FIRST = date(2026, 9, 1)


def told(fact: System | Server | Room, *deeds: Deed) -> Records:
    """A log of one deed a day."""
    tracked = Tracked.of(fact)
    log = [
        Entry(
            tracked=tracked,
            turn=number,
            deed=deed,
            on=FIRST.replace(day=number),
            at=datetime(2026, 9, number, tzinfo=UTC),
            who="值班员",
            why="",
            source="",
        )
        for number, deed in enumerate(deeds, start=1)
    ]
    return records_of(ESTATE, [standing_of(tracked, log)])


MOVE = (
    Check(name=CheckName.REHEARSAL, is_green=True),
    Check(name=CheckName.SYNC, is_green=True),
    Advance(before="trial", after="cutover"),
    Advance(before="cutover", after="observation"),
)


def test_a_move_is_told_by_the_days_of_its_checks_and_states() -> None:
    found = told(SYSTEM, *MOVE)

    assert found.trails == {
        SYSTEM.key: Trail(moved_on=date(2026, 9, 4), rehearsed_on=date(2026, 9, 1), compared_on=date(2026, 9, 2))
    }


def test_a_red_check_shows_nothing() -> None:
    found = told(SYSTEM, *MOVE, Check(name=CheckName.SYNC, is_green=False))

    assert found.trails[SYSTEM.key].compared_on is None


def test_a_move_that_was_rolled_back_was_none() -> None:
    found = told(SYSTEM, *MOVE, Advance(before="observation", after="rolled_back"))

    assert found.trails[SYSTEM.key].moved_on is None


def test_disks_stand_in_the_room_of_their_system_and_are_wiped_with_their_certificate() -> None:
    certificate = Evidence(kind=EvidenceKind.WIPING_CERTIFICATE, digest="sha256:0", name="a1.pdf")

    [disks] = told(SERVER, certificate, Advance(before="in_use", after="wiped")).disks

    assert (disks.room, disks.is_wiped, disks.is_certified) == ("旧机房", True, True)
    assert not told(SYSTEM).disks[0].is_wiped


def test_a_room_is_given_up_on_the_day_it_was_closed() -> None:
    found = told(ROOM, Advance(before="emptying", after="closed"))

    assert found.closed == {"旧机房": FIRST}
