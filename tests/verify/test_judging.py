"""A firewall against the policy: exact where it is exact, and every no shows a packet and its lines."""

from datetime import date
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given, settings

from nft_text import Packet as Opening
from nft_text import parse
from qianyun.compile.nftables import render
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy
from qianyun.policy.waivers import Waiver
from qianyun.verify.bits import BitEngine
from qianyun.verify.explaining import explain, packet_of
from qianyun.verify.findings import Finding, Kind, Report
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.judging import verify
from qianyun.verify.nft_text import read_nft
from qianyun.verify.sarif import as_json, as_sarif
from qianyun.verify.space import MakeEngine
from qianyun.verify.waiving import waived
from worlds import TODAY, policies

ROOT = Path(__file__).parent.parent.parent
ESTATES = (ROOT / "inventory/province", ROOT / "tests/cases/profiles/county")
ON = date(2026, 10, 1)
ENGINES = [pytest.param(BitEngine, id="bits"), pytest.param(IntervalEngine, id="intervals")]


@pytest.fixture(scope="module")
def province() -> Policy:
    return load_policy(ESTATES[0])


def judged(policy: Policy, text: str, engine: MakeEngine = BitEngine) -> Report:
    return verify(policy, read_nft(text, "fw.nft"), ON, engine=engine)


def edit(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, text.count(old)
    return text.replace(old, new)


def only(report: Report, kind: Kind) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind is kind]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_the_compiled_policy_passes_exactly_the_flow_matrix(estate: Path, engine: MakeEngine) -> None:
    policy = load_policy(estate)

    report = judged(policy, render(policy, ON), engine)

    assert report.findings == ()
    assert report.is_exact


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25, deadline=None)
@given(policy=policies())
def test_every_policy_compiles_to_exactly_its_flow_matrix(engine: MakeEngine, policy: Policy) -> None:
    report = verify(policy, read_nft(render(policy, TODAY), "fw.nft"), TODAY, engine=engine)

    assert report.is_exact, report.findings


def test_a_widened_port_is_found_with_packet_lines_and_flow(province: Policy) -> None:
    text = render(province, ON)
    line = next(each for each in text.splitlines() if "@extranet.seal.v6" in each and "from_" not in each)
    number = text.splitlines().index(line) + 1

    report = judged(province, edit(text, line, line.replace("dport 443", "dport 443-444")))

    (finding,) = only(report, Kind.FORBIDDEN)
    assert str(finding.witnesses[0]) == "tcp [3fff::1]:50000 → [3fff:c02:0:25::1]:444"
    assert finding.packets == ("ipv6 tcp department → 3fff:c02:0:25::/64 port 444 state new,untracked",)
    assert finding.rules[-1].place == f"fw.nft:{number}"
    assert finding.offends.text == "seal"
    assert (finding.check, finding.origin, finding.target) == ("B06", "department", "extranet")
    assert finding.clauses


def test_a_lost_rule_is_found_by_the_flow_that_it_served(province: Policy) -> None:
    text = render(province, ON)
    line = next(each for each in text.splitlines() if "@extranet.seal.v4" in each and "set" not in each)

    report = judged(province, edit(text, f"{line}\n", ""))

    (finding,) = only(report, Kind.REFUSED)
    assert finding.offends.text == "seal"
    assert str(finding.witnesses[0]) == "tcp 10.0.0.1:50000 → 172.17.6.1:443"
    assert finding.rules[-1].text == 'counter drop comment "deny-department"'


def test_the_two_families_are_compared(province: Policy) -> None:
    text = render(province, ON)
    open_door = '\t\tip6 daddr 3fff:c01::/32 tcp dport 22 accept\n\t\tcounter drop comment "deny-outside"'

    report = judged(province, edit(text, '\t\tcounter drop comment "deny-outside"', open_door))

    assert {finding.kind for finding in report.findings} == {Kind.FORBIDDEN, Kind.RISKY_PORT, Kind.DISPARITY}
    assert {finding.check for finding in report.findings} == {"B05", "B06", "B10"}


def test_what_is_not_understood_is_unproven_and_never_a_pass(province: Policy) -> None:
    text = render(province, ON)
    strange = '\t\tip daddr 172.17.6.9 frobnicate 7 accept\n\t\tcounter drop comment "deny-department"'

    report = judged(province, edit(text, '\t\tcounter drop comment "deny-department"', strange))

    assert [unread.text for unread in report.unread] == [
        "ip daddr 172.17.6.9 frobnicate 7 accept ('frobnicate' is not modelled)"
    ]
    (finding,) = only(report, Kind.UNPROVEN)
    assert not report.is_exact
    assert (finding.origin, finding.target) == ("department", "extranet")
    assert all("172.17.6.9" in line for line in finding.packets)


def test_a_rate_makes_a_promise_unproven(province: Policy) -> None:
    text = render(province, ON)
    line = next(each for each in text.splitlines() if "@extranet.seal.v4" in each and "set" not in each)

    report = judged(province, edit(text, line, line.replace("counter", "limit rate 5/second counter")))

    assert [finding.kind for finding in report.findings] == [Kind.UNPROVEN]


def test_connections_must_go_on(province: Policy) -> None:
    text = edit(render(province, ON), '\t\tct state established counter accept comment "established"\n', "")

    report = judged(province, text)

    refused = only(report, Kind.REFUSED)
    assert {finding.offends.text for finding in refused} >= {"seal", "maps"}
    assert all("established" in str(finding.witnesses[0]) for finding in refused)


def test_an_accepting_policy_is_no_default_deny(province: Policy) -> None:
    text = edit(render(province, ON), "policy drop;", "policy accept;")
    text = edit(text, "\t\tgoto from_outside\n", "")

    report = judged(province, text)

    assert [finding.check for finding in only(report, Kind.NO_DEFAULT_DENY)] == ["B01"]


def test_a_rule_for_everybody_is_named(province: Policy) -> None:
    text = edit(render(province, ON), "\t\tgoto from_outside\n", "\t\ttcp dport 9999 accept\n\t\tgoto from_outside\n")
    text = edit(text, "\t\tip saddr vmap @zones4\n", "")

    report = judged(province, text)

    (finding,) = only(report, Kind.ANY_ANY)
    assert finding.rules[0].text == "tcp dport 9999 accept"


def test_a_rule_that_never_matches_is_named_with_its_line(province: Policy) -> None:
    text = render(province, ON)
    twice = '\t\tcounter drop comment "deny-outside"'

    report = judged(province, edit(text, twice, f"{twice}\n\t\ttcp dport 80 accept"))

    (finding,) = only(report, Kind.NEVER_MATCHES)
    assert finding.check == "B02"
    assert finding.rules[0].text == "tcp dport 80 accept"
    assert report.is_exact


def test_a_waiver_marks_its_finding_and_an_expired_one_is_a_finding(province: Policy) -> None:
    text = edit(render(province, ON), '\t\tcounter drop comment "deny-outside"', '\t\tcounter drop comment "x"')
    open_door = text.replace('\t\tcounter drop comment "x"', "\t\tip daddr 203.0.113.9 tcp dport 7 accept")
    valid = Waiver(check="B06", subject="outside→internet", who="值班", why="迁移期", until=date(2026, 12, 1))
    old = Waiver(check="B05", subject="*", who="值班", why="迁移期", until=date(2026, 1, 1), source="waivers.yml:3")

    report = waived(judged(province, open_door), [valid, old], ON)

    assert [finding.kind for finding in report.findings if not finding.waived_by] == [
        Kind.DISPARITY,
        Kind.EXPIRED_WAIVER,
    ]
    assert [finding.waived_by for finding in only(report, Kind.FORBIDDEN)] == ["值班: 迁移期"]


def test_a_report_is_the_same_as_json_and_sarif(province: Policy) -> None:
    text = edit(render(province, ON), '"deny-outside"', '"deny"').replace("\t\tgoto from_outside\n", "\t\taccept\n")
    report = judged(province, text)

    ours, sarif = as_json(report), as_sarif(report)

    assert isinstance(ours["findings"], list)
    assert isinstance(sarif["runs"], list)
    results = sarif["runs"][0]["results"]
    assert len(ours["findings"]) == len(results) == len(report.findings)
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "fw.nft"


def test_one_packet_is_led_through_policy_and_firewall(province: Policy) -> None:
    firewall = read_nft(render(province, ON), "fw.nft")

    told = explain(province, firewall, packet_of("tcp 10.3.0.9 > 172.17.6.1:443"), ON)

    assert (told.origin, told.target) == ("department", "extranet")
    assert [name for name, _place in told.flows] == ["seal"]
    assert told.trace.passes
    assert told.trace.met[-1].rule is not None
    assert told.trace.met[-1].rule.comment == "seal"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp 10.0.0.1", "is no packet"),
        ("tcp 10.0.0.1 > 10.0.0.2", "names no destination port"),
        ("tcp 10.0.0.1 > [3fff::1]:80", "mixes IPv4 and IPv6"),
        ("tcp 10.0.0.1 > 10.0.0.2:99999", "'99999' is no number up to 65535"),
        ("icmp 10.0.0.1 > 10.0.0.300", "'10.0.0.300' is no address"),
        ("tcp 10.0.0.1 > 10.0.0.2:80 soon", "'soon' is not understood"),
    ],
)
def test_a_packet_that_cannot_be_read_is_told_with_an_example(text: str, said: str) -> None:
    with pytest.raises(Exception, match="write it like") as caught:
        packet_of(text)

    assert said in str(caught.value)


@settings(max_examples=15, deadline=None)
@given(policy=policies())
def test_our_reading_of_the_text_agrees_with_another_reader(policy: Policy) -> None:
    text = render(policy, TODAY)
    table, firewall = parse(text), read_nft(text, "fw.nft")

    for source in range(0x0A000000, 0x0A000010, 3):
        for target in range(0x0A000001, 0x0A000010, 3):
            for port in (0, 3, 7, 65535):
                opening = Opening(IPv4Address(source), IPv4Address(target), 6, port)
                packet = packet_of(f"tcp {opening.source} > {opening.destination}:{port}")
                passes = explain(policy, firewall, packet, TODAY).trace.passes
                assert passes == (table.judge(opening)[0] == "accept")
