"""Real hosts, real sshd, real conntrack: the relations that are found are the connections that were made."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from flow_lab import ADDRESSES, SAMPLED, VIRTUAL, FlowLab, flow_lab, inside, manifest

from collectors.flows.exports import Exports
from collectors.flows.joining import relations
from collectors.flows.keeping import Evidence, evidence_of, host_observations
from collectors.flows.listening import Listening, listen, listeners
from collectors.flows.sampling import Schedule, sample
from collectors.flows.sightings import Edge
from collectors.flows.sockets import read_answer
from collectors.flows.sockets_script import SCRIPT, is_whole
from collectors.flows.watching import Watch
from collectors.outcome import State
from collectors.run import new_run
from qianyun.estate.facts import Department, Server, System
from qianyun.estate.kinds import DependencySource, Level
from qianyun.estate.targets import FlowExports, RoomTargets
from qianyun.importers.collect_file import load_manifest
from qianyun.store import Store

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
ROUNDS = 5
V6 = {"client": "2001:db8:81::11", "web1": "2001:db8:82::21"}


def edge(protocol: str, client: str, server: str, port: int) -> Edge:
    addresses = {**ADDRESSES, "client6": V6["client"], "web1-6": V6["web1"]}
    return Edge(protocol, ip_address(addresses[client]), ip_address(addresses[server]), port)


MADE = {
    edge("tcp", "client", "web1", 8080),
    edge("tcp", "client", "web2", 8080),
    edge("tcp", "client6", "web1-6", 8443),
    edge("tcp", "web1", "base", 5432),
    edge("tcp", "web2", "base", 5432),
    edge("tcp", "base", "web2", 8080),
    edge("udp", "client", "base", 5353),
}


@pytest.fixture(scope="module")
def lab(root: None, needs: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowLab]:  # noqa: ARG001 - root is a condition
    for program in ("ip", "nft", "sshd", "unshare", "nsenter"):
        needs(program)
    with flow_lab(tmp_path_factory.mktemp("flows")) as made:
        for host, places in {
            "web1": ("stays,10.82.0.21,8080", "closes,2001:db8:82::21,8443"),
            "web2": ("stays,10.82.0.22,8080",),
            "base": ("closes,10.82.0.31,5432", "udp,10.82.0.31,5353"),
        }.items():
            made.serve(host, *places)
        yield made


def estate(lab: FlowLab) -> Path:
    """A manifest of all hosts, with their keys enrolled."""
    folder = lab.folder / "estate"
    folder.mkdir()
    (folder / "collect.yml").write_text(manifest())
    key = (lab.folder / "host_key.pub").read_text().split(" ")
    (folder / "known_hosts").write_text("".join(f"{ADDRESSES[host]} {key[0]} {key[1]}\n" for host in SAMPLED))
    return folder


def connect(lab: FlowLab) -> None:
    """Every connection of `MADE`, begun and over when this returns."""
    lab.connect(
        "client",
        f"tcp,{VIRTUAL},80,6",
        "waits,2001:db8:82::21,8443,2",
        "udp,10.82.0.31,5353,3",
        "refused,10.82.0.31,9999,1",
    )
    lab.connect("web1", "waits,10.82.0.31,5432,2")
    lab.connect("web2", "waits,10.82.0.31,5432,2")
    lab.connect("inner", "tcp,10.82.0.22,8080,2")


def ask(lab: FlowLab, folder: Path, store: str) -> None:
    """Ask every host once, from the centre."""
    with inside(lab.names["centre"]):
        found = sample(load_manifest(folder), Schedule(lasts_s=0.2, every_s=0.2, block_s=1), lab.folder / "tallies")
    shutil.rmtree(lab.folder / "tallies")
    assert [(each.state, each.reasons) for each in found] == [(State.FOUND, ())] * len(SAMPLED)
    run = new_run()
    with Store.open(store) as opened:
        opened.begin_run(run.id, "flows", run.began_at)
        for each in found:
            opened.record(host_observations(each.target, each.watch, run, run.began_at))


@pytest.fixture(scope="module")
def sampled(lab: FlowLab) -> tuple[str, Path]:
    """All connections made and over, and only then every host asked; again where a busy machine took over a minute."""
    folder, store = estate(lab), f"sqlite:///{lab.folder}/store.db"
    systems = {"门户": "client", "受理甲": "web1", "受理乙": "web2", "数据库": "base"}
    with Store.open(store, create=True) as opened:
        department = Department(name="甲局", level=Level.CITY, region_code="330100")
        named = [System(department="甲局", name=name) for name in systems]
        servers = [
            Server(department="甲局", system=name, name=host, addresses=(ip_address(ADDRESSES[host]),))
            for name, host in systems.items()
        ]
        opened.upsert([department, *named, *servers], who="值班员", why="试", source="x", at=datetime.now(UTC))
    for _round in range(ROUNDS):
        connect(lab)
        ask(lab, folder, store)
        if {each.edge for each in relations(evidence(store))} >= MADE:
            break
    return store, folder


def evidence(store: str) -> Evidence:
    with Store.open(store) as opened:
        return evidence_of(opened.observed("flow."))


def test_connections_that_were_over_before_the_first_sample_are_all_found_and_no_others(
    sampled: tuple[str, Path],
) -> None:
    found = relations(evidence(sampled[0]))

    assert {each.edge for each in found if each.is_answered} == MADE


def test_behind_the_virtual_address_the_client_itself_is_found_with_all_its_connections(
    sampled: tuple[str, Path],
) -> None:
    found = {each.edge: each for each in relations(evidence(sampled[0]))}

    observers = {observer for observer, _run in found[edge("tcp", "client", "web1", 8080)].evidence}
    told = [found[edge("tcp", "client", web, 8080)].connections["conntrack@router"] for web in ("web1", "web2")]
    assert {"sockets@client", "conntrack@router"} <= observers
    assert told[0] == told[1] >= 3


def test_a_containers_connection_is_its_hosts(sampled: tuple[str, Path]) -> None:
    found = {each.edge: each for each in relations(evidence(sampled[0]))}

    observers = {observer for observer, _run in found[edge("tcp", "base", "web2", 8080)].evidence}
    assert "sockets@base" in observers


def test_folded_to_systems_the_planner_has_them(lab: FlowLab, sampled: tuple[str, Path]) -> None:
    store, folder = sampled

    told = lab.qianyun("collect", "flows", "fold", str(folder), "--store", store)

    assert told.returncode == 0, told.stderr
    with Store.open(store) as opened:
        links = [each for each in opened.estate().dependencies if each.known_from is DependencySource.OBSERVED]
    assert {(each.source.name, each.target.name, each.port) for each in links} == {
        ("门户", "受理甲", 8080),
        ("门户", "受理乙", 8080),
        ("受理甲", "数据库", 5432),
        ("受理乙", "数据库", 5432),
        ("数据库", "受理乙", 8080),
        ("门户", "受理甲", 8443),
        ("门户", "数据库", 5353),
    }


class EnoughError(Exception):
    """What was waited for has come."""


EXPORTED = {
    edge("tcp", "client", "web1", 8080),
    edge("tcp", "client6", "web1-6", 8443),
    edge("udp", "client", "base", 5353),
}
PROBES = {
    "v9": "plugins: nfprobe\nnfprobe_receiver: 127.0.0.1:2055\nnfprobe_version: 9\n",
    "ipfix": "plugins: nfprobe\nnfprobe_receiver: 127.0.0.1:2055\nnfprobe_version: 10\n",
    "sflow": "plugins: sfprobe\nsfprobe_receiver: 127.0.0.1:2055\nsfprobe_agentip: 10.81.0.1\nsampling_rate: 1\n",
}
TIMEOUTS = "nfprobe_timeouts: tcp=2:maxlife=4:expint=1:udp=2:general=2:tcp.fin=1\n"


@pytest.mark.parametrize("protocol", PROBES)
def test_what_a_real_exporter_sends_live_is_what_was_connected(
    lab: FlowLab, needs: Callable[[str], str], protocol: str, tmp_path: Path
) -> None:
    head = "daemonize: false\npcap_interface: left\naggregate: src_host,dst_host,src_port,dst_port,proto,tcpflags\n"
    (tmp_path / "pmacct.conf").write_text(head + PROBES[protocol] + (TIMEOUTS if protocol != "sflow" else ""))
    exports = FlowExports(listen=(("127.0.0.1", 2055),), exporters={"127.0.0.1": "router"})
    room = RoomTargets(room="机房", targets=(), flows=exports)
    listening = Listening(Exports())
    with ExitStack() as stack:
        with inside(lab.names["router"]):
            links = stack.enter_context(listeners([room]))
            stack.enter_context(running(needs("pmacctd"), "-f", str(tmp_path / "pmacct.conf")))
        _hear(lab, links, room, listening, tmp_path)

    assert {each for tally in listening.exports.tallies.values() for each in tally.counts} == EXPORTED
    assert listening.exports.faults == {}


@contextmanager
def running(*words: str) -> Iterator[None]:
    """A program with all it starts, until the block ends."""
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def _hear(lab: FlowLab, links: Sequence[socket.socket], room: RoomTargets, listening: Listening, folder: Path) -> None:
    """Connect until everything was exported, every few seconds: the probe takes its time to begin."""
    began, rounds = time.monotonic(), [0]

    def told(so_far: Listening) -> None:
        so_far.exports.settle()
        if {each for tally in so_far.exports.tallies.values() for each in tally.counts} >= EXPORTED:
            raise EnoughError
        if time.monotonic() - began > rounds[0] * 3:
            rounds[0] += 1
            lab.connect("client", "tcp,10.82.0.21,8080,1", "tcp,2001:db8:82::21,8443,1", "udp,10.82.0.31,5353,1")

    with suppress(EnoughError):
        listen(links, [room], listening, lasts_s=120, folder=folder, told=told)


def test_a_host_of_busybox_alone_tells_the_same(lab: FlowLab, needs: Callable[[str], str], tmp_path: Path) -> None:
    busybox, root = needs("busybox"), tmp_path / "root"
    for folder in ("bin", "proc", "dev"):
        (root / folder).mkdir(parents=True)
    shutil.copy(busybox, root / "bin" / "busybox")
    subprocess.run([busybox, "--install", "-s", str(root / "bin")], check=True)
    for link in (root / "bin").iterdir():
        if link.is_symlink():
            link.unlink()
            link.symlink_to("busybox")
    lab.connect("client", "tcp,10.82.0.21,8080,1")
    inside_it = f"mount -t proc proc {root}/proc && mount --bind /dev {root}/dev && chroot {root} sh -s"
    words = ("unshare", "--pid", "--fork", "--mount", "sh", "-c", inside_it)

    said = subprocess.run(
        lab.command("client", *words), input=SCRIPT, text=True, capture_output=True, check=True, timeout=60
    ).stdout

    answer = read_answer(said)
    watch = Watch(name="client")
    watch.take(answer, 0.0, "")
    assert is_whole(said)
    assert answer.command.startswith("/proc")
    assert edge("tcp", "client", "web1", 8080) in watch.sockets.counts
    assert ip_address(ADDRESSES["client"]) in watch.addresses
