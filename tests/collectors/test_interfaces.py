"""Ports and addresses of the recordings, held against what another project expects of them."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import cast

from collectors.agents.recording import Recording
from collectors.answers import Answers
from collectors.ber import COUNTER64, GAUGE32, INTEGER, IP_ADDRESS, OBJECT, OCTETS, Oid, Varbind, encode_oid, parse_oid
from collectors.interfaces import addresses, ports
from collectors.outcome import Outcome

Rows = list[dict[str, object]]
Replayed = Callable[[Path], Outcome]
Expected = Callable[[Path], Mapping[str, Rows]]


def folded(text: object) -> str:
    return re.sub(r"\W|_", "", str(text or "")).lower()


def judged_ports(outcome: Outcome, wanted: Rows) -> Iterator[tuple[str, bool]]:
    ours = {
        int(o.attribute.partition(".")[2]): cast("tuple[object, ...]", o.value)
        for o in outcome.observations
        if o.attribute.startswith("interface.")
    }
    for row in wanted:
        if row["deleted"]:
            continue
        port = ours.get(int(str(row["ifIndex"])))
        yield "port", port is not None
        if port is None:
            continue
        name, description, _alias, _kind, mtu, speed, mac, _enabled, state = port
        yield "name", folded(row["ifName"]) in (folded(name), folded(description))
        if row["ifPhysAddress"] not in (None, "000000000000"):
            yield "mac", str(mac).replace(":", "") == row["ifPhysAddress"]
        if row["ifMtu"] is not None:
            yield "mtu", mtu == row["ifMtu"]
        if row["ifSpeed"] not in (None, 0, 4294967295):  # the gauge's end says that it is too small, not how fast
            yield "speed", speed == int(str(row["ifSpeed"])) // 1_000_000
        if row["ifOperStatus"] is not None:
            yield "state", folded(state) == folded(row["ifOperStatus"])


def judged_addresses(outcome: Outcome, wanted: Rows) -> Iterator[tuple[str, bool]]:
    ours = {
        ip_address(o.attribute.removeprefix("address.")): o.value
        for o in outcome.observations
        if o.attribute.startswith("address.")
    }
    for row in wanted:
        yield "address", ip_address(str(row.get("ipv4_address") or row["ipv6_address"])) in ours


def test_ports_and_addresses_of_the_recordings_are_told(
    shared: Callable[[str], Path], replayed: Replayed, expected: Expected
) -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for path in sorted(shared("snmp").glob("*.snmprec")):
        tables = expected(path)
        wanted = [*tables.get("ipv4_addresses", []), *tables.get("ipv6_addresses", [])]
        judged = [*judged_ports(replayed(path), tables.get("ports", [])), *judged_addresses(replayed(path), wanted)]
        for name, is_right in judged:
            asked[name] += 1
            right[name] += is_right

    assert {name: f"{right[name]} of {asked[name]}" for name in asked if right[name] < 0.99 * asked[name]} == {}
    assert asked["port"] > 1500
    assert asked["address"] > 200


def entry(name: str, tag: int, value: bytes) -> tuple[Oid, Varbind]:
    oid = parse_oid(name)
    return oid, Varbind(encode_oid(oid), tag, value)


def answers(*entries: tuple[Oid, Varbind]) -> Answers:
    return Answers(Recording.of(entries).varbinds)


def test_speed_beyond_the_old_gauge_comes_from_the_new_one() -> None:
    found = ports(
        answers(
            entry("1.3.6.1.2.1.2.2.1.5.7", GAUGE32, b"\xff\xff\xff\xff"),
            entry("1.3.6.1.2.1.31.1.1.1.15.7", GAUGE32, b"\x27\x10"),
        )
    )

    assert [(port.index, port.speed_mbps) for port in found] == [(7, 10000)]


def test_a_mac_of_zeros_is_no_mac() -> None:
    found = ports(answers(entry("1.3.6.1.2.1.2.2.1.6.1", OCTETS, bytes(6))))

    assert found[0].mac is None


def test_an_address_that_both_tables_hold_is_told_once_with_its_prefix() -> None:
    found = addresses(
        answers(
            entry("1.3.6.1.2.1.4.34.1.3.1.4.198.51.100.9", INTEGER, b"\x03"),
            entry("1.3.6.1.2.1.4.20.1.2.198.51.100.9", INTEGER, b"\x03"),
            entry("1.3.6.1.2.1.4.20.1.3.198.51.100.9", IP_ADDRESS, b"\xff\xff\xff\x80"),
        )
    )

    assert [(str(each.address), each.prefix, each.port) for each in found] == [("198.51.100.9", 25, 3)]


def test_an_address_whose_index_claims_a_zone_it_lacks_is_understood() -> None:
    octets = ".".join(str(byte) for byte in ip_address("fe80::1").packed)

    found = addresses(answers(entry(f"1.3.6.1.2.1.4.34.1.3.4.{octets}", INTEGER, b"\x02")))

    assert [str(each.address) for each in found] == ["fe80::1"]


def test_the_prefix_of_an_ipv6_address_is_the_end_of_its_pointer() -> None:
    octets = "16." + ".".join(str(byte) for byte in ip_address("3fff:0:1::1").packed)
    pointer = encode_oid(parse_oid(f"1.3.6.1.2.1.4.32.1.5.2.2.{octets}.64"))

    found = addresses(
        answers(
            entry(f"1.3.6.1.2.1.4.34.1.3.2.{octets}", INTEGER, b"\x02"),
            entry(f"1.3.6.1.2.1.4.34.1.5.2.{octets}", OBJECT, pointer),
            entry("1.3.6.1.2.1.31.1.1.1.6.1", COUNTER64, b"\x01"),
        )
    )

    assert [(each.prefix, each.port) for each in found] == [(64, 2)]
