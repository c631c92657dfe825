"""Rules that were collected from gateways are proved against the policy."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qianyun.compile.nftables import render
from qianyun.estate.observation import Observation
from qianyun.importers.declaration import load_gateways, load_policy
from qianyun.policy.model import Policy
from qianyun.store import Store
from reports.proving import prove_collected
from reports.tones import Tone

PROVINCE = Path(__file__).parent.parent.parent / "inventory" / "province"
ON = date(2026, 10, 1)
AT = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(PROVINCE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/store.db", create=True) as opened:
        opened.begin_run("ssh-1", "ssh", AT)
        yield opened


def bring(store: Store, host: str, rules: str) -> None:
    store.record(
        Observation(
            subject=f"serial:{host}",
            attribute=attribute,
            value=value,
            source="",
            raw_sha256="0" * 64,
            seen_at=AT,
            run="ssh-1",
        )
        for attribute, value in (("device.target", host), ("text.nft", rules))
    )


def test_gateways_that_run_what_was_compiled_are_clean(store: Store, policy: Policy) -> None:
    for gateway in load_gateways(PROVINCE / "qianyun.yml", policy):
        bring(store, gateway.name, render(policy, ON))

    found = prove_collected(PROVINCE, store, policy, ON)

    assert found is not None
    assert (found.breaches, found.broken_flows) == ((), frozenset())


def test_rules_that_cannot_be_read_are_a_violation(store: Store, policy: Policy) -> None:
    gateway = load_gateways(PROVINCE / "qianyun.yml", policy)[0]
    bring(store, gateway.name, "table inet zones {")

    found = prove_collected(PROVINCE, store, policy, ON)

    assert found is not None
    assert [(breach.tone, breach.title) for breach in found.breaches] == [
        (Tone.BAD, f"the rules of {gateway.name} cannot be read")
    ]


def test_a_host_that_is_no_gateway_is_not_judged(store: Store, policy: Policy) -> None:
    bring(store, "h0001-db01", "")

    assert prove_collected(PROVINCE, store, policy, ON) is None


def test_an_estate_without_gateways_has_nothing_to_prove(store: Store, policy: Policy, tmp_path: Path) -> None:
    assert prove_collected(tmp_path, store, policy, ON) is None
