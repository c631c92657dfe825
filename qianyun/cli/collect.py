"""`qianyun collect`: what really stands in the machine rooms."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collectors.agents.province import Devices, answering
from collectors.compare import Difference, compare
from collectors.enrolment import shown_keys
from collectors.hearing import of_those_that_told
from collectors.journal import FileJournal
from collectors.keeping import Keeper
from collectors.outcome import Outcome
from collectors.reach.approval import approved
from collectors.run import Told, choose_rooms, collect, new_run
from collectors.seen import devices as devices_of
from collectors.seen import of_targets, summarise
from qianyun.cli import hearing, reach
from qianyun.cli.collecting import progress, summary_listing, talk, tell_reasons
from qianyun.cli.differences import send_back
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Estate, Format, Listing, Printed, StoreUrl, show
from qianyun.estate.targets import Manifest
from qianyun.importers.collect_file import load_manifest
from qianyun.importers.trust_file import TRUST, load_trust
from qianyun.store import Store
from qianyun.words import _, label

app = typer.Typer(no_args_is_help=True)
reach.add_to(app)
hearing.add_to(app)

SOME_UNREACHABLE = 3
JOURNALS = Path("state/collect")
Rooms = Annotated[list[str] | None, typer.Option("--room", help="Only this room; may be given several times.")]


@app.command()
def run(
    estate: Estate = PROVINCE,
    room: Rooms = None,
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Ask only what a run that was cut off lacks.")] = False,
    told: Annotated[
        bool, typer.Option("--told", help="Ask only devices that told of a change since they were asked last.")
    ] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Let the recordings in devices/ answer on loopback, not the rooms.")
    ] = False,
) -> None:
    """Ask every device that the manifest names, and keep what it answers."""
    manifest = load_manifest(estate) if rehearse else _approved(estate)
    with Store.open(store, create=True) as opened:
        before = opened.latest(attribute="device.")
        chosen = of_those_that_told(manifest, opened) if told else manifest
        with (
            progress(choose_rooms(chosen, room or ())) as bars,
            answering(chosen) if rehearse else nullcontext(Devices(manifest=chosen)) as asked,
        ):
            outcomes = _collect(asked, room or (), opened, bars, resume=resume)
    summaries = summarise(outcomes, of_targets(before, {each.name for each in chosen.targets}) if told else before)
    show(summary_listing(summaries), form)
    talk([f"✕ {finding}" for outcome in outcomes for finding in outcome.findings])
    tell_reasons(summaries)
    raise typer.Exit(SOME_UNREACHABLE if any(each.silent or each.refused for each in summaries) else 0)


@app.command("compare")
def compared(
    estate: Estate = PROVINCE,
    room: Rooms = None,
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
    *,
    workbooks: Annotated[
        Path | None,
        typer.Option(help="Folder for one workbook a department, to send back.", file_okay=False),
    ] = None,
) -> None:
    """Tell where the ledgers and what was seen in the rooms differ."""
    chosen = choose_rooms(load_manifest(estate), room or ())
    asked = [target for each in chosen for target in each.targets if each.may_touch(target)]
    with Store.open(store) as opened:
        declared, digest = opened.estate(), opened.digest()
        seen = opened.latest()
    found = compare(declared, devices_of(seen), asked)
    if workbooks is not None:
        as_of = max((each.seen_at for each in seen), default=datetime.now(UTC))
        written = send_back(found, declared, workbooks, as_of=as_of, digest=digest)
        talk([str(path) for path in written])
    show(_difference_listing(found, form), form)
    raise typer.Exit(1 if found else 0)


@app.command()
def enrol(estate: Estate = PROVINCE, room: Rooms = None) -> None:
    """Print the SSH host keys that are shown and not enrolled, for somebody to sign off."""
    manifest = _approved(estate)
    lines, silent = shown_keys(manifest, choose_rooms(manifest, room or ()))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    talk([_("{target}: {why}").format(target=name, why=why) for name, why in silent])
    raise typer.Exit(SOME_UNREACHABLE if silent else 0)


def _approved(estate: Path) -> Manifest:
    """The manifest that somebody signed; the estate itself says who may."""
    return approved(estate, load_trust(estate / TRUST))


def _collect(devices: Devices, rooms: Sequence[str], store: Store, told: Told, *, resume: bool) -> tuple[Outcome, ...]:
    this, manifest = new_run(), devices.manifest
    journal = FileJournal(
        JOURNALS / f"{manifest.folder.resolve().name}.journal", this.id, manifest.digest, resume=resume
    )
    with Keeper(store, this) as keeper, journal:

        def kept(outcome: Outcome) -> None:
            keeper.keep(outcome)
            told(outcome)

        return collect(
            manifest, this, rooms=rooms, journal=journal, environment=devices.environment, told=kept
        ).outcomes


def _difference_listing(found: Sequence[Difference], form: Format) -> Listing:
    titles = {
        "room": _("room"),
        "department": _("department"),
        "system": _("system"),
        "name": _("name"),
        "kind": _("difference"),
        "declared": _("in the ledger"),
        "observed": _("in the room"),
        "subject": _("device"),
    }
    rows = [
        (
            each.room,
            each.department or None,
            each.system or None,
            each.name,
            str(each.kind) if form is Format.JSON else label("DifferenceKind", each.kind),
            each.declared or None,
            each.observed or None,
            each.subject or None,
        )
        for each in found
    ]
    return Listing(titles=titles, rows=rows)
