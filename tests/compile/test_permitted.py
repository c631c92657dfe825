"""A line is idle only if the lines before it permit all of it."""

from dataclasses import replace
from ipaddress import IPv4Network

from qianyun.compile.entry import Entry
from qianyun.compile.permitted import Permitted
from qianyun.policy.model import TCP, UDP, PortRange

HERE, THERE = (IPv4Network("10.0.0.0/29"),), (IPv4Network("10.0.0.8/29"),)
OPENING = Entry(
    flow="f",
    version=4,
    protocol=TCP,
    sources=HERE,
    source_name="here",
    destinations=THERE,
    destination_name="there",
)
WEB = PortRange(first=443, last=443)
REPLY = replace(OPENING, source_ports=WEB, is_established=True)


def after(*lines: Entry) -> Permitted:
    permitted = Permitted()
    for line in lines:
        permitted.add(line)
    return permitted


def test_a_reply_is_idle_where_a_line_for_the_same_ends_asks_for_no_port() -> None:
    assert not after(OPENING).lacks(REPLY)
    assert after(replace(OPENING, ports=WEB)).lacks(REPLY)
    assert after(replace(OPENING, protocol=UDP)).lacks(REPLY)


def test_a_reply_covers_no_line_that_opens_connections() -> None:
    assert after(replace(REPLY, source_ports=None)).lacks(OPENING)
    assert after(REPLY).lacks(replace(OPENING, ports=WEB))


def test_lines_of_both_kinds_cover_a_reply_together() -> None:
    halves = [replace(OPENING, sources=(half,)) for half in HERE[0].subnets()]

    assert after(halves[0]).lacks(REPLY)
    assert not after(halves[0], replace(REPLY, sources=halves[1].sources)).lacks(REPLY)


def test_lines_near_a_line_share_both_its_ends() -> None:
    far = replace(OPENING, sources=THERE)

    assert not after(OPENING, far).near(REPLY).lacks(OPENING)
    assert after(OPENING, far).near(REPLY).lacks(far)
