"""A vCenter by pyvmomi: what VMware's own simulator answered, kept as a killed run keeps it.

`make long ONLY=vsphere` builds that simulator and asks it over TLS.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tls_servers import serving

from collectors import vsphere
from collectors.credentials import Account, Secret
from collectors.host_keys import HostKeys, host_name
from collectors.https import Round, over_https
from collectors.journal import FileJournal, Journal, NoJournal
from collectors.outcome import Outcome, Run, State
from qianyun.estate.targets import Target, Transport

RECORDED = Path(__file__).parent.parent / "cases" / "vsphere" / "simulator.journal"
Make = Callable[..., Target]


def asked(target: Target, digest: str, run: Run, journal: Journal) -> Outcome:
    keys = HostKeys({}, {host_name(*target.endpoint): frozenset({digest})})
    of = Round(keys=keys, run=run, journal=journal, wait=lambda: None)
    return over_https(vsphere.ask, target, Account(user="qianyun", password=Secret("canary-word")), of)


def test_a_vcenter_tells_its_hosts_machines_datastores_and_networks(target: Make, run: Run, tmp_path: Path) -> None:
    shutil.copy(RECORDED, tmp_path)
    one = replace(target("vcenter-1", port=9), transport=Transport.VSPHERE)
    with FileJournal(tmp_path / RECORDED.name, "again", "recorded", resume=True) as journal:
        outcome = asked(one, "0" * 64, run, journal)

    facts = {each.attribute: each.value for each in outcome.observations}
    kinds = {name.split(".")[0] for name in facts}
    assert (outcome.state, outcome.requests) == (State.FOUND, 0)
    assert outcome.subject.startswith("vsphere:")
    assert (facts["device.family"], facts["device.version"], facts["device.vendor"]) == ("vcenter", "6.5.0", "VMware")
    assert kinds == {"device", "host", "machine", "datastore", "network"}
    [host] = [value for name, value in facts.items() if name.startswith("host.") and "DC0_H0" in str(value)]
    assert host == (
        *("DC0_H0", "VMware, Inc.", "VMware Virtual Platform", key_of(facts, host), 2, 2),
        *("Intel(R) Core(TM) i7-3615QM CPU @ 2.30GHz", 4095, "8.0.2", "21997540", "poweredOn", "connected"),
    )
    machines = [value for name, value in facts.items() if name.startswith("machine.") and isinstance(value, tuple)]
    assert {(row[0], row[2], row[3]) for row in machines} >= {("DC0_H0_VM0", 1, 32)}


def key_of(facts: Mapping[str, object], row: object) -> str:
    return next(name.removeprefix("host.") for name, value in facts.items() if value == row)


def test_another_certificate_stops_the_vcenter_before_a_password_is_sent(
    target: Make, run: Run, tmp_path: Path
) -> None:
    with serving(tmp_path, {}) as server:
        one = replace(target("vcenter-1", port=server.port), transport=Transport.VSPHERE)
        outcome = asked(one, "0" * 64, run, NoJournal())

    assert (outcome.state, len(outcome.findings)) == (State.REFUSED, 1)
    assert (server.asked, server.told) == ([], [])
