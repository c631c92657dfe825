"""Lists of Cisco ASA mean what Cisco's manuals say."""

from acl_packets import packet, verdict

from qianyun.verify.acls.asa import read_asa
from qianyun.verify.acls.filters import Direction, Filter

TEXT = """hostname fw
names
name 192.0.2.99 mail
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.1 255.255.255.0
object network WEB
 host 192.0.2.1
object network WEB6
 subnet 2001:db8:1::/64
object service ALT
 service tcp source gt 1023 destination eq 8443
object-group network SERVERS
 network-object object WEB
 network-object 198.51.100.0 255.255.255.0
 network-object 2001:db8:2::/48
 group-object MORE
object-group network MORE
 network-object host mail
object-group service PORTS tcp
 port-object eq https
 port-object range 8000 8010
object-group service MIX
 service-object udp destination eq domain
 service-object icmp echo
 service-object object ALT
object-group protocol VPN
 protocol-object gre
 protocol-object esp
object-group icmp-type PING
 icmp-object echo
 icmp-object echo-reply
"""


def only(*lines: str) -> Filter:
    return read_asa(TEXT + "\n".join([*(f"access-list IN {line}" for line in lines), ""]), "fw").filters["ip IN"]


def test_one_list_serves_both_families() -> None:
    found = only(
        "extended permit tcp any object-group SERVERS object-group PORTS log disable", "extended deny ip any any"
    )

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 443")) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.99 8001")) is True
    assert verdict(found, packet("tcp 2001:db8:9::1 2001:db8:2::1 443")) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80")) is False
    assert verdict(found, packet("tcp 2001:db8:9::1 2001:db8:3::1 443")) is False


def test_any4_and_any6_are_of_one_family() -> None:
    found = only("extended permit tcp any4 any4 eq 22", "extended permit tcp any6 object WEB6 eq 23")

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 22")) is True
    assert verdict(found, packet("tcp 2001:db8:9::1 2001:db8:1::1 22")) is False
    assert verdict(found, packet("tcp 2001:db8:9::1 2001:db8:1::1 23")) is True


def test_masks_are_no_wildcards() -> None:
    found = only("extended permit ip 10.0.0.0 255.0.255.0 any")

    assert verdict(found, packet("tcp 10.9.0.1 192.0.2.1 1")) is True
    assert verdict(found, packet("tcp 10.9.1.1 192.0.2.1 1")) is False


def test_groups_of_services_protocols_and_messages() -> None:
    found = only(
        "extended permit object-group MIX any object WEB",
        "extended permit object-group VPN any object WEB",
        "extended permit icmp any any object-group PING",
    )

    assert verdict(found, packet("udp 10.0.0.1 192.0.2.1 53")) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 8443")) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 8443 80")) is False
    assert verdict(found, packet("gre 10.0.0.1 192.0.2.1")) is True
    assert verdict(found, packet("icmp 10.0.0.1 192.0.2.7 0/0")) is True
    assert verdict(found, packet("icmp 10.0.0.1 192.0.2.7 3/1")) is False


def test_an_interface_stands_for_its_address_and_inactive_lines_for_nothing() -> None:
    found = only("extended deny tcp any any inactive", "extended permit tcp any interface outside eq ssh")

    assert verdict(found, packet("tcp 10.0.0.1 203.0.113.1 22")) is True
    assert verdict(found, packet("tcp 10.0.0.1 203.0.113.2 22")) is False


def test_users_and_time_ranges_are_bounds_and_strange_words_are_listed() -> None:
    found = only(
        "extended permit tcp user LOCAL\\\\x any any eq 22", "extended permit tcp any any eq 23 time-range NIGHT"
    )
    strange = only("extended permit tcp any any eq 23 telepathy")

    assert [verdict(found, packet(f"tcp 10.0.0.1 192.0.2.1 {port}")) for port in (22, 23, 24)] == [None, None, False]
    assert found.unread == ()
    assert [line.why for line in strange.unread] == ["the word 'telepathy' is not known here"]
    assert verdict(strange, packet("udp 10.0.0.1 192.0.2.1 24")) is None


def test_where_lists_stand() -> None:
    text = (
        TEXT
        + "access-list IN extended permit ip any any\naccess-group IN in interface outside\naccess-group IN global\n"
    )
    found = read_asa(
        text + "access-list E ethertype permit any\nnat (inside,outside) source dynamic any interface\n", "fw"
    )

    assert [(bound.filter, bound.interface, bound.direction) for bound in found.bindings] == [
        ("ip IN", "outside", Direction.IN),
        ("ip IN", "", Direction.IN),
    ]
    assert [line.text.split()[0] for line in found.unread] == ["access-list", "nat"]
