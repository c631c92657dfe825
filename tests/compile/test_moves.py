"""What the playbooks of the moves are given: all from the declaration and the approved plan, nothing by hand."""

from datetime import date
from pathlib import Path

from qianyun.compile.moves import Borders, Value, inventory_of_moves, without
from qianyun.compile.nftables import render
from qianyun.estate.facts import SystemKey
from qianyun.importers.declaration import load_gateways, load_moves, load_policy

REHEARSAL = Path(__file__).parent.parent.parent / "inventory" / "rehearsal"
POLICY = load_policy(REHEARSAL)
BORDERS = Borders(policy=POLICY, gateways=load_gateways(REHEARSAL / "qianyun.yml", POLICY))
MOVES = load_moves(REHEARSAL, POLICY)
PLAN = "sha256:" + "a" * 64
TODAY = date(2026, 11, 25)


def compiled(wave_of: dict[SystemKey, int]) -> dict[str, Value]:
    whole = inventory_of_moves(MOVES, PLAN, wave_of, BORDERS, {"move_estate": "/estate"})["all"]
    assert isinstance(whole, dict)
    return whole


def part(inside: Value, *path: str) -> Value:
    for step in path:
        assert isinstance(inside, dict)
        inside = inside[step]
    return inside


def test_a_move_is_an_entry_of_its_wave_bound_to_the_plan() -> None:
    found = compiled({MOVES.moves[0].system: 3})

    assert part(found, "children", "wave_3") == {"hosts": {"permits": {}}}
    assert part(found, "hosts", "permits", "move_plan") == PLAN
    assert part(found, "hosts", "permits", "move_estate") == "/estate"


def test_a_move_that_the_plan_does_not_hold_is_left_out() -> None:
    found = compiled({})

    assert part(found, "children", "moves") == {"hosts": {}}
    assert "permits" not in str(found)


def test_the_gateways_of_a_move_are_those_between_the_ends_of_its_flows() -> None:
    found = compiled({MOVES.moves[0].system: 1})

    assert part(found, "hosts", "permits", "move_gateways") == ["gw-extranet"]
    assert part(found, "children", "gateways_of_moves") == {"hosts": {"gw-extranet": {}}}


def test_rules_without_old_flows_carry_a_digest_of_their_own() -> None:
    left = without(POLICY, {"permits-sharing"})

    assert left.digest != POLICY.digest
    assert "permits-sharing" not in render(left, TODAY)
    assert render(left, TODAY).startswith(f"# qianyun nftables {left.digest} ")


def test_a_policy_without_any_of_them_is_itself() -> None:
    assert without(POLICY, {"long-gone"}) is POLICY
