"""`qianyun collect` in rooms that the centre does not reach by itself: agents, bundles, keys and signatures."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from collectors.flows.sampling import Schedule
from collectors.reach.agent import Agent
from collectors.reach.approval import approved
from collectors.reach.approval import sign as sign_manifest
from collectors.reach.bundle import write_bundle
from collectors.reach.certificates import Authority
from collectors.reach.hub import Hub
from collectors.reach.intake import Taken
from collectors.reach.intake import ingest as ingest_file
from collectors.reach.keys import OpeningKey, SigningKey
from collectors.reach.line import Line
from collectors.reach.outbox import Outbox, Settled
from collectors.reach.rooms import ask_room, name_of, only_room, waits_s
from collectors.reach.servers import CENTRE, HUB, Machine, write_hub, write_room, write_services
from collectors.run import choose_rooms
from qianyun.cli.collecting import progress, summary_listing, talk
from qianyun.cli.exits import Exit
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Estate, Format, Printed, StoreUrl, show
from qianyun.cli.moments import seconds_of
from qianyun.errors import DeclarationError, Fault, QianyunError
from qianyun.estate.targets import RoomTargets
from qianyun.estate.trust import Trust
from qianyun.importers.collect_file import load_manifest
from qianyun.importers.room_manifest import cut_manifest
from qianyun.importers.trust_file import TRUST, load_trust
from qianyun.store import Store
from qianyun.words import _

Manifest = Annotated[
    Path, typer.Argument(help="Folder of the room's signed manifest (collect.yml, collect.sig).", file_okay=False)
]
TrustFile = Annotated[
    Path,
    typer.Option(
        "--trust", envvar="QIANYUN_TRUST", help="trust.yml, installed once and apart from manifests.", dir_okay=False
    ),
]
CentreTrust = Annotated[
    Path | None, typer.Option("--trust", help="trust.yml; that of the estate if not given.", dir_okay=False)
]
Signing = Annotated[
    Path, typer.Option("--key", envvar="QIANYUN_SIGNING_KEY", help="File of the key that signs.", dir_okay=False)
]
Opening = Annotated[
    Path,
    typer.Option("--key", envvar="QIANYUN_OPENING_KEY", help="File of the centre's key that opens.", dir_okay=False),
]
Flows = Annotated[
    str, typer.Option("--flows", help="Sample who talks to whom for so long first: 30m, 12h; not if not given.")
]
State = Annotated[Path, typer.Option("--state", help="Folder that remembers a run that was cut off.", file_okay=False)]
Certificates = Annotated[
    Path, typer.Option("--certificates", help="Folder with ca.pem and our certificate and key.", file_okay=False)
]
Port = Annotated[int, typer.Option("--port", help="Port of the nats-server on this machine.")]
Rooms = Annotated[list[str] | None, typer.Option("--room", help="Only this room; may be given several times.")]
ROOM_STATE, REFUSED = Path("state/room"), Path("state/refused")


class Purpose(StrEnum):
    """What a key is for."""

    SIGNING = "signing"
    OPENING = "opening"


def key(
    path: Annotated[Path, typer.Argument(help="File to write the private key to; only its owner can read it.")],
    purpose: Annotated[Purpose, typer.Option("--for", help="signing (manifests, results) or opening (the centre).")],
) -> None:
    """Make a key, and print its public half for trust.yml."""
    made = SigningKey.make(path) if purpose is Purpose.SIGNING else OpeningKey.make(path)
    sys.stdout.write(f"{made.public}\n")


def sign(
    key: Signing,
    estate: Estate = PROVINCE,
    room: Annotated[str, typer.Option(help="Cut the manifest to this room; with --out.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the room's manifest.", file_okay=False)] = None,
    days: Annotated[int, typer.Option(help="Days until the signature ends.", min=1, max=730)] = 180,
) -> None:
    """Sign a manifest, so that it may be asked; or cut it to one room and sign that."""
    if bool(room) != (out is not None):
        raise typer.BadParameter(_("--room and --out go together"))
    if out is not None:
        cut_manifest(estate, room, out)
    path = sign_manifest(out or estate, SigningKey.read(key), days)
    talk([_("signed for {days} days: {path}").format(days=days, path=path)])


def agent(
    manifest: Manifest,
    trust: TrustFile,
    key: Signing,
    certificates: Certificates,
    *,
    state: State = ROOM_STATE,
    port: Port = 4222,
    every_h: Annotated[float, typer.Option("--every", help="Hours between runs; 0 for one run and no more.")] = 24,
    flows: Flows = "",
) -> None:
    """Ask a room from inside, again and again, and hand what it says to the room's own server, which dials out."""

    def server(name: str) -> Line:
        return Line(folder=certificates, server=name, user=name, port=port)

    while True:
        if every_h:
            _await_window(approved(manifest, load_trust(trust)).rooms)
        _agent_run(manifest, load_trust(trust), key, state, server, _schedule(flows))
        if not every_h:
            return
        time.sleep(every_h * 3600)


def _await_window(rooms: Sequence[RoomTargets]) -> None:
    """Outside its hours an agent waits; a run then would tell nothing."""
    for each in rooms:
        wait_s = waits_s(each.window, datetime.now())  # noqa: DTZ005 - the hours on the room's wall
        if each.window and wait_s:
            talk([_("{room} may be asked from {begin}; waiting").format(room=each.room, begin=each.window.begin)])
            time.sleep(wait_s)


def _schedule(lasts: str) -> Schedule | None:
    return Schedule(lasts_s=seconds_of(lasts, "--flows")) if lasts else None


def _agent_run(  # noqa: PLR0917 - what the command was given
    folder: Path, trust: Trust, key: Path, state: Path, server: Callable[[str], Line], flows: Schedule | None
) -> None:
    """One run; manifest, trust and key are read anew for each, since they change while an agent runs."""
    manifest = approved(folder, trust)
    room = only_room(manifest)
    one = Agent(
        room=room,
        folder=state / name_of(room),
        line=server(name_of(room)),
        signer=SigningKey.read(key),
        recipient=_recipient(trust),
        said=lambda words: talk([words]),
    )
    with progress(manifest.rooms) as told:
        settled = one.run(manifest, told=told, flows=flows)
    _tell_reasons(settled)


def hub(
    key: Opening,
    certificates: Certificates,
    estate: Estate = PROVINCE,
    *,
    room: Rooms = None,
    trust: CentreTrust = None,
    store: StoreUrl = PROVINCE_STORE,
    port: Port = 4222,
    once: Annotated[bool, typer.Option("--once", help="Take in what waits now, then end.")] = False,
) -> None:
    """Take in what the agents hand over, each letter once, until interrupted."""
    rooms = [each.room for each in choose_rooms(load_manifest(estate), room or ())]
    with Store.open(store, create=True) as opened:
        centre = Hub(
            line=Line(folder=certificates, server=HUB, user=CENTRE, port=port),
            trust=load_trust(trust or estate / TRUST),
            key=OpeningKey.read(key),
            store=opened,
            refused=REFUSED,
            told=lambda taken: talk(_letter_told(taken)),
            said=lambda words: talk([words]),
        )
        unreached: Sequence[str] = ()
        if once:
            unreached = centre.drain(rooms)
        else:
            centre.serve(rooms)
    raise typer.Exit(Exit.UNREACHABLE if unreached else Exit.DONE)


def bundle(
    manifest: Manifest,
    trust: TrustFile,
    key: Signing,
    out: Annotated[Path, typer.Option(help="Folder for the file to carry.", file_okay=False)] = Path(),
    *,
    state: State = ROOM_STATE,
    flows: Flows = "",
) -> None:
    """Ask an isolated room, and pack what it says into one file, signed and encrypted, to carry to the centre."""
    trusted, signer = load_trust(trust), SigningKey.read(key)
    asked = approved(manifest, trusted)
    room, recipient = only_room(asked), _recipient(trusted)
    with Outbox(state / name_of(room), room) as outbox:
        with progress(asked.rooms) as told:
            ask_room(asked, outbox, told=told, flows=_schedule(flows))
        _tell_reasons(outbox.settled)
        sys.stdout.write(f"{write_bundle(outbox, room, out, signer, recipient)}\n")


def ingest(
    files: Annotated[list[Path], typer.Argument(help="Bundles that were carried here.")],
    key: Opening,
    *,
    estate: Annotated[Path, typer.Option(envvar="QIANYUN_ESTATE", help="Folder of the estate.")] = PROVINCE,
    trust: CentreTrust = None,
    store: StoreUrl = PROVINCE_STORE,
    form: Printed = Format.TABLE,
) -> None:
    """Take bundles in, each whole or not at all; one that is changed, cut off, strange or known is refused."""
    trusted, opening = load_trust(trust or estate / TRUST), OpeningKey.read(key)
    taken, faults = list[Taken](), list[Fault]()
    with Store.open(store, create=True) as opened:
        for path in files:
            try:
                taken.append(ingest_file(path, trusted, opening, opened))
            except QianyunError as error:
                faults += error.faults
    summaries = [each.summary for each in taken if each.summary]
    show(summary_listing(summaries), form)
    for each in taken:
        talk(_letter_told(each))
    talk([f"✕ {fault}" for fault in faults])
    raise typer.Exit(Exit.WRONG_INPUT if faults else Exit.DONE)


def configure(
    hub: Annotated[str, typer.Option(help="Name or address at which rooms reach the centre.")],
    out: Annotated[Path, typer.Option(help="Folder to write to: hub/, and one for each room.", file_okay=False)],
    estate: Estate = PROVINCE,
    room: Rooms = None,
    place: Annotated[str, typer.Option(help="Folder where the files will lie on each machine.")] = "/etc/qianyun",
) -> None:
    """Write the configurations and certificates of nats-server for the centre and for every room."""
    rooms = [each.room for each in choose_rooms(load_manifest(estate), room or ())]
    authority = Authority.at(out / "authority")
    machine = Machine(folder=out / "hub", place=place)
    every = [each.room for each in load_manifest(estate).rooms]
    written = [write_hub(machine, hub, every, authority), write_services(machine, estate=str(estate.resolve()))]
    for each in rooms:
        own = Machine(folder=out / name_of(each), place=place)
        written.append(write_room(own, f"{hub}:{machine.leaves}", each, authority))
        written.append(write_services(own, room=each))
    sys.stdout.write("".join(f"{path}\n" for path in written))
    talk([_("{folder} signs certificates; keep it away from every server").format(folder=out / "authority")])


def _recipient(trust: Trust) -> str:
    if not trust.centre:
        what = _("it names no centre, so nobody could open what is collected")
        mend = _("write the centre's public key under centre; qianyun collect key --for opening makes one")
        raise DeclarationError(Fault(place=trust.source, what=what, mend=mend))
    return trust.centre


def _tell_reasons(settled: Sequence[Settled]) -> None:
    talk([f"✕ {finding}" for each in settled for finding in each.findings])
    talk([f"· {each.target}: {reason}" for each in settled for reason in each.reasons])


def _letter_told(taken: Taken) -> Sequence[str]:
    words = _("{room}: {new} letters with {count} observations, {known} that were known")
    told = [
        words.format(room=taken.room, new=taken.letters, count=taken.observations, known=taken.known),
    ]
    if taken.summary:
        numbers = _("{room}: run {run} has ended: {found} found, {new} new, {changed} changed, {gone} gone")
        told.append(
            numbers.format(
                room=taken.room,
                run=taken.run,
                found=taken.summary.found,
                new=taken.summary.new,
                changed=taken.summary.changed,
                gone=taken.summary.gone,
            )
        )
        told += [f"· {taken.room} {target}: {why}" for target, why in taken.summary.reasons]
    return told


def add_to(app: typer.Typer) -> None:
    """Put these verbs beside the others of `qianyun collect`."""
    for command in (agent, bundle, configure, hub, ingest, key, sign):
        app.command()(command)
