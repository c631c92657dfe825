"""Flows of a room that the centre does not reach: sampled before it is asked, and brought with the rest of the run."""

from dataclasses import replace
from pathlib import Path

from collectors.agents.province import answering
from collectors.flows.joining import relations
from collectors.flows.keeping import evidence_of
from collectors.flows.sampling import Schedule
from collectors.reach.outbox import Outbox
from collectors.reach.rooms import ask_room
from qianyun.estate.targets import Transport
from qianyun.importers.collect_file import load_manifest

PROVINCE = Path(__file__).parent.parent.parent.parent / "inventory" / "province"
ROOM = "省大数据局中心机房"


def test_what_was_sampled_goes_with_the_device_that_it_was_seen_on(tmp_path: Path) -> None:
    whole = load_manifest(PROVINCE)
    servers = [room.only(lambda target: target.transport is Transport.SSH) for room in whole.rooms if room.room == ROOM]

    with answering(replace(whole, rooms=tuple(servers))) as devices, Outbox(tmp_path, ROOM) as outbox:
        flows = Schedule(lasts_s=0.1, every_s=0.1, block_s=1)
        ask_room(devices.manifest, outbox, environment=devices.environment, flows=flows)
        letters = [letter for path in outbox.waiting() for letter in outbox.letters(path)]

    told = [each for letter in letters for each in letter.observations]
    assert sorted(each.target for each in outbox.settled) == ["h0001-db01", "h0002-db01"]
    assert {each.subject for each in outbox.settled} == {
        *("serial:云平台（样例）/QY-VM-000001", "serial:云平台（样例）/QY-VM-000002"),
    }
    assert len([each for each in relations(evidence_of(told)) if each.is_answered]) == 5
    assert any(each.attribute == "device.serial" for each in told)
    assert not outbox.flows.exists()
