"""The kernel's word on rules of a bridge: frames from port to port, and packets that go on by IP."""

import sys
from collections.abc import Callable

import pytest
from bridge_rounds import BRIDGE_CONSTRUCTS, BridgeRounds, OverBridgeRounds
from kernel_lab import Lab
from kernel_tally import share
from wire_rounds import Tally

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
RULESETS, FRAMES = 45, 300


def test_frames_meet_the_rules_of_a_bridge_before_and_beside_those_of_ip(
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
    record_property: Callable[[str, object], None],
) -> None:
    for program in ("nft", "ip"):
        needs(program)
    tally = Tally()

    for kind in (BridgeRounds, OverBridgeRounds):
        with Lab() as lab:
            rounds = kind(lab, tally)
            for seed in range(RULESETS):
                rounds.play(seed, FRAMES, 0)

    sys.stdout.write(tally.told())
    share(record_property, "nftables, bridge", tally.coverage, tally.frames)
    assert tally.mismatches == []
    assert tally.coverage.missing(BRIDGE_CONSTRUCTS) == []
