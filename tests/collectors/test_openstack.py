"""A cloud by openstacksdk: its services answer over TLS as their API references have it."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from tls_servers import Answers, serving

from collectors import openstack
from collectors.credentials import Account, Secret
from collectors.host_keys import HostKeys, host_name
from collectors.https import Round, over_https
from collectors.journal import FileJournal, Journal, NoJournal
from collectors.outcome import Outcome, Run, State
from qianyun.estate.targets import Target, Transport
from qianyun.verify.acls.neutron import read_neutron

Make = Callable[..., Target]
WORD = "canary-cloud-word-7"
ACCOUNT = Account(user="qianyun", password=Secret(WORD), project="migration")
HERE = "https://here"
RULE = {
    "id": "r1", "security_group_id": "g1", "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp",
    "port_range_min": 443, "port_range_max": 443, "remote_ip_prefix": "10.0.0.0/8", "remote_group_id": None,
}  # fmt: skip


def service(kind: str, name: str, path: str) -> dict[str, object]:
    ends = [{"id": kind, "interface": "public", "region": "r", "region_id": "r", "url": f"{HERE}{path}"}]
    return {"type": kind, "name": name, "id": name, "endpoints": ends}


def version(name: str, path: str, **more: str) -> dict[str, object]:
    return {"id": name, "status": "CURRENT", "links": [{"rel": "self", "href": f"{HERE}{path}"}], **more}


CLOUD: dict[str, object] = {
    "/v3": {"version": version("v3.14", "/v3/")},
    "/v3/": {"version": version("v3.14", "/v3/")},
    "POST /v3/auth/tokens": {
        "token": {
            "methods": ["password"],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "user": {"id": "u1", "name": "qianyun", "domain": {"id": "default", "name": "Default"}},
            "project": {"id": "p1", "name": "migration", "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": "reader", "name": "reader"}],
            "catalog": [service("compute", "nova", "/compute/v2.1"), service("network", "neutron", "/network")],
        }
    },
    "/compute/v2.1": {"version": version("v2.1", "/compute/v2.1/", version="2.79", min_version="2.1")},
    "/compute/v2.1/": {"version": version("v2.1", "/compute/v2.1/", version="2.79", min_version="2.1")},
    "/network": {"versions": [version("v2.0", "/network/v2.0/")]},
    "/network/": {"versions": [version("v2.0", "/network/v2.0/")]},
    "/network/v2.0": {"resources": []},
    "/network/v2.0/": {"resources": []},
    "/compute/v2.1/servers/detail?all_tenants=True": {
        "servers": [
            {
                "id": "s1",
                "name": "web-1",
                "status": "ACTIVE",
                "flavor": {"original_name": "c4.m8", "vcpus": 4, "ram": 8192, "disk": 40},
                "addresses": {"extranet": [{"addr": "10.9.0.5", "version": 4}, {"addr": "3fff::5", "version": 6}]},
                "security_groups": [{"name": "web"}],
                "OS-EXT-AZ:availability_zone": "az1",
                "OS-EXT-SRV-ATTR:hypervisor_hostname": "node-7",
            }
        ]
    },
    "/compute/v2.1/os-quota-sets/p1": {"quota_set": {"id": "p1", "cores": 128, "ram": 262144, "instances": 40}},
    "/network/v2.0/quotas/p1": {"quota": {"port": 500, "security_group": 20}},
    "/network/v2.0/networks": {"networks": [{"id": "n1", "name": "extranet", "router:external": False, "mtu": 1450}]},
    "/network/v2.0/subnets": {
        "subnets": [{"id": "sn1", "name": "web", "network_id": "n1", "cidr": "10.9.0.0/24", "gateway_ip": "10.9.0.1"}]
    },
    "/network/v2.0/ports": {
        "ports": [
            {
                "id": "po1",
                "name": "",
                "network_id": "n1",
                "mac_address": "fa:16:3e:00:00:01",
                "device_id": "s1",
                "device_owner": "compute:az1",
                "status": "ACTIVE",
                "port_security_enabled": True,
                "security_groups": ["g1"],
                "fixed_ips": [{"subnet_id": "sn1", "ip_address": "10.9.0.5"}],
                "allowed_address_pairs": [],
            }
        ]
    },
    "/network/v2.0/security-groups": {
        "security_groups": [{"id": "g1", "name": "web", "stateful": True, "security_group_rules": [RULE]}]
    },
    "/network/v2.0/address-groups": {"address_groups": []},
}


def asked(port: int, digest: str, target: Make, run: Run, journal: Journal | None = None) -> Outcome:
    keys = HostKeys({}, {host_name("127.0.0.1", port): frozenset({digest})})
    of = Round(keys=keys, run=run, journal=journal or NoJournal(), wait=lambda: None)
    return over_https(openstack.ask, cloud(target, port), ACCOUNT, of)


def cloud(target: Make, port: int) -> Target:
    return replace(target("cloud-1", port=port), transport=Transport.OPENSTACK)


def told(outcome: Outcome) -> Mapping[str, object]:
    return {each.attribute: each.value for each in outcome.observations}


def test_a_cloud_tells_its_servers_networks_groups_and_quotas(target: Make, run: Run, tmp_path: Path) -> None:
    with serving(tmp_path, CLOUD) as server:
        outcome = asked(server.port, server.digest, target, run)

    facts = told(outcome)
    assert (outcome.state, outcome.reasons) == (State.FOUND, ())
    size = ("c4.m8", 4, 8192, 40)
    assert facts["server.s1"] == ("web-1", "ACTIVE", *size, "az1", "node-7", ("10.9.0.5", "3fff::5"), ("web",))
    assert facts["subnet.sn1"] == ("web", "n1", "10.9.0.0/24", "10.9.0.1")
    assert facts["port.po1"] == ("", "fa:16:3e:00:00:01", "s1", "compute:az1", "ACTIVE", ("10.9.0.5",))
    assert (facts["quota.cores"], facts["quota.port"]) == (128, 500)
    assert {token for path, token in server.asked if path.startswith("/network/v2.0/")} == {"a-token"}
    assert WORD.encode() in b"".join(server.told)
    assert WORD not in repr(outcome)
    assert "a-token" not in repr(outcome)


def test_what_was_collected_of_groups_and_ports_is_what_the_verifier_reads(
    target: Make, run: Run, tmp_path: Path
) -> None:
    with serving(tmp_path, CLOUD) as server:
        facts = told(asked(server.port, server.digest, target, run))

    read = read_neutron(str(facts["text.neutron"]), "cloud-1")

    assert [line for each in read.filters.values() for line in each.unread] == []
    assert any("443" in line.text for each in read.filters.values() for line in each.lines)


def test_another_certificate_stops_the_cloud_before_a_password_is_sent(target: Make, run: Run, tmp_path: Path) -> None:
    with serving(tmp_path, CLOUD) as server:
        outcome = asked(server.port, "0" * 64, target, run)

    assert (outcome.state, len(outcome.findings)) == (State.REFUSED, 1)
    assert (server.asked, server.told) == ([], [])


def test_a_service_of_the_catalogue_with_another_certificate_gets_no_token(
    target: Make, run: Run, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with serving(elsewhere, CLOUD) as other:
        token = json.dumps(CLOUD["POST /v3/auth/tokens"]).replace(
            f"{HERE}/network", f"https://127.0.0.1:{other.port}/network"
        )
        with serving(tmp_path, {**CLOUD, "POST /v3/auth/tokens": json.loads(token)}) as server:
            outcome = asked(server.port, server.digest, target, run)

    assert outcome.state is not State.FOUND
    assert other.asked == []
    assert outcome.observations == ()


def test_a_service_in_clear_gets_no_token(target: Make, run: Run, tmp_path: Path) -> None:
    token = json.dumps(CLOUD["POST /v3/auth/tokens"]).replace(f"{HERE}/network", "http://127.0.0.1:9/network")
    with serving(tmp_path, {**CLOUD, "POST /v3/auth/tokens": json.loads(token)}) as server:
        outcome = asked(server.port, server.digest, target, run)

    assert (outcome.state, outcome.observations) == (State.REFUSED, ())


def test_a_killed_run_asks_only_the_listing_that_is_missing(
    target: Make, run: Run, tmp_path: Path, killed: Callable[[Path], AbstractContextManager[FileJournal]]
) -> None:
    path = tmp_path / "journal"
    with serving(tmp_path, CLOUD) as server:
        with killed(path) as journal:
            whole = asked(server.port, server.digest, target, run, journal)
        lines = path.read_text().splitlines()
        path.write_text("\n".join(line for line in lines if '"table": "subnets"' not in line))
        server.asked.clear()
        with FileJournal(path, "second", "manifest", resume=True) as journal:
            again = asked(server.port, server.digest, target, run, journal)

    listings = [path for path, _token in server.asked if path.startswith("/network/v2.0/s") or "servers" in path]
    assert listings == ["/network/v2.0/subnets"]
    assert told(again) == told(whole)


@pytest.mark.parametrize("lacking", ["/network/v2.0/address-groups", "/compute/v2.1/servers/detail?all_tenants=True"])
def test_what_a_cloud_does_not_give_is_a_reason_and_the_rest_is_told(
    lacking: str, target: Make, run: Run, tmp_path: Path
) -> None:
    answers: Answers = {path: answer for path, answer in CLOUD.items() if path != lacking}
    with serving(tmp_path, answers) as server:
        outcome = asked(server.port, server.digest, target, run)

    assert outcome.state is State.PARTIAL
    assert outcome.reasons[0].endswith("were not given (404)")
    assert told(outcome)["network.n1"]
