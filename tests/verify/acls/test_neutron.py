"""Security groups mean what the Networking API says."""

import json
from collections.abc import Mapping

import pytest
from acl_packets import packet

from qianyun.errors import ReadError
from qianyun.verify.acls.filters import Configuration, judge
from qianyun.verify.acls.neutron import read_neutron

WEB, DATA, PLAIN = "10.0.0.5", "10.0.0.9", "10.0.0.77"
RULE = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 5432, "port_range_max": 5432}


def port(address: str, *groups: str, **more: object) -> Mapping[str, object]:
    return {"fixed_ips": [{"ip_address": address}], "security_groups": [*groups], **more}


def cloud(rules: list[Mapping[str, object]], *, stateful: bool = True, ports: object = None) -> Configuration:
    listed = [port(WEB, "web"), port(DATA, "data"), port(PLAIN, port_security_enabled=False)]
    text = {
        "security_groups": [
            {"id": "web", "name": "web", "security_group_rules": [{"direction": "egress", "ethertype": "IPv4"}]},
            {"id": "data", "name": "data", "stateful": stateful, "security_group_rules": rules},
        ],
        "address_groups": [{"id": "ag", "name": "offices", "addresses": ["192.0.2.0/24", "2001:db8::/32"]}],
        "ports": listed if ports is None else ports,
    }
    return read_neutron(json.dumps(text), "cloud")


def passes(found: Configuration, text: str) -> bool | None:
    """Out of the sender's groups and into the receiver's."""
    ways = [judge(each, packet(text)).passes for each in found.filters.values()]
    return False if False in ways else None if None in ways else True


def test_a_remote_group_stands_for_the_servers_that_hold_it() -> None:
    found = cloud([{**RULE, "remote_group_id": "web"}])

    assert found.unread == ()
    assert passes(found, f"tcp {WEB} {DATA} 5432") is True
    assert passes(found, f"tcp {WEB} {DATA} 5433") is False
    assert passes(found, f"tcp {PLAIN} {DATA} 5432") is False
    assert passes(found, f"tcp {DATA} {WEB} 5432") is False


def test_an_address_group_and_a_prefix_are_the_other_end() -> None:
    found = cloud([{**RULE, "remote_address_group_id": "ag"}, {**RULE, "remote_ip_prefix": "198.51.100.0/24"}])

    assert passes(found, f"tcp 192.0.2.200 {DATA} 5432") is True
    assert passes(found, f"tcp 198.51.100.9 {DATA} 5432") is True
    assert passes(found, f"tcp 203.0.113.9 {DATA} 5432") is False


def test_a_port_without_security_asks_nothing() -> None:
    found = cloud([])

    assert passes(found, f"tcp 203.0.113.9 {PLAIN} 22") is True
    assert passes(found, f"tcp {PLAIN} 203.0.113.9 22") is True


def test_allowed_address_pairs_are_addresses_of_the_server() -> None:
    virtual = port(DATA, "data", allowed_address_pairs=[{"ip_address": "10.0.0.100"}])

    found = cloud([RULE], ports=[virtual])

    assert passes(found, "tcp 203.0.113.9 10.0.0.100 5432") is True
    assert passes(found, "tcp 203.0.113.9 10.0.0.100 80") is False


@pytest.mark.parametrize(
    ("rule", "passing", "refused"),
    [
        ({"protocol": "icmp", "port_range_min": 8, "port_range_max": 0}, "8/0", "8/1"),
        ({"protocol": "1", "port_range_min": 3}, "3/9", "8/0"),
        ({"protocol": None}, "8/1", None),
    ],
)
def test_types_and_codes_of_icmp(rule: Mapping[str, object], passing: str, refused: str | None) -> None:
    found = cloud([{"direction": "ingress", "ethertype": "IPv4", **rule}])

    assert passes(found, f"icmp {WEB} {DATA} {passing}") is True
    assert refused is None or passes(found, f"icmp {WEB} {DATA} {refused}") is False


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"remote_group_id": "gone"}, "the group 'gone' is not there"),
        ({"telepathy": True}, "the word 'telepathy' is not known here"),
        ({"protocol": "gre"}, "ports stand without a protocol"),
    ],
)
def test_a_rule_that_is_not_understood_is_listed_and_may_let_anything_in(more: Mapping[str, object], why: str) -> None:
    found = cloud([{**RULE, **more}])

    assert [each.why for each in found.unread] == [why]
    assert passes(found, f"tcp {WEB} {DATA} 22") is None
    assert passes(found, f"tcp {DATA} {WEB} 22") is False


def test_addresses_of_several_ports_and_groups_without_state_prove_nothing() -> None:
    twice = cloud([RULE], ports=[port(DATA, "data"), port(DATA, "web")])

    assert passes(twice, f"tcp {WEB} {DATA} 22") is None
    assert passes(cloud([RULE], stateful=False), f"tcp {WEB} {DATA} 22") is None
    assert len(twice.unread) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"security_groups": 3}', '{"security_groups": [4]}'])
def test_a_text_that_holds_no_groups_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ReadError, match=r"^cloud: "):
        read_neutron(text, "cloud")
