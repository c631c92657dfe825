import subprocess
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given, settings

from nft_text import Packet, parse
from qianyun.compile.nftables import render
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy
from worlds import TODAY, is_declared, packets, policies

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT / "tests/cases/compile"
ESTATES = (ROOT / "inventory/province", ROOT / "tests/cases/profiles/county")


def opening(source: int, destination: int, protocol: int, port: int) -> Packet:
    return Packet(IPv4Address(source), IPv4Address(destination), protocol, port)


@settings(max_examples=25, deadline=None)
@given(policies())
def test_the_text_permits_exactly_what_the_flows_say(policy: Policy) -> None:
    table = parse(render(policy, TODAY))

    wrong = [p for p in packets() if (table.judge(opening(*p))[0] == "accept") != is_declared(p, policy)]

    assert wrong == []


@settings(max_examples=25, deadline=None)
@given(policies())
def test_every_rule_that_accepts_decides_some_packet(policy: Policy) -> None:
    table = parse(render(policy, TODAY))
    accepting = {
        (chain, position)
        for chain, lines in table.chains.items()
        for position, line in enumerate(lines)
        if chain != "forward" and " accept " in line
    }

    judged = (table.judge(opening(*p)) for p in packets())
    deciding = {(where.partition("/")[0], position) for _verdict, where, position in judged}

    assert accepting <= deciding


@given(policies())
def test_every_set_is_used_by_a_rule(policy: Policy) -> None:
    table = parse(render(policy, TODAY))

    lines = " ".join(line for chain in table.chains.values() for line in chain) + " "

    assert all(f"@{name} " in lines for name in table.sets)


@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_the_text_is_the_same_on_every_run(estate: Path) -> None:
    assert render(load_policy(estate), TODAY) == render(load_policy(estate), TODAY)


@pytest.mark.parametrize("estate", ESTATES, ids=lambda path: path.name)
def test_every_flow_in_force_is_named_on_a_rule(estate: Path) -> None:
    policy = load_policy(estate)

    text = render(policy, TODAY)

    in_force = [flow.name for flow in policy.flows if not flow.expires_on or flow.expires_on >= TODAY]
    assert [name for name in in_force if f'comment "{name}"' not in text] == []


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_policy_compiles_to_the_text_on_file(case: str, matches: Callable[[Path, str], None]) -> None:
    matches(CASES / case / "expected.nft", render(load_policy(CASES / case), TODAY))


@pytest.mark.lab
@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("folder", [*ESTATES, *sorted(CASES.iterdir())], ids=lambda path: path.name)
def test_nft_takes_the_text(folder: Path, needs: Callable[[str], str]) -> None:
    text = render(load_policy(folder), TODAY)

    done = subprocess.run([needs("nft"), "-c", "-f", "-"], input=text, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
