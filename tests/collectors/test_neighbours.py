"""Neighbours, VLANs, MAC and ARP tables, routes: of recordings, and of agents with manners of their own."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import cast

from collectors.agents.recording import Recording
from collectors.answers import Answers
from collectors.ber import COUNTER32, INTEGER, IP_ADDRESS, OCTETS, Oid, Varbind, encode_oid, parse_oid
from collectors.interfaces import addresses
from collectors.measures import measures
from collectors.neighbours import arp_table, mac_table, neighbours, routes, vlans
from collectors.outcome import Outcome

Rows = list[dict[str, object]]
Replayed = Callable[[Path], Outcome]
Expected = Callable[[Path], Mapping[str, Rows]]
MAC = bytes.fromhex("001a2b000201")


def entry(name: str, tag: int, value: bytes) -> tuple[Oid, Varbind]:
    oid = parse_oid(name)
    return oid, Varbind(encode_oid(oid), tag, value)


def answers(*entries: tuple[Oid, Varbind]) -> Answers:
    return Answers(Recording.of(entries).varbinds)


def told(outcome: Outcome, kind: str) -> dict[str, object]:
    return {o.attribute.removeprefix(kind): o.value for o in outcome.observations if o.attribute.startswith(kind)}


def test_neighbours_of_the_recordings_are_those_expected(
    shared: Callable[[str], Path], replayed: Replayed, expected: Expected
) -> None:
    wrong, asked = [], 0
    for path in sorted(shared("snmp").glob("*.snmprec")):
        rows = told(replayed(path), "neighbour.").values()
        ours = {str(cast("tuple[object, ...]", row)[1]).split(".")[0].lower() for row in rows}
        for link in expected(path).get("links", []):
            asked += 1
            if str(link["remote_hostname"]).split(".")[0].lower() not in ours:
                wrong.append((path.stem, link["remote_hostname"]))

    assert wrong == []
    assert asked >= 14


def test_vlans_of_the_recordings_are_those_expected(
    shared: Callable[[str], Path], replayed: Replayed, expected: Expected
) -> None:
    wrong, asked = [], 0
    for path in sorted(shared("snmp").glob("*.snmprec")):
        wanted = {(str(row["vlan_vlan"]), str(row["vlan_name"])) for row in expected(path).get("vlans", [])}
        ours = {(vlan, str(name)) for vlan, name in told(replayed(path), "vlan.").items()}
        if path.stem != "junos_qfx5100":  # its tags stand in a table that this version of JUNOS alone fills
            asked += len(wanted)
            wrong += [(path.stem, *vlan) for vlan in wanted - ours if not re.fullmatch(r"VLAN ?0*\d+", vlan[1])]

    assert wrong == []
    assert asked >= 80


def test_an_lldp_neighbour_is_told_with_names_where_there_are_names() -> None:
    base = "1.0.8802.1.1.2.1"
    found = neighbours(
        answers(
            entry(f"{base}.3.7.1.2.7", INTEGER, b"\x05"),
            entry(f"{base}.3.7.1.3.7", OCTETS, b"GigabitEthernet0/0/7"),
            entry(f"{base}.4.1.1.4.0.7.1", INTEGER, b"\x04"),
            entry(f"{base}.4.1.1.5.0.7.1", OCTETS, MAC),
            entry(f"{base}.4.1.1.6.0.7.1", INTEGER, b"\x03"),
            entry(f"{base}.4.1.1.7.0.7.1", OCTETS, MAC),
            entry(f"{base}.4.1.1.9.0.7.1", OCTETS, b"fw-1"),
            entry(f"{base}.4.2.1.3.0.7.1.1.4.198.51.100.12", INTEGER, b"\x02"),
        )
    )

    assert [(n.port, n.device, n.name, n.remote_port, n.address) for n in found] == [
        ("GigabitEthernet0/0/7", "00:1a:2b:00:02:01", "fw-1", "00:1a:2b:00:02:01", "198.51.100.12")
    ]


def test_a_mac_is_told_with_its_vlan_and_the_port_behind_the_bridges_own_number() -> None:
    arcs = ".".join(map(str, MAC))
    found = mac_table(
        answers(
            entry("1.3.6.1.2.1.17.1.4.1.2.3", INTEGER, b"\x1f"),
            entry(f"1.3.6.1.2.1.17.7.1.2.2.1.2.100.{arcs}", INTEGER, b"\x03"),
            entry(f"1.3.6.1.2.1.17.4.3.1.2.{arcs}", INTEGER, b"\x03"),
        )
    )

    assert [(learnt.mac, learnt.vlan, learnt.port) for learnt in found] == [("00:1a:2b:00:02:01", 100, 31)]


def test_an_address_resolved_in_both_tables_is_told_once_and_ipv6_too() -> None:
    v6 = ".".join(map(str, ip_address("3fff::9").packed))
    found = arp_table(
        answers(
            entry("1.3.6.1.2.1.4.22.1.2.5.10.0.0.9", OCTETS, MAC),
            entry("1.3.6.1.2.1.4.35.1.4.5.1.4.10.0.0.9", OCTETS, MAC),
            entry(f"1.3.6.1.2.1.4.35.1.4.5.2.16.{v6}", OCTETS, MAC),
        )
    )

    assert [(str(each.address), each.port) for each in found] == [("10.0.0.9", 5), ("3fff::9", 5)]


def test_routes_come_from_the_newest_table_that_is_filled() -> None:
    v6 = ".".join(map(str, ip_address("3fff::").packed))
    hop = ".".join(map(str, ip_address("3fff::1").packed))
    new = entry(f"1.3.6.1.2.1.4.24.7.1.7.2.16.{v6}.20.2.0.0.2.16.{hop}", INTEGER, b"\x02")
    middle = entry("1.3.6.1.2.1.4.24.4.1.5.10.0.0.0.255.0.0.0.0.192.0.2.1", INTEGER, b"\x03")
    old = (
        entry("1.3.6.1.2.1.4.21.1.2.10.1.0.0", INTEGER, b"\x04"),
        entry("1.3.6.1.2.1.4.21.1.11.10.1.0.0", IP_ADDRESS, b"\xff\xff\x00\x00"),
        entry("1.3.6.1.2.1.4.21.1.7.10.1.0.0", IP_ADDRESS, b"\x00\x00\x00\x00"),
    )

    assert [(r.prefix, str(r.next_hop), r.port) for r in routes(answers(new, middle, *old))] == [
        (ip_network("3fff::/20"), "3fff::1", 2)
    ]
    assert [(r.prefix, str(r.next_hop), r.port) for r in routes(answers(middle, *old))] == [
        (ip_network("10.0.0.0/8"), "192.0.2.1", 3)
    ]
    assert [(r.prefix, r.next_hop, r.port) for r in routes(answers(*old))] == [(ip_network("10.1.0.0/16"), None, 4)]


def test_vlans_come_from_the_vendors_table_where_the_common_one_is_empty() -> None:
    found = vlans(answers(entry("1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.99", OCTETS, b"servers")))

    assert found == {99: ("servers", "1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.99")}


def test_a_ups_tells_its_battery_and_load_and_a_host_its_disks() -> None:
    storage, kind = "1.3.6.1.2.1.25.2.3.1", encode_oid(parse_oid("1.3.6.1.2.1.25.2.1.4"))
    found = {
        name: value
        for name, value, _source in measures(
            answers(
                entry("1.3.6.1.2.1.33.1.2.1.0", INTEGER, b"\x03"),
                entry("1.3.6.1.2.1.33.1.2.3.0", INTEGER, b"\x26"),
                entry("1.3.6.1.2.1.33.1.4.4.1.5.1", INTEGER, b"\x1e"),
                entry("1.3.6.1.2.1.33.1.4.4.1.5.2", INTEGER, b"\x28"),
                entry(f"{storage}.2.31", 6, kind),
                entry(f"{storage}.3.31", OCTETS, b"/data"),
                entry(f"{storage}.4.31", INTEGER, b"\x10\x00"),
                entry(f"{storage}.5.31", COUNTER32, b"\x0f\x42\x40"),
                entry(f"{storage}.6.31", INTEGER, b"\x64\x00"),
            )
        )
    }

    assert found == {
        "ups.battery": "low",
        "ups.runtime_min": 38,
        "ups.load_percent": 40,
        "storage./data": ("disk", 3906, 100),
    }


def test_a_column_that_an_agent_gives_without_an_index_is_left_out() -> None:
    bare = answers(
        entry("1.3.6.1.2.1.4.34.1.3", INTEGER, b"\x01"),
        entry("1.3.6.1.2.1.4.20.1.2", INTEGER, b"\x01"),
        entry("1.3.6.1.4.1.9.9.23.1.2.1.1.6", OCTETS, b"switch"),
        entry("1.0.8802.1.1.2.1.4.1.1.5", OCTETS, MAC),
        entry("1.3.6.1.2.1.17.4.3.1.2", INTEGER, b"\x01"),
        entry("1.3.6.1.2.1.4.22.1.2", OCTETS, MAC),
        entry("1.3.6.1.2.1.4.35.1.4", OCTETS, MAC),
        entry("1.3.6.1.2.1.4.24.7.1.7", INTEGER, b"\x01"),
        entry("1.3.6.1.2.1.17.7.1.4.3.1.1", OCTETS, b"vlan"),
    )

    found = (addresses(bare), neighbours(bare), mac_table(bare), arp_table(bare), routes(bare), tuple(vlans(bare)))

    assert found == ((), (), (), (), (), ())
