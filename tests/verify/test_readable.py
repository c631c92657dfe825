from ipaddress import ip_network

import pytest

from qianyun.verify.bits import BitEngine
from qianyun.verify.boxes import boxes, count, readable
from qianyun.verify.conditions import all_of, destination_in, icmp_is, is_, source_in
from qianyun.verify.diagrams import DiagramTooLarge
from qianyun.verify.fields import DPORT, IN_INTERFACE, PROTOCOL, TCP, TCP_FLAGS, interface_name, interface_range, masked
from qianyun.verify.packets import witness
from qianyun.verify.space import Space

WEB = all_of(
    source_in([ip_network("10.1.0.0/16"), ip_network("2001:db8:1::/48")]),
    destination_in([ip_network("192.0.2.0/24"), ip_network("2001:db8:2::/48")]),
    is_(PROTOCOL, TCP),
    is_(DPORT, 80, (8000, 8099)),
)


def test_a_set_reads_as_prefixes_and_ports() -> None:
    packets = Space([WEB]).packets(WEB)

    lines = [readable(box) for box in boxes(packets)]

    assert lines == [
        "ipv4 tcp 10.1.0.0/16 → 192.0.2.0/24 port 80,8000-8099",
        "ipv6 tcp 2001:db8:1::/48 → 2001:db8:2::/48 port 80,8000-8099",
    ]


def test_a_witness_looks_like_traffic() -> None:
    space = Space([WEB, icmp_is(6, [(128, 128)])])

    assert str(witness(space.packets(WEB))) == "tcp 10.1.0.1:50000 → 192.0.2.1:80"
    assert str(witness(space.packets(icmp_is(6, [(128, 128)])))) == "icmpv6 :: → :: type 128 code 0"


def test_ipv6_packets_are_counted_exactly() -> None:
    packets = Space([WEB]).packets(WEB)

    assert count(packets) == (2**16 * 2**8 + 2**80 * 2**80) * 101 * 2**16


def test_an_interface_pattern_is_an_interval_of_names() -> None:
    condition = is_(IN_INTERFACE, interface_range("eth*"))
    space = Space([condition])

    assert space.packets(condition).holds({IN_INTERFACE: interface_range("eth0")[0]})
    assert not space.packets(condition).holds({IN_INTERFACE: interface_range("wan")[0]})
    assert interface_name(interface_range("wan")[0]) == "wan"


@pytest.mark.parametrize(("mask", "value"), [(0x12, 0x02), (0xF0, 0x30), (0x0F, 0x01), (0, 0), (0x10, 0x01)])
def test_masked_values_are_the_very_ranges(mask: int, value: int) -> None:
    ranges = masked(TCP_FLAGS, mask, value)

    assert ranges is not None
    assert {v for first, last in ranges for v in range(first, last + 1)} == {v for v in range(256) if v & mask == value}


def test_a_full_engine_says_so_in_words() -> None:
    squares, cubes = (is_(DPORT, *(pow(number, power, 65_521) for number in range(2000))) for power in (2, 3))

    with pytest.raises(DiagramTooLarge) as caught:
        Space([squares, cubes], engine=lambda sizes: BitEngine(sizes, nodes=1 << 8)).packets(squares)

    assert "allow more nodes" in str(caught.value)
