"""Policies of FortiOS mean what Fortinet's manuals say."""

from pathlib import Path

import pytest
from acl_packets import packet, verdict

from qianyun.verify.acls.filters import Configuration, Filter
from qianyun.verify.acls.fortios import read_fortios
from qianyun.verify.acls.policies import zone_number
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE
from qianyun.verify.reading import read_firewall

TEXT = (Path(__file__).parent.parent.parent / "cases/acls/fortios.cfg").read_text(encoding="utf-8")
OUT = {IN_INTERFACE: zone_number("inside"), OUT_INTERFACE: zone_number("wan")}
BACK = {IN_INTERFACE: zone_number("wan"), OUT_INTERFACE: zone_number("inside")}


def read(text: str = TEXT) -> Configuration:
    return read_fortios(text, "fw")


def only(*lines: str, before: str = "") -> Filter:
    policy = ("set srcintf any", "set dstintf any", "set srcaddr all", "set dstaddr all", "set action accept")
    body = [*policy, "set schedule always", "set service ALL", *lines]
    text = "\n".join([before, "config firewall policy", "edit 1", *body, "next", "end", ""])
    return read_fortios(text, "fw").filters["policy"]


def test_policies_permit_by_interface_address_and_service_of_both_families() -> None:
    found = read().filters["policy"]

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 443") | OUT) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 22") | OUT) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 8003 2000") | OUT) is True
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 8003 1000") | OUT) is False
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.10 443") | OUT) is False
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 443") | BACK) is False
    assert verdict(found, packet("tcp 2001:db8:1::1 2001:db8:2::1 443") | OUT) is True
    assert verdict(found, packet("tcp 2001:db8:9::1 2001:db8:2::1 443") | OUT) is False


def test_a_virtual_address_takes_packets_for_its_outer_address_and_port() -> None:
    found = read().filters["policy"]

    assert verdict(found, packet("tcp 198.51.100.1 203.0.113.1 443") | BACK) is True
    assert verdict(found, packet("tcp 198.51.100.1 203.0.113.1 80") | BACK) is False
    assert verdict(found, packet("tcp 198.51.100.1 192.0.2.1 8443") | BACK) is False


def test_whether_other_policies_meet_packets_for_a_virtual_address_is_open() -> None:
    virtual = "config firewall vip\nedit v\nset extip 203.0.113.1\nset mappedip 192.0.2.1\nnext\nend"

    plain, asking = only(before=virtual), only("set match-vip enable", before=virtual)

    assert verdict(plain, packet("tcp 198.51.100.1 203.0.113.1 443")) is None
    assert verdict(plain, packet("tcp 198.51.100.1 203.0.113.2 443")) is True
    assert verdict(asking, packet("tcp 198.51.100.1 203.0.113.1 443")) is True


def test_names_and_schedules_are_bounds() -> None:
    found = read().filters["policy"]

    assert found.unread == ()
    assert verdict(found, packet("udp 198.51.100.7 198.51.100.9 53")) is None
    assert verdict(found, packet("udp 198.51.100.7 198.51.100.9 54")) is False


def test_a_policy_without_an_action_refuses() -> None:
    found = only("unset action")

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80")) is False


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("set telepathy full", "the word 'telepathy' is not known here"),
        ("set service SMOKE", "the group 'SMOKE' is not there"),
        ("set action ipsec", "the rule names no action that we know"),
        ("unset dstaddr", "the policy names nothing as dstaddr"),
    ],
)
def test_what_is_not_understood_is_listed_and_leaves_verdicts_unproven(line: str, why: str) -> None:
    found = only(line)

    assert [each.why for each in found.unread] == [why]
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80")) is None


def test_negated_ends_and_services() -> None:
    found = only(
        "set dstaddr servers", "set dstaddr-negate enable", before=TEXT[: TEXT.index("config firewall policy")]
    )

    assert verdict(found, packet("tcp 198.51.100.1 198.51.100.2 80")) is True
    assert verdict(found, packet("tcp 198.51.100.1 10.7.0.1 80")) is None
    assert verdict(only("set service SSH", "set service-negate enable"), packet("tcp 10.0.0.1 10.0.0.2 22")) is False
    assert verdict(only("set service SSH", "set service-negate enable"), packet("tcp 10.0.0.1 10.0.0.2 23")) is True


def test_an_internet_service_stands_for_addresses_we_cannot_see() -> None:
    found = only("unset dstaddr", "unset service", "set internet-service enable", "set internet-service-name X")

    assert found.unread == ()
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.1 80")) is None


def test_a_text_that_is_cut_proves_nothing_that_a_lost_policy_could_change() -> None:
    found = read(TEXT[: TEXT.index("    edit 4")]).filters["policy"]

    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.9 443") | OUT) is None
    assert verdict(found, packet("tcp 10.0.0.1 192.0.2.10 9") | OUT) is None


def test_every_virtual_domain_has_a_policy_of_its_own() -> None:
    policy = "config firewall policy\nedit 1\nset srcintf any\nset dstintf any\nset srcaddr all\nset dstaddr all\n"
    policy += "set schedule always\nset service {service}\nset action accept\nnext\nend\n"
    text = "config vdom\nedit root\nnext\nedit b\nend\n" + "".join(
        f"config vdom\nedit {domain}\n{policy.format(service=service)}end\n"
        for domain, service in (("root", "SSH"), ("b", "HTTP"))
    )

    found = read(text)

    assert list(found.filters) == ["policy root", "policy b"]
    assert found.unread == ()
    assert verdict(found.filters["policy root"], packet("tcp 10.0.0.1 192.0.2.1 22")) is True
    assert verdict(found.filters["policy b"], packet("tcp 10.0.0.1 192.0.2.1 22")) is False


def test_rules_of_the_edge_that_are_not_modelled_are_listed() -> None:
    text = "config firewall DoS-policy\nedit 1\nset interface wan\nset srcaddr all\nnext\nend\n"

    found = read(TEXT + text)

    assert [(each.place, each.text) for each in found.unread] == [("fw:128", "firewall DoS-policy 1")]


def test_the_language_is_told_by_its_words() -> None:
    found = read_firewall(TEXT, "fw")

    assert (found.name, list(found.chains), found.tracks) == ("edge", ["policy"], True)
