"""Lists of Huawei VRP, and the security policy of a USG, mean what Huawei's manuals say."""

import pytest
from acl_packets import packet, verdict

from qianyun.verify.acls.filters import Configuration, Direction, Filter
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.acls.vrp import read_vrp
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE, Fragment


def configuration(*lines: str) -> Configuration:
    return read_vrp("\n".join([*lines, "return", ""]), "ar1")


def only(*rules: str, head: str = "acl number 3000") -> Filter:
    return next(iter(configuration(head, *(f" {rule}" for rule in rules)).filters.values()))


def test_rules_stand_by_their_numbers_and_the_rest_passes() -> None:
    found = only(
        "rule 10 permit tcp source 10.0.0.0 0.0.0.255 destination 192.0.2.1 0 destination-port eq www",
        "rule 5 deny tcp source 10.0.0.7 0",
        "rule 15 deny ip destination 192.0.2.1 0",
        "rule 15 description the rest",
    )

    assert verdict(found, packet("tcp 10.0.0.6 192.0.2.1 80")) is True
    assert verdict(found, packet("tcp 10.0.0.7 192.0.2.1 80")) is False
    assert verdict(found, packet("tcp 10.0.0.6 192.0.2.1 81")) is False
    assert verdict(found, packet("tcp 10.0.0.6 192.0.2.2 81")) is True


def test_a_rule_without_a_number_comes_at_the_next_step() -> None:
    found = only("rule 7 permit ip", "step 10", "rule deny tcp", "rule 8 deny udp")

    assert [line.text for line in found.lines] == ["permit ip", "deny udp", "deny tcp"]


def test_a_basic_list_looks_at_sources() -> None:
    found = only("rule 5 permit source 10.0.0.0 0.0.0.255", "rule 10 deny", head="acl number 2000")

    assert [verdict(found, packet(f"udp {source} 192.0.2.1 53")) for source in ("10.0.0.9", "10.0.1.9")] == [
        True,
        False,
    ]


def test_whether_later_fragments_meet_a_rule_with_ports_is_open() -> None:
    found = only("rule 5 permit tcp destination-port eq 80", "rule 10 deny ip")

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80", fragment=Fragment.LATER)) is None
    assert verdict(found, packet("udp 10.0.0.1 192.0.2.1 80", fragment=Fragment.LATER)) is False


@pytest.mark.parametrize(
    ("asks", "passing", "refused", "unproven"),
    [
        ("tcp-flag established", (16, 4, 20), (2, 0), ()),
        ("tcp-flag syn", (2,), (16, 0), (18,)),
        ("tcp-flag ack syn", (18,), (0,), (2, 16, 19)),
    ],
)
def test_flags_of_tcp(asks: str, passing: tuple[int, ...], refused: tuple[int, ...], unproven: tuple[int, ...]) -> None:
    found = only(f"rule 5 permit tcp {asks}", "rule 10 deny ip")

    for flags, expected in ((passing, True), (refused, False), (unproven, None)):
        assert all(verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1", flags=each)) is expected for each in flags)


def test_lists_of_ipv6() -> None:
    found = only(
        "rule 5 permit tcp source 2001:db8:1::/48 destination 2001:db8:2::1/128 destination-port range 80 443",
        "rule 10 permit icmpv6 icmp6-type echo",
        "rule 15 deny ipv6",
        head="acl ipv6 name CLIENTS advance",
    )

    assert verdict(found, packet("tcp 2001:db8:1::9 2001:db8:2::1 443")) is True
    assert verdict(found, packet("tcp 2001:db8:1::9 2001:db8:2::2 443")) is False
    assert verdict(found, packet("icmpv6 2001:db8:9::9 2001:db8:2::2 128/0")) is True


def test_a_list_in_depth_first_order_proves_only_what_no_order_changes_where_the_order_is_open() -> None:
    found = only(
        "rule 5 permit tcp source-port eq 53",
        "rule 10 deny tcp destination-port eq 80",
        "rule 15 deny ip source 10.0.0.0 0.0.0.255",
        head="acl number 3001 match-order auto",
    )

    assert verdict(found, packet("tcp 10.0.1.1 192.0.2.1 80 53")) is None
    assert verdict(found, packet("tcp 10.0.1.1 192.0.2.1 81 53")) is True
    assert len(found.unread) == 1


@pytest.mark.parametrize(
    ("rules", "order"),
    [
        (("permit ip source 10.0.0.0 0.0.0.255", "deny tcp"), ("deny tcp", "permit ip source 10.0.0.0 0.0.0.255")),
        (("permit tcp", "deny ip vpn-instance red"), ("deny ip vpn-instance red", "permit tcp")),
        (
            ("permit tcp destination 10.0.0.1 0", "deny tcp source 10.0.0.0 0.0.0.255"),
            ("deny tcp source 10.0.0.0 0.0.0.255", "permit tcp destination 10.0.0.1 0"),
        ),
        (
            (
                "permit tcp destination-port range 1 9",
                "deny tcp destination-port eq 5",
                "deny tcp destination-port eq 3",
            ),
            (
                "deny tcp destination-port eq 5",
                "deny tcp destination-port eq 3",
                "permit tcp destination-port range 1 9",
            ),
        ),
    ],
)
def test_a_list_in_depth_first_order_begins_with_what_is_narrower(
    rules: tuple[str, ...], order: tuple[str, ...]
) -> None:
    found = only(*(f"rule {rule}" for rule in rules), head="acl number 3001 match-order auto")

    assert tuple(line.text.removeprefix("rule ") for line in found.lines) == order
    assert found.unread == ()


def test_where_lists_stand_also_when_they_have_a_number_and_a_name() -> None:
    found = configuration(
        "acl name WEB 3100",
        " rule 5 permit ip",
        "interface GigabitEthernet0/0/1",
        " traffic-filter inbound acl 3100",
        " traffic-filter outbound ipv6 acl name SIX",
        " traffic-policy Q inbound",
        "acl number 4000",
        " rule 5 deny",
    )

    assert [(bound.filter, bound.direction, bound.interface) for bound in found.bindings] == [
        ("ip WEB", Direction.IN, "GigabitEthernet0/0/1"),
        ("ipv6 SIX", Direction.OUT, "GigabitEthernet0/0/1"),
    ]
    assert [line.place for line in found.unread] == ["ar1:6", "ar1:7"]


USG = """firewall zone trust
 set priority 85
 add interface GigabitEthernet1/0/1
firewall zone name extranet-of-the-province id 4
 add interface GigabitEthernet1/0/2
ip address-set servers type object
 address 0 192.0.2.0 mask 24
 address 1 range 198.51.100.5 198.51.100.9
 address 2 2001:db8:1:: 64
ip address-set all type group
 address 0 address-set servers
 address 1 203.0.113.1 0
ip service-set web type object
 service 0 protocol tcp source-port 0 to 65535 destination-port 80 443 8000 to 8010
security-policy
 default action deny
 rule name off
  disable
  action permit
 rule name block
  source-address 10.0.0.9 mask 255.255.255.255
  action deny
 rule name in
  source-zone trust
  destination-zone extranet-of-the-province
  destination-address address-set all
  source-address-exclude 10.0.1.0 mask 24
  service web
  service icmp
  profile ips default
  action permit
 rule name users
  source-zone trust
  user any-user
  action permit
return
"""


def test_a_security_policy_permits_by_zone_address_and_service() -> None:
    found = read_vrp(USG, "fw1").filters["security-policy"]
    way = {IN_INTERFACE: zone_number("trust"), OUT_INTERFACE: zone_number("extranet-of-the-province")}
    back = {IN_INTERFACE: way[OUT_INTERFACE], OUT_INTERFACE: way[IN_INTERFACE]}

    assert found.unread == ()
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 8005") | back) is False
    assert verdict(found, packet("tcp 10.0.0.9 192.0.2.1 80") | way) is False
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 8005") | way) is True
    assert verdict(found, packet("tcp 10.0.0.1 198.51.100.9 443") | way) is True
    assert verdict(found, packet("tcp 10.0.0.1 203.0.113.1 443") | way) is True
    assert verdict(found, packet("tcp 2001:db8:9::1 2001:db8:1::5 443") | way) is True
    assert verdict(found, packet("icmp 10.0.0.1 192.0.2.1 8/0") | way) is True
    assert verdict(found, packet("tcp 10.0.1.1 192.0.2.1 80") | way) is None
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 22") | way) is None


def test_zones_know_their_interfaces_and_long_names_stay_apart() -> None:
    found = read_vrp(USG, "fw1")

    assert found.zones["extranet-of-the-province"] == ("GigabitEthernet1/0/2",)
    assert zone_number("extranet-of-the-province") != zone_number("extranet-of-the-city")


def test_a_rule_that_is_not_understood_is_listed_and_leaves_verdicts_unproven() -> None:
    text = USG.replace("  profile ips default", "  telepathy on")
    found = read_vrp(text, "fw1").filters["security-policy"]

    assert [(line.place, line.why) for line in found.unread] == [("fw1:23", "the word 'telepathy' is not known here")]
    assert verdict(found, packet("tcp 172.16.0.1 172.16.0.2 1")) is None
