"""Lists of H3C Comware mean what H3C's manuals say."""

from acl_packets import packet, verdict

from qianyun.verify.acls.comware import read_comware
from qianyun.verify.acls.filters import Configuration, Direction, Filter
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.fields import IN_INTERFACE
from qianyun.verify.reading import read_firewall


def configuration(*lines: str) -> Configuration:
    return read_comware("\n".join([*lines, "return", ""]), "sw1")


def only(*rules: str, head: str = "acl advanced 3000", before: tuple[str, ...] = ()) -> Filter:
    return next(iter(configuration(*before, head, *(f" {rule}" for rule in rules)).filters.values()))


def test_rules_use_groups_of_addresses_and_ports() -> None:
    groups = (
        "object-group ip address Servers",
        " 0 network host address 192.0.2.1",
        " 10 network subnet 198.51.100.0 255.255.255.0",
        " 20 network group-object more",
        "object-group ip address more",
        " 0 network range 203.0.113.5 203.0.113.9",
        "object-group port web",
        " 0 port eq 443",
        " 10 port range 8000 8010",
    )
    found = only(
        "rule 0 permit tcp destination object-group servers destination-port object-group web counting",
        "rule 5 deny ip",
        before=groups,
    )

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 443")) is True
    assert verdict(found, packet("tcp 10.0.0.1 198.51.100.7 8010")) is True
    assert verdict(found, packet("tcp 10.0.0.1 203.0.113.9 443")) is True
    assert verdict(found, packet("tcp 10.0.0.1 203.0.113.10 443")) is False
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80")) is False


def test_flags_are_asked_one_by_one() -> None:
    found = only("rule 0 permit tcp syn 1 ack 0", "rule 5 permit tcp established", "rule 10 deny ip")

    passing = [
        flags for flags in (2, 18, 4, 0, 1, 3) if verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1", flags=flags))
    ]

    assert passing == [2, 18, 4, 3]


def test_what_no_rule_matches_passes_unless_the_device_says_otherwise() -> None:
    lines = ("acl basic 2000", " rule 0 permit source 10.0.0.0 0.0.0.255")

    usual = configuration(*lines).filters["ip 2000"]
    strict = configuration(*lines, "packet-filter default deny").filters["ip 2000"]

    assert verdict(usual, packet("tcp 172.16.0.1 192.0.2.1 1")) is True
    assert verdict(strict, packet("tcp 172.16.0.1 192.0.2.1 1")) is False


def test_lists_of_ipv6_and_where_they_stand() -> None:
    found = configuration(
        "acl ipv6 advanced name SIX",
        " rule 0 permit udp source 2001:db8:1:: 48 destination-port eq dns",
        " rule 5 deny ipv6",
        " rule 5 comment the rest",
        "interface Vlan-interface10",
        " packet-filter ipv6 name SIX inbound",
        " packet-filter 3000 outbound",
        "zone-pair security source Trust destination Untrust",
    )
    six = found.filters["ipv6 SIX"]

    assert verdict(six, packet("udp 2001:db8:1::1 2001:db8:2::1 53")) is True
    assert verdict(six, packet("udp 2001:db8:2::1 2001:db8:2::1 53")) is False
    assert [(bound.filter, bound.direction) for bound in found.bindings] == [
        ("ipv6 SIX", Direction.IN),
        ("ip 3000", Direction.OUT),
    ]
    assert [line.place for line in found.unread] == ["sw1:8"]


FIREWALL = """object-group ip address web
 0 network host address 192.0.2.1
object-group service web
 0 service tcp source gt 1023 destination eq 443
 10 service icmp 8 0
 20 service group-object more
object-group service more
 0 service 47
security-policy ip
 rule 0 name off
  action pass
  disable
 rule 5 name in
  action pass
  source-zone Untrust
  destination-ip web
  service web
  service dns-udp
 rule 10 name silent
  source-zone Trust
  destination-ip-host 192.0.2.9
 rule 15 name night
  action pass
  source-zone Trust
  time-range night
security-policy ipv6
 rule 0 name six
  action pass
  source-ip-subnet 2001:db8:1:: 48
"""


def test_a_security_policy_permits_by_zone_address_and_service() -> None:
    found = read_comware(FIREWALL, "fw")
    policy, way = found.filters["security-policy ip"], {IN_INTERFACE: zone_number("Untrust")}

    assert found.unread == ()
    assert verdict(policy, packet("tcp 10.0.0.1 192.0.2.1 443") | way) is True
    assert verdict(policy, packet("tcp 10.0.0.1 192.0.2.1 443 80") | way) is False
    assert verdict(policy, packet("icmp 10.0.0.1 192.0.2.1 8/0") | way) is True
    assert verdict(policy, packet("gre 10.0.0.1 192.0.2.1") | way) is True
    assert verdict(policy, packet("udp 10.0.0.1 192.0.2.1 53") | way) is True
    assert verdict(policy, packet("tcp 10.0.0.1 192.0.2.2 443") | way) is False


def test_a_rule_without_an_action_drops_and_a_time_range_is_a_bound() -> None:
    policy, way = read_comware(FIREWALL, "fw").filters["security-policy ip"], {IN_INTERFACE: zone_number("Trust")}

    assert verdict(policy, packet("tcp 10.0.0.1 192.0.2.9 443") | way) is False
    assert verdict(policy, packet("tcp 10.0.0.1 192.0.2.8 443") | way) is None


def test_both_families_have_policies_of_their_own() -> None:
    six = read_comware(FIREWALL, "fw").filters["security-policy ipv6"]

    assert verdict(six, packet("tcp 2001:db8:1::1 2001:db8:2::1 443")) is True
    assert verdict(six, packet("tcp 2001:db8:9::1 2001:db8:2::1 443")) is False


def test_a_policy_judges_beside_no_list_that_stands_nowhere() -> None:
    text = FIREWALL + "acl advanced 3000\n rule 0 permit ip\n"

    assert list(read_firewall(text, "fw").chains) == ["security-policy ip", "security-policy ipv6"]
