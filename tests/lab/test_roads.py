"""The whole estate built by its playbooks (zones, egress, extranet), judged by packets and the kernel's tables."""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from cut_offs import on, waited
from fail_over import settled, trial
from reachability import declared, observed, questions, zones_of
from rehearsal import ESTATE, ROOT, Run, playbooks, rehearsal
from seen import seen
from services import asked, serving

from qianyun.importers.declaration import load_gateways, load_policy
from qianyun.lab.running import Lab
from qianyun.verify.findings import Report
from qianyun.verify.judging import verify
from qianyun.verify.network.surveying import survey
from qianyun.verify.reading import read_firewall

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

TODAY = date(2026, 11, 25)
BUILT = ("zones", "egress", "extranet")
ROUTERS = (
    "gw-egress-1",
    "gw-egress-2",
    "fw-exchange-outer",
    "fw-exchange-inner",
    "gw-extranet",
    "office-a",
    "office-b",
)
GATEWAYS = ("gw-egress-1", "gw-egress-2", "fw-exchange-outer", "fw-exchange-inner", "gw-extranet")
MEASURED = (
    "client", "terminal", "web", "broker", "app", "database", "office-a", "office-b", "office-c", "isolated-room",
)  # fmt: skip
NOT_JOINED = {("isolated-room", 4), ("office-c", 4)}
"""Who has no way out yet: a room without a line, and an overlapping network before its cut-over."""

LONG_S = 90
"""Longer than a busy machine takes for anything that is waited for here."""


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
) -> Iterator[Lab]:
    needs("mmdebstrap")
    with rehearsal(tmp_path_factory.mktemp("roads")) as lab:
        yield lab


@pytest.fixture(scope="module")
def ansible(lab: Lab) -> Run:
    return playbooks(lab)


@pytest.fixture(scope="module")
def built(lab: Lab, ansible: Run) -> Lab:
    """The lab after an operator built it, with routes learned and the first gateway holding the virtual addresses."""
    sample = ("gw-egress-1", "gw-extranet", "app")
    before = {host: files(lab, host) for host in sample}
    checked = ansible(*BUILT, "--check", "--limit", ",".join(sample))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {host: files(lab, host) for host in sample} == before

    done = ansible(*BUILT)

    assert done.returncode == 0, done.stdout + done.stderr
    settled(lab)
    waited(lambda: "default" in on(lab, "terminal", "ip", "-6", "route").stdout, LONG_S)
    return lab


def files(lab: Lab, host: str) -> str:
    """A digest over everything that lies in the host's own layer, but for what daemons write as they run."""
    script = "find /etc /usr/local -xdev -type f -print0 | sort -z | xargs -0 sha256sum"
    return hashlib.sha256(on(lab, host, "sh", "-c", script).stdout.encode()).hexdigest()


def routes(lab: Lab, host: str, version: int) -> dict[str, str]:
    """Where each route of a host was learned."""
    shown = json.loads(on(lab, host, "ip", "--json", f"-{version}", "route").stdout)
    return {route["dst"]: route.get("protocol", "") for route in shown}


def has_learned(lab: Lab) -> bool:
    """Whether the last routes of either side, which take the longest, are there."""
    inner = {**routes(lab, "gw-extranet", 4), **routes(lab, "gw-extranet", 6)}
    outer = {**routes(lab, "gw-egress-1", 4), **routes(lab, "gw-egress-1", 6)}
    far = {"10.1.0.0/24", "172.30.3.0/24", "3fff:e3:20::/64", "3fff:e8:b::/64", "3fff:e8:c::/64"}
    return far <= inner.keys() and {"default", "203.0.113.64/27", "3fff:e3:10::/64"} <= outer.keys()


def test_routes_are_learned_and_none_is_typed(built: Lab) -> None:
    waited(lambda: has_learned(built), LONG_S)
    outer = {version: routes(built, "gw-egress-1", version) for version in (4, 6)}
    inner = {version: routes(built, "gw-extranet", version) for version in (4, 6)}

    assert outer[4]["default"] == outer[6]["default"] == "bgp"
    assert outer[4]["203.0.113.64/27"] == outer[6]["3fff:e3:10::/64"] == "ospf"
    assert inner[4]["10.1.0.0/24"] == inner[4]["172.30.3.0/24"] == inner[6]["3fff:e8:b::/64"] == "ospf"
    assert inner[6]["3fff:e8:c::/64"] == "bgp"
    typed = {host: on(built, host, "ip", "route", "show", "proto", "boot").stdout for host in ROUTERS}
    assert typed == dict.fromkeys(ROUTERS, "")


def test_a_second_run_changes_nothing(built: Lab, ansible: Run) -> None:
    before = {host: files(built, host) for host in ROUTERS}

    done = ansible(*BUILT)

    recap = done.stdout.rpartition("PLAY RECAP")[2]  # of all three; those before it are of the first ones
    assert len(re.findall(r"changed=0 +unreachable=0 +failed=0", recap)) == 10, done.stdout
    assert {host: files(built, host) for host in ROUTERS} == before


def test_packets_reach_exactly_what_the_flow_matrix_permits_over_learned_routes(built: Lab) -> None:
    policy = load_policy(ESTATE)
    cells = [
        cell
        for cell in questions(built, MEASURED)
        if not zones_of(built, policy, cell.source) & zones_of(built, policy, cell.target)
    ]

    permitted = declared(built, policy, cells, TODAY)
    joined = {cell for cell in permitted if (cell.source, cell.version) not in NOT_JOINED}
    reached = observed(built, cells)
    for _again in range(5):  # a busy machine answers late; what never answers still fails
        reached |= observed(built, cells) if joined - reached else set()

    assert len(cells) > 1000
    assert {cell.version for cell in permitted} == {4, 6}
    assert sorted(reached - permitted) == []
    assert sorted(joined - reached) == []
    assert not any((cell.source, cell.version) in NOT_JOINED for cell in reached)


def test_packets_find_the_other_way_when_an_operator_is_dead_and_come_back(built: Lab) -> None:
    silences = trial(built, "operator's line dead, carrier there")

    sys.stdout.write(f"{silences}\n")
    assert {name for phase in silences.values() for name in phase} == {"in, v4", "in, v6", "out, v4", "out, v6"}
    assert max(silences["failure"].values()) < LONG_S


def own_addresses(lab: Lab, host: str, scope: str) -> list[IPv6Address]:
    """The IPv6 addresses of a host's eth0."""
    shown = on(lab, host, "ip", "-o", "-6", "address", "show", "dev", "eth0", "scope", scope).stdout
    return [IPv6Address(found) for found in re.findall(r"inet6 ([0-9a-f:]+)/", shown)]


def test_a_desk_makes_itself_an_address_of_the_plan_and_is_offered_one(built: Lab) -> None:
    own = own_addresses(built, "desk-a", "global")
    waited(lambda: asked(built, "desk-a", "lease", "eth0") != "", LONG_S)

    kind, offered = asked(built, "desk-a", "lease", "eth0").split()

    assert all(address in IPv6Network("3fff:e8:800:40::/64") for address in own)
    assert own
    assert kind == "2"
    assert IPv6Address(offered) in IPv6Network("3fff:e8:800:40::1000/116")
    waited(lambda: on(built, "desk-a", "ping", "-c", "1", "-W", "2", "3fff:e2:10::10").returncode == 0, LONG_S)


def test_names_lead_to_addresses_and_back_and_the_time_is_served(built: Lab) -> None:
    pointer = IPv6Address("3fff:e8:800:40::1").reverse_pointer

    assert asked(built, "app", "dns", "3fff:e2:10::1", pointer, "PTR") == "office-a.rehearsal.example"
    assert asked(built, "app", "dns", "172.30.2.1", "app.rehearsal.example", "AAAA") == "3fff:e2:10::10"
    waited(lambda: asked(built, "app", "ntp", "172.30.2.1").startswith("4 "), LONG_S)
    assert asked(built, "app", "ntp", "3fff:e2:10::1") == "4 8"


def test_a_forged_router_is_believed_by_nobody_and_would_be_without_the_guard(built: Lab) -> None:
    def ways() -> str:
        return on(built, "database", "ip", "-6", "route", "show", "default").stdout

    false = str(own_addresses(built, "app", "link")[0])
    asked(built, "app", "advertise", "eth0")
    counted = on(built, "database", "nft", "list", "table", "netdev", "qianyun_guard").stdout
    assert re.search(r"counter packets [1-9]", counted)
    assert false not in ways()
    on(built, "database", "nft", "delete", "table", "netdev", "qianyun_guard")

    def is_believed() -> bool:
        asked(built, "app", "advertise", "eth0")
        return false in ways()

    waited(is_believed, LONG_S)
    on(built, "database", "ip", "-6", "route", "del", "default", "via", false, "dev", "eth0")
    on(built, "database", "nft", "--file", "/etc/qianyun/node.nft")


def test_a_source_without_a_way_back_is_dropped_where_it_comes_in(built: Lab) -> None:
    def dropped() -> int:
        shown = on(built, "gw-egress-1", "nft", "list", "chain", "inet", "qianyun_node", "sources").stdout
        line = next(each for each in shown.splitlines() if '"terminals"' in each)
        return int(re.findall(r"packets (\d+)", line)[0])

    before = dropped()
    asked(built, "terminal", "forge", "3fff:e3:10::99", "2001:db8:c0::10")

    waited(lambda: dropped() > before, LONG_S)


def test_terminals_go_out_translated_by_v4_as_themselves_by_v6_and_are_logged(built: Lab) -> None:
    with serving(built, "client", "peer", "443") as heard:
        assert heard.stdout is not None
        seen = {}
        for target in ("192.0.2.10", "2001:db8:c0::10", "3fff:ee:64::c000:20a"):
            waited(lambda target=target: asked(built, "terminal", "dial", target, "443") == "!", LONG_S)  # type: ignore[misc]
            seen[target] = ip_address(heard.stdout.readline().strip())

    pool = IPv4Network("203.0.113.128/29")
    assert seen["192.0.2.10"] in pool
    assert seen["3fff:ee:64::c000:20a"] in pool
    assert seen["2001:db8:c0::10"] in IPv6Network("3fff:e1:8:10::/64")
    log = ("grep", "-c", "SRC=172.31.1.10 .*203.0.113.1", "/var/log/ulog/egress.log")
    waited(lambda: on(built, "gw-egress-1", *log).returncode == 0, LONG_S)


def test_a_name_without_v6_is_lent_one_and_the_proxy_reaches_what_is_allowed(built: Lab) -> None:
    with serving(built, "client", "resolver", "192.0.2.10"), serving(built, "client", "peer", "443"):
        waited(
            lambda: "none" not in (asked(built, "terminal", "dns", "172.31.1.1", "old.example", "AAAA") or "none"),
            LONG_S,
        )
        lent = asked(built, "terminal", "dns", "3fff:e1:8:10::1", "old.example", "AAAA")
        waited(lambda: asked(built, "terminal", "proxy", "172.31.1.1", "8888", "update.example") == "200", LONG_S)
        refused = asked(built, "terminal", "proxy", "172.31.1.1", "8888", "elsewhere.example")

    assert lent == "3fff:ee:64::c000:20a"
    assert refused == "403"


def test_a_department_takes_no_more_of_the_egress_than_its_share(built: Lab) -> None:
    with serving(built, "client", "serve", "443"):
        shares = {
            source: float(asked(built, "terminal", "fetch", "192.0.2.10", "443", str(size), source))
            for source, size in (("172.31.1.10", 4_000_000), ("172.31.1.130", 1_600_000))
        }

    sys.stdout.write(f"{shares} Mbit/s\n")
    assert 0 < shares["172.31.1.10"] < 20 * 1.1
    assert 0 < shares["172.31.1.130"] < 8 * 1.1


def judged(lab: Lab, host: str) -> Report:
    """What the verifier says of the rules between the zones that a gateway's kernel really runs."""
    listing = on(lab, host, "nft", "--debug=netlink", "list", "table", "inet", "qianyun").stdout
    return verify(load_policy(ESTATE), read_firewall(listing, host), TODAY)


def test_the_verifier_agrees_on_every_gateway_and_finds_a_planted_rule_as_packets_do(built: Lab) -> None:
    policy = load_policy(ESTATE)
    planted = ("nft", "insert", "rule", "inet", "qianyun", "from_department", "tcp", "dport", "2222", "accept")
    cells = [cell for cell in questions(built, ("office-b", "database")) if cell.source == "office-b"]
    sound = {host: judged(built, host).findings for host in GATEWAYS}

    assert on(built, "gw-extranet", *planted).returncode == 0
    try:
        found = judged(built, "gw-extranet").findings
        extra = observed(built, cells) - declared(built, policy, cells, TODAY)
    finally:
        on(built, "gw-extranet", "nft", "--file", "/etc/qianyun/zones.nft")

    assert sound == dict.fromkeys(GATEWAYS, ())
    assert {(cell.target, cell.protocol, cell.port) for cell in extra} == {("database", "tcp", 2222)}
    assert any("2222" in packet for finding in found for packet in finding.packets)
    assert judged(built, "gw-extranet").findings == ()


def uplinks_beside_the_egress(lab: Lab, *hosts: str) -> set[str]:
    """Ports that lead outside and are none of the egress's, as the verifier finds them in what was collected."""
    gateways = load_gateways(ESTATE / "qianyun.yml", policy := load_policy(ESTATE))
    found = survey(seen(lab, hosts), policy, gateways)
    return {f"{port.box} {port.interface}" for port in found.uplinks - found.egress}


def test_a_side_exit_that_the_verifier_finds_is_shut_and_its_route_removed(built: Lab, ansible: Run) -> None:
    plug = (
        "ip link add name modem type veth peer name far; ip addr add 192.0.2.101/30 dev modem; ip addr add"
        " 2001:db8:ff::1/64 dev modem nodad; ip link set modem up; ip link set far up; ip route add default via"
        " 192.0.2.102; ip route add 198.51.100.64/26 via 192.0.2.102; ip neigh add 192.0.2.102 lladdr"
        " 02:00:00:00:00:01 dev modem"
    )
    assert on(built, "office-b", "sh", "-c", plug).returncode == 0
    assert uplinks_beside_the_egress(built, "office-b") == {"office-b modem"}
    sent = ("cat", "/sys/class/net/modem/statistics/tx_packets")
    before = on(built, "office-b", *sent).stdout
    on(built, "office-b", "ping", "-c", "1", "-W", "1", "198.51.100.66")
    assert on(built, "office-b", *sent).stdout == before

    done = ansible("extranet", "--limit", "office-b")

    assert done.returncode == 0, done.stdout
    assert "a route that nobody declared: default via 192.0.2.102 dev modem" in done.stdout
    assert on(built, "office-b", "ip", "route", "show", "proto", "boot").stdout == ""
    on(built, "office-b", "ip", "link", "del", "modem")  # the verifier names the port until somebody pulls the cable
    assert uplinks_beside_the_egress(built, "office-b") == set()


def test_how_ready_each_node_is_for_v6_is_kept_as_evidence(built: Lab) -> None:
    assert built.hosts
    kept = {path.stem: json.loads(path.read_text()) for path in (ROOT / "build" / "readiness").glob("*.json")}

    assert {name for name, told in kept.items() if told["ready"]} >= {*ROUTERS, "office-c", "app", "database"}
    assert kept["gw-extranet"]["services_by_ipv4_alone"] == []
    assert "udp 123" in kept["gw-extranet"]["services_by_both"]
    assert kept["app"]["prefixes"] == ["3fff:e2:10::/64"]
