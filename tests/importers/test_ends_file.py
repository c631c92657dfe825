"""`ends.yml`: who stands behind addresses that no ledger has, and behind balancers."""

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.estate.ends import Balancer, EndKind, Ends, NamedEnd
from qianyun.estate.facts import SystemKey
from qianyun.importers.ends_file import load_ends


def test_without_a_file_nothing_is_said_of_ends(tmp_path: Path) -> None:
    assert load_ends(tmp_path) == Ends()


def test_ends_and_balancers_are_read_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "ends.yml").write_text(
        "ends:\n"
        "  - {addresses: [203.0.113.0/24, '2001:db8::/32'], outside: 国家平台}\n"
        "  - {addresses: [10.0.0.9], port: 8080, system: 甲局/甲系统}\n"
        "balancers:\n"
        "  - address: 10.0.0.100\n    port: 443\n    own: [10.0.0.99]\n"
        "    members: [10.0.0.2:8443, '[2001:db8::2]:8443', '2001:db8::3']\n"
    )

    found = load_ends(tmp_path)

    assert found.named == (
        NamedEnd(
            networks=(ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")),
            kind=EndKind.OUTSIDE,
            name="国家平台",
            source="ends.yml:2",
        ),
        NamedEnd(
            networks=(ip_network("10.0.0.9/32"),),
            kind=EndKind.SYSTEM,
            name="甲局/甲系统",
            port=8080,
            system=SystemKey(department="甲局", name="甲系统"),
            source="ends.yml:3",
        ),
    )
    [balancer] = found.balancers
    assert isinstance(balancer, Balancer)
    assert [(str(address), port) for address, port in balancer.members] == [
        ("10.0.0.2", 8443),
        ("2001:db8::2", 8443),
        ("2001:db8::3", 0),
    ]
    assert balancer.own == (ip_address("10.0.0.99"),)


def test_all_faults_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "ends.yml").write_text(
        "ends:\n"
        "  - {addresses: [300.0.0.1], outside: 国家平台}\n"
        "  - {addresses: [10.0.0.1], outside: 国家平台, shared: 域名}\n"
        "  - {addresses: [10.0.0.1], system: 甲系统}\n"
        "  - {addresses: [10.0.0.1], shared: 域名, port: 70000}\n"
        "balancers:\n"
        "  - {address: vip, members: [10.0.0.2:99999]}\n"
    )

    with pytest.raises(DeclarationError) as caught:
        load_ends(tmp_path)

    assert [str(fault) for fault in caught.value.faults] == [
        "ends.yml:2: '300.0.0.1' is no network; an address or prefix belongs here",
        "ends.yml:3: an end is one of system, outside, shared",
        "ends.yml:4: '甲系统' is no system; write department/name",
        "ends.yml:5: 70000 is no port; ports are 1 to 65535",
        "ends.yml:7: '10.0.0.2:99999' is no member; an address, or address:port, belongs here",
        "ends.yml:7: 'vip' is no address",
    ]
