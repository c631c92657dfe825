"""Devices for which no rule was written: what each says of itself in a public collection of walks.

What is expected was read from the walks by hand; blank is what a walk does not hold. When the collection was first
asked, before any rule was mended for it, 80 % of the vendors, 62 % of models and versions and 88 % of the serials were
right; the rules have since learnt from it, and each test holds what was learnt. `make long ONLY=unseen` asks all of
its walks whole.
"""

import asyncio
from functools import cache
from pathlib import Path

import pytest

from collectors import snmp
from collectors.agents.recording import Recording, Replay, load
from collectors.asking import Conversation
from collectors.outcome import Run
from qianyun.estate.targets import Target, Transport

EXTRACTS = Path(__file__).parent.parent / "cases" / "identity" / "extracts.txt"
EXPECTED = (
    ("UPS/apc-7902b", "APC", "AP7902B", "AOS v6.7.2 / App v6.7.2", "5A1551F39430"),
    ("UPS/apc-8641", "APC", "AP8641", "AOS v6.7.2 / App v6.7.2", "3F3452A52295"),
    ("UPS/apc-8932", "APC", "AP8932", "AOS v6.7.2 / App v6.7.2", "3F503A169043"),
    ("UPS/eaton-9px-partial", "Eaton", "Eaton 9PX 2200i RT 3U", "01.17.4945", "GX13G45099"),
    ("UPS/phoenixtec-power", "Phoenixtec", "", "", ""),
    ("UPS/vertiv-power", "Liebert", "IntelliSlot Web Card", "3.210.0", "416791G106T2010SEP230036"),
    ("bmc/hp-onboard-administrator", "HPE", "BladeSystem c7000 Enclosure G2", "3.60", "6CU250TV5C"),
    ("cloud/arista-dcs-7150s-52-cl", "Arista", "DCS-7150S-52-CL", "4.20.5F", "JPE15151458"),
    ("network/appliance/cisco-unknown-01", "Cisco", "WS-C6509-E", "", "SMG1151NLQS"),
    ("network/appliance/empirical-hw-mgmt", "Huawei", "RH5885 V3", "2.38", "2102311JWG10H4000737"),
    ("network/appliance/infosec-nsae-6500", "Infosec", "NSAE 6500", "8.4.0.8", ""),
    ("network/appliance/tripplite-poweralert", "Tripp Lite", "PDUMH20ATNET", "15.5.4", ""),
    ("network/appliance/ucdavis-sic", "Linux", "armv4l", "2.4.20_mvl31-integrator", ""),
    ("network/firewall/clavister-amaranten", "Clavister", "Amaranten Firewall", "8.90.07.01-11595", ""),
    (
        "network/firewall/fortinet-xcu",
        "Fortinet",
        "FortiGate 3000D",
        "v5.4.5,build1138,170531 (GA)",
        "FGT3KD3Z16800461",
    ),
    ("network/firewall/nsfocus-osms", "NSFOCUS", "ICEYE", "V5.6R10F00SP10", "4663-10E4-4EE9-FD06"),
    ("network/firewall/paloalto-pa-5000", "Palo Alto Networks", "PA-5050", "8.0.1", "0009C100761"),
    ("network/firewall/sangfor-vad1", "Sangfor", "", "", ""),
    ("network/firewall/venus-vsos-v0600r0705b20180507", "Venustech", "", "V0600R0705B20180507", ""),
    ("network/firewall/venus-vsos-v070060600", "Venustech", "", "V0700R0600", ""),
    ("network/router/brocade-unknown-001", "Brocade", "", "", ""),
    ("network/router/cisco-unmarked-0", "Cisco", "", "", "CAT0625X0DP"),
    ("network/router/juniper-mx960-12-3r6-6", "Juniper", "MX960", "12.3R6.6", "JN11FCEC5AFA"),
    ("network/router/juniper-mx960-13-3r9-13", "Juniper", "MX960", "13.3R9.13", "JN12002C1AFA"),
    ("network/router/vyatta-unknown", "Vyatta", "", "", ""),
    ("network/switch/bdcom-s5612", "BDCOM", "S5612", "2.1.1B Build 31318", ""),
    ("network/switch/brocade-ds-5100b", "Brocade", "", "v6.4.3d", "ALM2534F019"),
    ("network/switch/brocade-fiber-channel", "Brocade", "", "v7.0.2c", ""),
    ("network/switch/brocade-icx6430-24", "Brocade", "ICX6430-24", "08.0.30tT311", "BZN3215N09A"),
    ("network/switch/cisco-c3560", "Cisco", "WS-C3560G-48TS-E", "12.2(55)SE3", "FOC1408Z61U"),
    ("network/switch/cisco-c3750", "Cisco", "WS-C3750G-12S-S", "12.2(50)SE5", "FDO1622Y10H"),
    ("network/switch/cisco-n5000-uk9", "Cisco", "N5K-C5548UP", "6.0(2)N2(3)", "SSI183706KP"),
    ("network/switch/dcs-3726c", "Digital China", "DCS-3726S", "", ""),
    ("network/switch/dlink-des3038", "D-Link", "DES-3028", "1.00-B32", ""),
    ("network/switch/dlink-des3200", "D-Link", "DES-3200-18", "4.04.004", ""),
    ("network/switch/h3c-comware-7-1-075", "H3C", "SR8808-X", "7.1.075 Release 7751P01", "210231A2PJB18A000023"),
    ("network/switch/h3c-comware-lsq1wcmd0", "H3C", "LSQ1WCMD0", "Release 2509P61", ""),
    ("network/switch/h3c-wx6103", "H3C", "WX6103", "Release 2509P33", "210231A76JX091000041"),
    ("network/switch/zte-zrx10", "ZTE", "9908", "V1.01.10.B19P06", ""),
    ("network/switch/zte-zxr10-5250", "ZTE", "5250-52TM-H", "V2.05.11B19", ""),
    ("network/wifi/aruba-7010", "Aruba", "Aruba7010", "8.3.0.0", ""),
    ("network/wifi/aruba-7210", "Aruba", "Aruba7210", "6.5.1.6", ""),
    ("network/wifi/sangfor-wac", "Sangfor", "", "", ""),
    ("network/wifi/ubiquiti-m5", "Ubiquiti", "", "", ""),
    ("os/linux/slackware", "Linux", "i686", "2.6.21.5-smp", ""),
    ("os/linux/unknown-006", "Linux", "x86_64", "3.10.0-514.el7.x86_64", ""),
    ("os/windows/XP", "Microsoft", "x86", "XP", ""),
    ("os/windows/server-2003-5-2", "Microsoft", "x86", "Server 2003", ""),
    ("storage/isilon-onefs", "Isilon", "OneFS", "v7.2.1.0", ""),
    ("storage/netapp-ontap-8-2-3", "NetApp", "FAS3270", "8.2.3", "850000152375"),
)
"""Walk, vendor, model, version, serial."""


@cache
def extracts() -> dict[str, str]:
    """Lines of each walk, by its name."""
    found: dict[str, str] = {}
    for part in EXTRACTS.read_text().split("\n[")[1:]:
        name, lines = part.split("]\n", 1)
        found[name] = lines
    return found


def recording_of(name: str, folder: Path) -> Recording:
    path = folder / "walk.snmprec"
    path.write_text(extracts()[name])
    return load(path)


def test_every_extract_is_expected_to_say_something() -> None:
    assert list(extracts()) == [row[0] for row in EXPECTED]


@pytest.mark.parametrize(("name", "vendor", "model", "version", "serial"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_a_device_says_who_it_is(
    name: str, vendor: str, model: str, version: str, serial: str, *, run: Run, tmp_path: Path
) -> None:
    target = Target(name=name, room="r", address="192.0.2.1", port=161, transport=Transport.SNMP, credential="c")

    outcome = asyncio.run(snmp.collect(target, Conversation(Replay(recording_of(name, tmp_path))), run))

    told = {each.attribute: each.value for each in outcome.observations}
    wanted = {"vendor": vendor, "model": model, "version": version, "serial": serial}
    assert {key: told.get(f"device.{key}") for key, value in wanted.items() if value} == {
        key: value for key, value in wanted.items() if value
    }
