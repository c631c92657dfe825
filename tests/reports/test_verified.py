"""From the verifier's findings to what reports say of them."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qianyun.compile.nftables import render
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy
from qianyun.verify.findings import Finding, Kind, Report, Severity
from qianyun.verify.judging import verify
from qianyun.verify.nft_text import read_nft
from qianyun.words import speak
from reports.tones import Tone
from reports.verified import verification_of

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
ON = date(2026, 10, 1)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(PROVINCE)


@pytest.fixture(scope="module")
def judged(policy: Policy) -> Report:
    """The compiled rules with https between the zones of the cloud opened by hand."""
    text = render(policy, ON)
    accept = next(line for line in text.splitlines() if "accept" in line and "comment" in line)
    opened = "ip saddr 172.16.0.0/16 ip daddr 172.17.128.0/18 tcp dport 1521 accept"
    return verify(policy, read_nft(text.replace(accept, f"    {opened}\n{accept}", 1), "gw1"), ON)


def test_a_breach_shows_its_zones_its_packet_its_line_and_its_clause(policy: Policy, judged: Report) -> None:
    breach = verification_of(policy, [judged]).breaches[0]

    assert (breach.tone, breach.origin, breach.target) == (Tone.BAD, "internet", "extranet")
    assert breach.title == "internet → extranet: forbidden"
    assert "172.16." in breach.packet
    assert "1521" in breach.packet
    assert re.fullmatch(r"gw1:\d+ .* tcp dport 1521 accept", breach.place)
    assert breach.clause.startswith("Z04; ")


def test_zones_are_named_as_the_reader_knows_them(policy: Policy, judged: Report) -> None:
    speak("zh_CN")

    assert verification_of(policy, [judged]).breaches[0].title.startswith("互联网区 → 政务外网区")


def test_clean_rules_break_no_flow(policy: Policy) -> None:
    found = verification_of(policy, [verify(policy, read_nft(render(policy, ON), "gw1"), ON)])

    assert (found.breaches, found.broken_flows) == ((), frozenset())


def test_a_flow_that_does_not_pass_is_broken(policy: Policy) -> None:
    text = render(policy, ON)
    name = policy.flows[0].name
    without = "\n".join(line for line in text.splitlines() if f'comment "{name}"' not in line)

    found = verification_of(policy, [verify(policy, read_nft(without, "gw1"), ON)])

    assert found.broken_flows == {name}


def finding(**changes: object) -> Finding:
    plain = Finding(kind=Kind.NEVER_MATCHES, check="B02", firewall="gw1", sentence="line 7 never matches")
    return replace(plain, **changes)  # type: ignore[arg-type] # one of each


def test_what_is_waived_or_only_a_warning_is_no_violation(policy: Policy) -> None:
    findings = (finding(severity=Severity.WARN), finding(waived_by="waivers.yml:3 安全管理员"), finding())
    report = Report(firewall="gw1", policy=policy.digest, on="2026-10-01", rules=3, findings=findings)

    breaches = verification_of(policy, [report]).breaches

    assert [breach.tone for breach in breaches] == [Tone.BAD, Tone.WARN, Tone.WARN]
    assert {breach.title for breach in breaches} == {"line 7 never matches"}
    assert breaches[2].note == "waived: waivers.yml:3 安全管理员"
