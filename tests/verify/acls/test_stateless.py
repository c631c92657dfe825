"""A list without state against the policy: what it cannot tell is named by flow, and nothing else is wrong with it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings

from qianyun.compile.cisco import render_asa, render_ios
from qianyun.compile.fortinet import render_fortios
from qianyun.compile.huawei import render_comware, render_usg, render_vrp
from qianyun.compile.neutron import neutron_rules
from qianyun.errors import CompileError
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy
from qianyun.policy.rules import rules_of
from qianyun.verify.bits import BitEngine
from qianyun.verify.findings import Finding, Kind, Report, Severity
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.judging import verify
from qianyun.verify.reading import read_firewall
from qianyun.verify.space import MakeEngine
from worlds import TODAY, policies

ROOT = Path(__file__).parent.parent.parent.parent
ESTATES = (ROOT / "inventory/province", ROOT / "tests/cases/profiles/county")
Render = Callable[[Policy, date], str]
STATELESS: dict[str, Render] = {
    "ios": partial(render_ios, loose_replies=True),
    "vrp": partial(render_vrp, loose_replies=True),
    "comware": partial(render_comware, loose_replies=True),
}
STRICT: dict[str, Render] = {
    "ios": render_ios,
    "vrp": render_vrp,
    "comware": render_comware,
    "asa": render_asa,
    "usg": render_usg,
    "fortios": render_fortios,
    "neutron": lambda policy, on: json.dumps(asdict(neutron_rules(policy, on)), default=str),
}
UNORDERED = (Kind.NEVER_MATCHES,)
"""Rules of security groups have no order: a server's second group may say again what its first one said."""
ENGINES = [pytest.param(BitEngine, id="bits"), pytest.param(IntervalEngine, id="intervals")]


def judged(policy: Policy, text: str, engine: MakeEngine = BitEngine) -> Report:
    return verify(policy, read_firewall(text, "fw"), TODAY, engine=engine)


def only(report: Report, kind: Kind) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind is kind]


@pytest.mark.parametrize("target", STATELESS)
@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_a_compiled_list_without_state_errs_in_replies_alone(target: str, estate: Path) -> None:
    policy = load_policy(estate)

    report = judged(policy, STATELESS[target](policy, TODAY))

    loose = only(report, Kind.LOOSE_REPLY)
    open_to = {finding.target for finding in loose if finding.severity is Severity.FAIL}
    assert loose
    assert {finding.kind for finding in unless_of_fragments(report, target)} <= {Kind.LOOSE_REPLY, Kind.RISKY_PORT}
    assert {finding.target for finding in only(report, Kind.RISKY_PORT)} <= open_to


def unless_of_fragments(report: Report, target: str) -> list[Finding]:
    """All but what the manuals of VRP and Comware leave open: whether a rule with ports meets later fragments."""
    return [
        finding
        for finding in report.findings
        if not (target in ("vrp", "comware") and "later fragments" in finding.sentence)
    ]


def told_strictly(policy: Policy, render: Callable[..., str]) -> str | None:
    """The text if every reply can be told."""
    try:
        return render(policy, TODAY)
    except CompileError:
        return None


@pytest.mark.parametrize("target", ["asa", "usg", "fortios", "neutron"])
@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_a_compiled_policy_with_state_passes_exactly_the_flow_matrix(target: str, estate: Path) -> None:
    policy = load_policy(estate)

    report = judged(policy, STRICT[target](policy, TODAY))

    assert report.findings == ()
    assert report.is_exact


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=5, deadline=None)
@given(policy=policies())
def test_what_compiles_without_loose_replies_passes_the_flow_matrix_and_answers_that_open_nothing(
    engine: MakeEngine, policy: Policy
) -> None:
    for target, render in STRICT.items():
        text = told_strictly(policy, render)
        if text is not None and rules_of(policy, TODAY):
            report = judged(policy, text, engine)
            found = {finding.kind for finding in unless_of_fragments(report, target)}
            assert found <= {Kind.LOOSE_REPLY, *(UNORDERED if target == "neutron" else ())}, (target, found)
            assert {finding.severity for finding in only(report, Kind.LOOSE_REPLY)} <= {Severity.WARN}


def test_loose_replies_of_udp_are_a_fault_with_their_flow() -> None:
    policy = load_policy(ESTATES[0])

    report = judged(policy, STATELESS["ios"](policy, TODAY))

    fault = next(
        finding
        for finding in only(report, Kind.LOOSE_REPLY)
        if (finding.offends.text, finding.severity) == ("extranet-dns", Severity.FAIL)
    )
    assert (fault.origin, fault.target, report.is_exact) == ("extranet", "department", False)
    assert str(fault.witnesses[0]) == "udp 172.17.11.1:53 → 10.0.0.1:443"


def test_a_line_for_new_connections_in_a_list_without_state_is_forbidden_all_the_same() -> None:
    policy = load_policy(ESTATES[1])
    text = STATELESS["ios"](policy, TODAY).replace(" deny ip any any", " permit tcp any any eq 23\n deny ip any any")

    report = judged(policy, text)

    assert only(report, Kind.FORBIDDEN)
    assert only(report, Kind.ANY_ANY)


def test_a_list_without_state_that_refuses_answers_is_found() -> None:
    policy = load_policy(ESTATES[1])
    lines = STATELESS["ios"](policy, TODAY).splitlines(keepends=True)

    report = judged(policy, "".join(line for line in lines if not line.rstrip().endswith("established")))

    assert all("answer" in finding.sentence for finding in only(report, Kind.REFUSED))
    assert only(report, Kind.REFUSED)
