"""`qianyun collect flows read|listen`: NetFlow, IPFIX, sFlow and conntrack, from files and live."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from collectors.flows.captures import read_datagrams
from collectors.flows.conntrack import read_conntrack
from collectors.flows.direction import BEGAN
from collectors.flows.exports import Exports
from collectors.flows.keeping import evidence_of, services_from, tally_observations
from collectors.flows.listening import Listening, kept, listen, listeners
from collectors.flows.sightings import Endpoint, Sighting
from collectors.flows.tally import BLOCK_S, Tally
from collectors.flows.translations import show_end
from collectors.reach.approval import approved
from collectors.run import choose_rooms, new_run
from qianyun.cli.collect import JOURNALS, Rooms
from qianyun.cli.collecting import talk
from qianyun.cli.exits import Exit
from qianyun.cli.flows import COLLECTOR, Lasts, Occasion, flows
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Estate, Format, Listing, Printed, StoreUrl, show
from qianyun.cli.moments import seconds_of
from qianyun.estate.targets import RoomTargets
from qianyun.importers.trust_file import TRUST, load_trust
from qianyun.store import Store
from qianyun.words import _, label

Files = Annotated[
    list[Path], typer.Argument(help="Captures (pcap, pcapng), raw datagrams, or conntrack's text.", dir_okay=False)
]
CONNTRACK = (b"ipv4 ", b"ipv6 ", b"tcp ", b"udp ")


@flows.command("read")
def read(
    files: Files,
    store: StoreUrl = PROVINCE_STORE,
    *,
    occasion: Occasion = BLOCK_S,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what the files hold, and keep nothing.")] = False,
    form: Printed = Format.TABLE,
) -> None:
    """Read flows from files: NetFlow 5 and 9, IPFIX, sFlow 5, and conntrack's table."""
    with Store.open(store, create=True) as opened:
        exports = Exports(services_from(evidence_of(opened.observed("flow."))), occasion)
        for path in files:
            _read(path, exports)
        exports.settle()
        if not dry_run:
            _keep(opened, exports)
    show(_listing(exports), form)
    _tell(exports, {})
    raise typer.Exit(Exit.FINDINGS if exports.faults else Exit.DONE)


@flows.command("listen")
def heard(
    estate: Estate = PROVINCE,
    room: Rooms = None,
    store: StoreUrl = PROVINCE_STORE,
    *,
    lasts: Lasts = "30m",
    occasion: Occasion = BLOCK_S,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was cut off.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell where would be listened, and listen nowhere.")
    ] = False,
    form: Printed = Format.TABLE,
) -> None:
    """Take in NetFlow, IPFIX and sFlow from the exporters that the manifest names; others are dropped and counted."""
    manifest = approved(estate, load_trust(estate / TRUST))
    rooms = [each for each in choose_rooms(manifest, room or ()) if each.flows]
    if dry_run:
        show(_places(rooms), form)
        return
    folder = JOURNALS / f"{manifest.folder.resolve().name}.exports"
    with Store.open(store, create=True) as opened:
        listening = Listening(Exports(services_from(evidence_of(opened.observed("flow."))), occasion))
        if resume:
            listening.exports.tallies = kept(folder)
        with listeners(rooms) as links, _progress() as told:
            listen(links, rooms, listening, lasts_s=seconds_of(lasts, "--for"), folder=folder, told=told)
        _keep(opened, listening.exports)
    shutil.rmtree(folder, ignore_errors=True)
    show(_listing(listening.exports), form)
    _tell(listening.exports, listening.strangers)


def _read(path: Path, exports: Exports) -> None:
    with path.open("rb") as file:
        is_conntrack = file.read(5).startswith(CONNTRACK)
    if is_conntrack:
        _read_conntrack(path, exports)
        return
    for datagram in read_datagrams(path):
        exports.take(datagram.exporter, datagram.exporter, datagram.octets, datagram.at)


def _read_conntrack(path: Path, exports: Exports) -> None:
    """A table as it was at the file's time."""
    at = path.stat().st_mtime
    tally = exports.tallies.setdefault(
        f"conntrack@{path.name}", Tally(f"conntrack@{path.name}", "conntrack -L -o extended", exports.block_s)
    )
    tally.look(at, hashlib.sha256(path.read_bytes()).hexdigest())
    with path.open(encoding="utf-8", errors="replace") as lines:
        for entry in read_conntrack(lines):
            exports.records += 1
            if entry.is_answered:
                exports.translations.learn(entry.protocol, entry.client, entry.asked, entry.server, entry.shown)
            tally.add(
                Sighting(
                    protocol=entry.protocol,
                    one=entry.client,
                    other=entry.server,
                    serves=entry.server,
                    certainty=BEGAN,
                    is_answered=entry.is_answered,
                    octets=entry.octets,
                    packets=entry.packets,
                    began=at,
                    ended=at,
                )
            )


def _keep(store: Store, exports: Exports) -> None:
    run = new_run()
    at = datetime.now(UTC)
    store.begin_run(run.id, COLLECTOR, run.began_at)
    for place, tally in enumerate(exports.tallies.values()):
        store.record(tally_observations(tally, run, at, None if place else exports.translations))
    store.end_run(run.id, {"datagrams": exports.datagrams, "records": exports.records})


@contextmanager
def _progress() -> Iterator[Callable[[Listening], None]]:
    """Datagrams and relations so far, on a terminal; silence elsewhere."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("")
        began = time.monotonic()

        def told(listening: Listening) -> None:
            words = _("{datagrams} datagrams, {records} records, {pace} a second, {strangers} dropped")
            taken = listening.exports
            pace = taken.records / max(1e-3, time.monotonic() - began)
            said = words.format(
                datagrams=taken.datagrams,
                records=taken.records,
                pace=f"{pace:.0f}",
                strangers=listening.strangers.total(),
            )
            bars.update(task, description=said)

        yield told


def _places(rooms: Sequence[RoomTargets]) -> Listing:
    titles = {"room": _("room"), "name": _("name"), "address": _("address"), "listen": _("listens at")}
    rows = [
        (
            each.room,
            name,
            address,
            ", ".join(show_end(Endpoint(ip_address(host), port)) for host, port in each.flows.listen),
        )
        for each in rooms
        if each.flows
        for address, name in each.flows.exporters.items()
    ]
    return Listing(titles=titles, rows=rows)


def _listing(exports: Exports) -> Listing:
    titles = {
        "observer": _("observer"),
        "source": _("protocol"),
        "relations": _("relations"),
        "connections": _("connections"),
        "octets": _("octets"),
    }
    rows = [
        (
            each.observer,
            each.source,
            len(each.counts),
            sum(count.connections for count in each.counts.values()),
            sum(count.octets for count in each.counts.values()),
        )
        for each in exports.tallies.values()
    ]
    return Listing(titles=titles, rows=rows)


def _tell(exports: Exports, strangers: dict[str, int]) -> None:
    lines = [_("· datagrams refused ({why}): {n}").format(why=why, n=n) for why, n in sorted(exports.faults.items())]
    if exports.sessions.waiting:
        lines.append(_("· data sets whose template had not come: {n}").format(n=exports.sessions.waiting))
    lines += [
        _("· dropped, no exporter of the manifest: {n} from {who}").format(n=n, who=who) for who, n in strangers.items()
    ]
    passed: dict[str, int] = {}
    for tally in exports.tallies.values():
        for reason, count in tally.passed_over.items():
            passed[reason] = passed.get(reason, 0) + count
    talk([*lines, *(f"· {label('LeftOut', reason)}: {count}" for reason, count in sorted(passed.items()))])
