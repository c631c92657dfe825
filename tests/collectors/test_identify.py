"""80 recordings of real devices, asked by our collector and held against what another project makes of them.

A value agrees when one contains the other, letters and digits alone: that project adds hardware
revisions and patch levels, or leaves the exact type out. Where its expectation is a matter of taste,
or stands in no answer of the device, the recording is listed below with the reason and not counted.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from collectors.outcome import Outcome, State

Rows = list[dict[str, object]]
Replayed = Callable[[Path], Outcome]
Expected = Callable[[Path], Mapping[str, Rows]]

VENDORS = {
    "akcp": "AKCP",
    "apc": "APC",
    "asa": "Cisco",
    "comware": "HPE",
    "dell": "Dell",
    "deltaups": "Delta",
    "drac": "Dell",
    "dsm": "Synology",
    "eaton": "Eaton",
    "f5": "F5",
    "fortigate": "Fortinet",
    "hpe": "HPE",
    "huawei": "Huawei",
    "ibmc": "Huawei",
    "ios": "Cisco",
    "junos": "Juniper",
    "liebert": "Liebert",
    "linux": "Linux",
    "nxos": "Cisco",
    "raritan": "Raritan",
    "rittal": "Rittal",
    "ruijie": "Ruijie",
    "sentry4": "Server Technology",
    "ss-cisco": "Cisco",
    "ss-dcrs": "Digital China",
    "ss-dptech": "DPtech",
    "ss-eaton": "Eaton",
    "ss-emerson": "Emerson",
    "ss-h3c": "H3C",
    "ss-huawei": "Huawei",
    "ss-ibm": "IBM",
    "ss-legend": "Legendsec",
    "ss-maipu": "Maipu",
    "ss-netapp": "NetApp",
    "ss-netentsec": "Netentsec",
    "ss-nsfocus": "NSFOCUS",
    "ss-ruijie": "Ruijie",
    "ss-sangfor": "Sangfor",
    "ss-topsec": "Topsec",
    "ss-venus": "Venustech",
    "stoneos": "Hillstone",
    "supermicro": "Supermicro",
    "thola-comware": "HPE",
    "vertiv": "Vertiv",
    "vmware": "VMware",
    "vrp": "Huawei",
    "windows": "Microsoft",
    "zx": "ZTE",
}
"""Maker by the beginning of a recording's name."""

TASTE = {
    ("apc_ats", "version"): "a table of the card's last upgrade; sysDescr tells what runs",
    ("apc_environmental-manager", "version"): "a table of the card's last upgrade; sysDescr tells what runs",
    ("apc_environmental-manager", "model"): "'Web/SNMP Management Card' names the card; sysDescr tells MN:NBRK0200",
    ("supermicro-bmc_x11", "version"): "1.74.11 stands in no answer of the recording",
    ("vrp_ce12804-entity", "model"): "the series CE12800; its chassis says CE12804",
    ("vrp_s5328c-ei", "model"): "the series S5300; sysDescr says S5328C-EI",
    ("windows_svr_2019_1809", "model"): "'Intel x64' is a word of that project for Intel64",
    ("linux", "model"): "'Generic x86 64-bit' is a word of that project for x86_64",
    ("linux_ntc", "model"): "'Generic x86 64-bit' is a word of that project for x86_64",
    ("linux_xcp-ng", "model"): "'Generic x86 64-bit' is a word of that project for x86_64",
}
WORTH = {
    ("apc_ats", "version"): "AOS v6.4.6 / App v6.4.7",
    ("apc_environmental-manager", "version"): "AOS v3.5.9 / App v3.5.6",
    ("apc_environmental-manager", "model"): "NBRK0200",
    ("supermicro-bmc_x11", "version"): "",
    ("vrp_ce12804-entity", "model"): "CE12804",
    ("vrp_s5328c-ei", "model"): "S5328C-EI",
    ("windows_svr_2019_1809", "model"): "Intel64",
    ("linux", "model"): "x86_64",
    ("linux_ntc", "model"): "x86_64",
    ("linux_xcp-ng", "model"): "x86_64",
}
"""What we say instead."""

COLUMNS = {"model": "hardware", "version": "version", "serial": "serial"}


def recordings(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.snmprec"))


def told(outcome: Outcome, attribute: str) -> str:
    return next((str(o.value) for o in outcome.observations if o.attribute == f"device.{attribute}"), "")


def folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def agree(ours: str, theirs: str) -> bool:
    return bool(ours) and (folded(ours) in folded(theirs) or folded(theirs) in folded(ours))


def test_the_maker_of_every_recording_is_told(shared: Callable[[str], Path], replayed: Replayed) -> None:
    wrong = {}
    for path in recordings(shared("snmp")):
        key = max((begin for begin in VENDORS if path.stem.startswith(begin)), key=len)
        if (maker := told(replayed(path), "vendor")) != VENDORS[key]:
            wrong[path.stem] = maker

    assert wrong == {}
    assert len(recordings(shared("snmp"))) == 80


@pytest.mark.parametrize("attribute", COLUMNS)
def test_what_is_expected_of_the_recordings_is_told(
    attribute: str, shared: Callable[[str], Path], replayed: Replayed, expected: Expected
) -> None:
    wrong, asked = {}, 0
    for path in recordings(shared("snmp")):
        wanted = str((expected(path).get("devices") or [{}])[0].get(COLUMNS[attribute]) or "<private>")
        if "<private>" in wanted or (path.stem, attribute) in TASTE:
            continue
        asked += 1
        if not agree(found := told(replayed(path), attribute), wanted):
            wrong[path.stem] = (found, wanted)

    assert wrong == {}
    assert asked >= {"model": 41, "version": 46, "serial": 28}[attribute]


@pytest.mark.parametrize(("name", "attribute"), TASTE)
def test_where_we_differ_by_taste_we_say_what_the_device_says(
    name: str, attribute: str, shared: Callable[[str], Path], replayed: Replayed
) -> None:
    assert told(replayed(shared("snmp") / f"{name}.snmprec"), attribute) == WORTH[name, attribute]


def test_devices_that_nobody_wrote_expectations_for_tell_model_and_version_too(
    shared: Callable[[str], Path], replayed: Replayed
) -> None:
    names = ("h3c-e528-2", "ruijie-s5750-24gt12sfp", "topsec-ngfw4000-uf", "venus-unknown-001", "netapp-fas3270")
    outcomes = [replayed(shared("snmp") / f"ss-{name}.snmprec") for name in names]

    assert [(told(o, "model"), told(o, "version")) for o in outcomes] == [
        ("E528", "5.20 Release 1513P62"),
        ("RG-S5750-24GT/12SFP", "RGOS 10.4(3)p4 Release(161753)"),
        ("NGFW4000-UF(TG-72282)", "V3.2073N.2060N_NGFW.1"),
        ("USG-FW-1010DP", "V2.6"),
        ("FAS3270", "8.2.3"),
    ]


def test_no_recording_is_walked_in_vain(shared: Callable[[str], Path], replayed: Replayed) -> None:
    outcomes = [replayed(path) for path in recordings(shared("snmp"))]

    assert {outcome.target.name: outcome.reasons for outcome in outcomes if outcome.state is not State.FOUND} == {}
