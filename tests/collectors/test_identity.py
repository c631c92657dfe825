"""One device is one, whichever way it was asked: serial, engine id, base MAC, and only then the address."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import snmp
from collectors.agents.recording import Replay, load
from collectors.answers import Answers
from collectors.asking import Conversation
from collectors.ber import OCTETS, Varbind, encode_oid, parse_oid
from collectors.cli_facts import observe_cli
from collectors.identify import identify
from collectors.observing import subject_of
from collectors.oids import BRIDGE_ADDRESS, ENGINE_ID, LLDP_CHASSIS
from collectors.outcome import Run
from qianyun.estate.targets import Target

DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
ENGINE, MAC = bytes.fromhex("800007db03aabbccddee01"), bytes.fromhex("aabbccddee01")


def told(**values: bytes) -> Answers:
    names = {"engine": ENGINE_ID, "bridge": BRIDGE_ADDRESS, "lldp": LLDP_CHASSIS}
    return Answers(Varbind(encode_oid(parse_oid(names[key])), OCTETS, value) for key, value in values.items())


@pytest.mark.parametrize(
    ("answers", "subject"),
    [
        pytest.param(told(engine=ENGINE, bridge=MAC), "engine:800007db03aabbccddee01", id="engine id before MAC"),
        pytest.param(told(engine=b"\x80", bridge=MAC), "mac:aa:bb:cc:dd:ee:01", id="an engine id too short is none"),
        pytest.param(told(bridge=MAC), "mac:aa:bb:cc:dd:ee:01", id="the bridge's MAC"),
        pytest.param(told(lldp=MAC), "mac:aa:bb:cc:dd:ee:01", id="the MAC that LLDP tells"),
        pytest.param(told(bridge=bytes(6)), "address:192.0.2.1", id="a MAC of zeros is none"),
        pytest.param(told(), "address:192.0.2.1", id="nothing but the address"),
    ],
)
def test_a_device_without_a_serial_is_known_by_the_next_best(answers: Answers, subject: str) -> None:
    assert subject_of(answers, identify(answers), "192.0.2.1") == subject


def over_snmp(name: str, target: Target, run: Run) -> str:
    outcome = asyncio.run(snmp.collect(target, Conversation(Replay(load(DEVICES / f"{name}.snmprec"))), run))
    return outcome.subject


def test_a_switch_is_the_same_over_snmp_and_over_its_cli(target: Callable[..., Target], run: Run) -> None:
    version = "Huawei Versatile Routing Platform Software\nVRP (R) software, Version 5.170 (S5735 V200R019C10SPC500)\n"
    answers = {"version": version, "serial": "ESN of slot 0: 2102350000QY00000001"}

    told = observe_cli(answers, target("by-cli", "ssh", "vrp"), run, run.began_at)

    assert {each.subject for each in told} == {over_snmp("dsj-sw-01", target("by-snmp"), run)}


@pytest.mark.parametrize(
    ("profile", "version", "kind"),
    [
        ("vrp", "HUAWEI S5735-L24T4S-A Routing Switch uptime is 3 days", "switch"),
        ("vrp", "HUAWEI USG6555E uptime is 3 days", "firewall"),
        ("vrp", "HUAWEI AR6280 Router uptime is 3 days", "router"),
        ("comware", "H3C SecPath F1000-AI-35 uptime is 1 week", "firewall"),
        ("comware", "H3C S6800-54QF uptime is 1 week", "switch"),
        ("ios", "cisco ISR4331/K9 (1RU) processor with 1K bytes of memory", "router"),
        ("ios", "cisco WS-C3750X-48 (PowerPC405) processor (revision W0) with 262144K bytes of memory", "switch"),
        ("fortios", "Version: FortiGate-100F v7.0.5", "firewall"),
    ],
)
def test_a_cli_tells_what_a_device_is_for(
    profile: str, version: str, kind: str, *, target: Callable[..., Target], run: Run
) -> None:
    told = observe_cli({"version": version}, target("a", "ssh", profile), run, run.began_at)

    assert [each.value for each in told if each.attribute == "device.kind"] == [kind]


def test_a_device_at_two_addresses_is_one_and_others_are_others(target: Callable[..., Target], run: Run) -> None:
    first, second = target("first"), replace(target("second"), address="127.0.0.2")

    assert over_snmp("dsj-fw-01", first, run) == over_snmp("dsj-fw-01", second, run)
    assert len({over_snmp(name, first, run) for name in ("dsj-sw-01", "dsj-fw-01", "dsj-ups-01")}) == 3
