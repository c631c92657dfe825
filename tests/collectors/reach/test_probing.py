"""Nothing outside the signed manifest hears a packet."""

import asyncio
from pathlib import Path

from collectors.agents.recording import Recording, load
from collectors.agents.swarm import swarm
from collectors.ber import OCTETS, Varbind, encode_oid
from collectors.credentials import Community, Secret
from collectors.outcome import State
from collectors.run import collect, new_run
from qianyun.estate.targets import (
    CredentialKind,
    CredentialReference,
    Manifest,
    RoomTargets,
    Target,
    Transport,
)

SWITCH = Path(__file__).parent.parent.parent.parent / "inventory" / "province" / "devices" / "dsj-sw-01.snmprec"
LLDP_ADDRESS = (1, 0, 8802, 1, 1, 2, 1, 4, 2, 1, 3, 0, 1, 1, 1, 4, 127, 0, 0, 1)


def knowing_a_neighbour() -> Recording:
    """A switch whose tables speak of 127.0.0.1, where somebody else answers too."""
    one = load(SWITCH)
    entries = zip(one.names, one.varbinds, strict=True)
    return Recording.of([*entries, (LLDP_ADDRESS, Varbind(encode_oid(LLDP_ADDRESS), OCTETS, b"\x02"))])


def test_a_device_that_answers_beside_the_named_one_is_not_asked_anything(tmp_path: Path) -> None:
    heard: list[str] = []
    recording, word = knowing_a_neighbour(), Community(community=Secret("word"))
    reference = CredentialReference(name="c", kind=CredentialKind.SNMP_V2C, secrets={"community": "env:WORD"})

    async def ask() -> tuple[State, ...]:
        both = [("named", recording), ("beside", recording)]
        with swarm(both, word, heard=lambda name, _asked: heard.append(name)) as ports:
            target = Target(
                name="named",
                room="甲机房",
                address="127.0.0.1",
                port=ports["named"],
                transport=Transport.SNMP,
                credential="c",
            )
            rooms = (RoomTargets(room="甲机房", targets=(target,), allows_v2c=True),)
            manifest = Manifest(folder=tmp_path, rooms=rooms, credentials={"c": reference})
            found = await asyncio.to_thread(collect, manifest, new_run(), environment={"WORD": "word"})
            return tuple(each.state for each in found.outcomes)

    assert asyncio.run(ask()) == (State.FOUND,)
    assert set(heard) == {"named"}
