"""Cisco IOS lists mean what Cisco's manuals say."""

import pytest
from acl_packets import packet, verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from ios_lists import entries

from qianyun.errors import ReadError
from qianyun.verify.acls.filters import Configuration, Direction, Filter, Sets, judge
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.conditions import leaves
from qianyun.verify.fields import DPORT, DSCP, DST4, PROTOCOL, SPORT, SRC4, TCP_FLAGS, Fragment


def only(*lines: str, head: str = "ip access-list extended A", before: str = "") -> Filter:
    """The one list of a text."""
    return next(iter(configuration(*lines, head=head, before=before).filters.values()))


def configuration(*lines: str, head: str = "ip access-list extended A", before: str = "") -> Configuration:
    return read_ios("\n".join([*before.splitlines(), head, *(f" {line}" for line in lines), "end", ""]), "r1")


def test_the_first_line_that_matches_decides_and_the_rest_is_refused() -> None:
    found = only("deny tcp any host 192.0.2.1 eq 22", "permit tcp any 192.0.2.0 0.0.0.255")

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 22")) is False
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 23")) is True
    assert verdict(found, packet("udp 10.0.0.1 192.0.2.1 23")) is False


@pytest.mark.parametrize(
    ("asks", "passing", "refused"),
    [
        ("eq www 8080", (80, 8080), (81, 443)),
        ("neq 22 23", (21, 24), (22, 23)),
        ("lt 1024", (0, 1023), (1024, 65535)),
        ("gt 1023", (1024, 65535), (0, 1023)),
        ("range 100 ftp", (21, 100), (20, 101)),
        ("gt 65535", (), (0, 65535)),
    ],
)
def test_operators_name_the_ports_they_say(asks: str, passing: tuple[int, ...], refused: tuple[int, ...]) -> None:
    found = only(f"permit tcp any any {asks}")

    assert all(verdict(found, packet(f"tcp 10.0.0.1 192.0.2.1 {port}")) for port in passing)
    assert not any(verdict(found, packet(f"tcp 10.0.0.1 192.0.2.1 {port}")) for port in refused)


def test_a_wildcard_need_not_be_contiguous() -> None:
    found = only("permit ip 10.0.0.1 0.15.255.0 any")

    assert verdict(found, packet("tcp 10.9.8.1 192.0.2.1 1")) is True
    assert verdict(found, packet("tcp 10.9.8.2 192.0.2.1 1")) is False
    assert verdict(found, packet("tcp 10.16.8.1 192.0.2.1 1")) is False


def test_later_fragments_pass_a_permit_by_its_addresses_and_a_deny_leaves_them_to_the_next_line() -> None:
    later = packet("tcp 10.0.0.1 192.0.2.1 9999", fragment=Fragment.LATER)

    permits = only("permit tcp any host 192.0.2.1 eq 80")
    denies = only("deny tcp any host 192.0.2.1 eq 9999", "permit ip any any")
    refuses = only("deny ip any host 192.0.2.1 fragments", "permit ip any any")

    assert verdict(permits, later) is True
    assert verdict(denies, later) is True
    assert verdict(refuses, later) is False
    assert verdict(refuses, packet("tcp 10.0.0.1 192.0.2.1 9999", fragment=Fragment.FIRST)) is True


@pytest.mark.parametrize(
    ("asks", "passing", "refused"),
    [
        ("established", (16, 4, 18), (2, 0, 1)),
        ("match-all +syn -ack", (2, 3), (18, 16, 0)),
        ("match-any +fin -ack", (1, 0, 17), (16, 18)),
        ("ack", (16, 18), (2, 4)),
    ],
)
def test_flags_of_tcp(asks: str, passing: tuple[int, ...], refused: tuple[int, ...]) -> None:
    found = only(f"permit tcp any any {asks}")

    assert all(verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1", flags=flags)) for flags in passing)
    assert not any(verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1", flags=flags)) for flags in refused)


def test_messages_of_icmp_by_name_and_number() -> None:
    found = only("permit icmp any any echo", "permit icmp any any 3 4", "permit icmp any any ttl-exceeded")

    passing = [
        kind
        for kind in ("8/0", "3/4", "3/3", "11/0", "11/1", "0/0")
        if verdict(found, packet(f"icmp 10.0.0.1 192.0.2.1 {kind}"))
    ]

    assert passing == ["8/0", "3/4", "11/0"]


def test_code_points_and_precedence_are_exact() -> None:
    found = only("permit ip any any dscp ef", "permit ip any any precedence critical")
    of = packet("tcp 10.0.0.1 192.0.2.1 1")

    assert [value for value in range(64) if verdict(found, {**of, DSCP: value})] == list(range(40, 48))


def test_object_groups_hold_groups() -> None:
    groups = """object-group network INNER
 host 10.0.0.9
object-group network SITES
 10.1.0.0 255.255.0.0
 range 10.2.0.5 10.2.0.7
 group-object INNER
object-group service WEB
 tcp eq www
 tcp source gt 1023 eq 8443
 icmp echo
"""
    found = only("permit object-group WEB object-group SITES any", before=groups)

    assert verdict(found, packet("tcp 10.1.2.3 192.0.2.1 80")) is True
    assert verdict(found, packet("tcp 10.2.0.7 192.0.2.1 8443")) is True
    assert verdict(found, packet("tcp 10.2.0.7 192.0.2.1 8443 80")) is False
    assert verdict(found, packet("icmp 10.0.0.9 192.0.2.1 8/0")) is True
    assert verdict(found, packet("tcp 10.2.0.8 192.0.2.1 80")) is False


def test_a_group_that_holds_itself_or_is_missing_leaves_its_lines_unproven() -> None:
    looped = only("permit ip object-group G any", before="object-group network G\n group-object G\n")
    missing = only("permit ip object-group G any")

    assert [verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1")) for found in (looped, missing)] == [None, None]
    assert "holds itself" in looped.unread[0].why
    assert missing.unread[0].why == "the group 'G' is not there"


def test_a_line_that_is_not_understood_is_listed_and_what_it_could_change_is_unproven() -> None:
    found = only(
        "deny ip host 10.0.0.1 any", "permit tcp any any eq www telepathy", "permit udp any any", "deny ip any any"
    )

    assert [(line.place, line.text) for line in found.unread] == [("r1:3", "permit tcp any any eq www telepathy")]
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80")) is False
    assert verdict(found, packet("tcp 10.0.0.2 192.0.2.1 80")) is None
    assert verdict(found, packet("udp 10.0.0.2 192.0.2.1 80")) is True


def test_a_time_range_is_a_bound() -> None:
    found = only("permit tcp any any eq 22 time-range NIGHT", "permit tcp any any eq 23")

    assert verdict(found, packet("tcp 10.0.0.2 192.0.2.1 22")) is None
    assert verdict(found, packet("tcp 10.0.0.2 192.0.2.1 23")) is True
    assert found.unread == ()


def test_lines_stand_in_the_order_of_their_numbers() -> None:
    found = only("20 permit ip any any", "10 deny tcp any any", "remark 15 deny", "deny udp any any")

    assert [line.text for line in found.lines] == ["deny tcp any any", "permit ip any any", "deny udp any any"]


def test_standard_lists_look_at_the_source() -> None:
    text = "access-list 10 deny 10.0.0.1\naccess-list 10 permit 10.0.0.0 0.0.0.255\naccess-list 10 deny any log\n"
    found = read_ios(text, "r1").filters["ip 10"]

    assert [verdict(found, packet(f"tcp 10.0.0.{host} 192.0.2.1 1")) for host in (1, 2)] == [False, True]
    assert verdict(found, packet("tcp 10.0.1.2 192.0.2.1 1")) is False


def test_an_ipv6_list_lets_neighbours_be_found_before_it_refuses_the_rest() -> None:
    found = only(
        "permit tcp 2001:db8:1::/48 host 2001:db8:2::1 eq 443",
        "sequence 30 deny ipv6 2001:db8:3::/48 any",
        head="ipv6 access-list A",
    )

    assert verdict(found, packet("tcp 2001:db8:1::9 2001:db8:2::1 443")) is True
    assert verdict(found, packet("tcp 2001:db8:1::9 2001:db8:2::2 443")) is False
    assert verdict(found, packet("icmpv6 2001:db8:9::9 2001:db8:2::2 135/0")) is True
    assert verdict(found, packet("icmpv6 2001:db8:3::9 2001:db8:2::2 135/0")) is False
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 443")) is False


def test_lists_of_nx_os_are_read_too() -> None:
    text = "object-group ip port HIGH\n 10 gt 1023\nip access-list A\n 10 permit tcp 10.0.0.0/8 any portgroup HIGH\n"
    found = read_ios(text, "r1").filters["ip A"]

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1024")) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1023")) is False


def test_where_lists_stand_is_told_with_the_line() -> None:
    text = "hostname edge\ninterface Gi0/1\n ip access-group A in\n ipv6 traffic-filter B out\n ip policy route-map M\n"
    found = read_ios(text, "r1")

    assert [(bound.filter, bound.interface, bound.direction, bound.place) for bound in found.bindings] == [
        ("ip A", "Gi0/1", Direction.IN, "r1:3"),
        ("ipv6 B", "Gi0/1", Direction.OUT, "r1:4"),
    ]
    assert [line.place for line in found.unread] == ["r1:5"]
    assert found.name == "edge"


def test_lists_of_other_kinds_are_listed() -> None:
    found = read_ios("access-list 700 permit 0000.0c00.0000 0000.00ff.ffff\nmac access-list extended M\n", "r1")

    assert [line.place for line in found.unread] == ["r1:1", "r1:2"]


def test_a_text_that_ends_inside_a_line_does_not_prove_that_line() -> None:
    found = read_ios("access-list 101 permit ip any 192.0.2.0 0.0.0.1", "r1").filters["ip 101"]

    assert found.unread[0].why == "the text ends inside this line"
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 1")) is None


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(ReadError, match=r"^r1:2: byte 0x00 is no text; collect"):
        read_ios("hostname a\naccess-list 1 permit \0\n", "r1")


def test_pagers_and_carriage_returns_leave_no_trace() -> None:
    found = read_ios(
        "access-list 1 permit any\r\n --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08access-list 1 deny any\r\n", "r1"
    )

    assert [line.text for line in found.filters["ip 1"].lines] == ["permit any", "deny any"]


def test_a_line_that_never_matches_names_the_lines_that_shadow_it() -> None:
    found = only(
        "permit tcp any host 192.0.2.1 lt 1024",
        "permit tcp any host 192.0.2.1 gt 1000",
        "deny tcp host 10.0.0.1 host 192.0.2.1",
        "deny tcp any any gt 65535",
    )
    sets = Sets(found)

    assert sets.never_matching() == (2, 3)
    assert sets.deciders(2) == (0, 1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1 << 30), draw=st.data())
def test_packet_by_packet_and_by_sets_lists_mean_the_same(seed: int, draw: st.DataObject) -> None:
    lines = list(entries(30, seed))
    found = only(*lines)
    sets = Sets(found)
    remainders = dict(sets.list.remainders())
    asked = [leaf for condition in found.conditions() for leaf in leaves(condition) if leaf.field in (SRC4, DST4)]
    ends = [end for leaf in asked for span in leaf.ranges for end in span]

    for _ in range(20):
        values = {
            SRC4: draw.draw(st.sampled_from(ends)),
            DST4: draw.draw(st.sampled_from(ends)),
            PROTOCOL: draw.draw(st.sampled_from([1, 6, 17, 50])),
            SPORT: draw.draw(st.sampled_from([0, 1023, 1024])),
            DPORT: draw.draw(st.sampled_from([22, 80, 443, 40_000])),
            TCP_FLAGS: 2,
        }
        ours = judge(found, values)

        assert ours.passes == sets.may.holds(values) == sets.must.holds(values)
        assert [index for index, rest in remainders.items() if rest.holds(values)] == (
            [] if ours.line is None else [ours.line]
        )
