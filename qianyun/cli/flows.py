"""`qianyun collect flows`: who talks to whom, as dependencies between systems."""

import getpass
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from collectors.agents.province import Devices, answering
from collectors.flows.comparing import LinkDifference, compare_links
from collectors.flows.coverage import Coverage, coverage_of
from collectors.flows.folding import Folded, fold
from collectors.flows.joining import Relation, relations
from collectors.flows.keeping import Evidence, evidence_of, host_observations
from collectors.flows.owning import Owners, owners
from collectors.flows.sampling import LONGEST_EVERY_S, Sampled, Schedule, Told, sample, sampled_targets
from collectors.flows.sockets_script import DIGEST
from collectors.flows.tally import BLOCK_S
from collectors.flows.watching import Watch
from collectors.outcome import State
from collectors.reach.approval import approved
from collectors.run import choose_rooms, new_run
from collectors.seen import devices as devices_of
from qianyun.cli.collect import JOURNALS, Rooms, app
from qianyun.cli.collecting import talk
from qianyun.cli.exits import Exit
from qianyun.cli.flow_lists import (
    coverage_listing,
    difference_listing,
    ends_listing,
    observed_listing,
    sampled_listing,
)
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Estate, Format, Listing, Printed, StoreUrl, show
from qianyun.cli.moments import seconds_of, shown_time
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.ends import Ends
from qianyun.estate.estate import Estate as DeclaredEstate
from qianyun.estate.facts import Dependency, SystemKey
from qianyun.estate.targets import Manifest, Target
from qianyun.importers.collect_file import load_manifest
from qianyun.importers.ends_file import load_ends
from qianyun.importers.trust_file import TRUST, load_trust
from qianyun.store import Store
from qianyun.store.comparison import keyed
from qianyun.words import _, label

flows = typer.Typer(no_args_is_help=True, help="Who talks to whom, as dependencies between systems.")
app.add_typer(flows, name="flows")

COLLECTOR = "flows"
Lasts = Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 12h, 7d.")]
Occasion = Annotated[int, typer.Option(help="Seconds that count as one occasion of the coverage.", min=1)]
Since = Annotated[int, typer.Option(help="Only what was seen in so many days; 0 for all.", min=0)]


@flows.command("sample")
def sampled(
    estate: Estate = PROVINCE,
    room: Rooms = None,
    store: StoreUrl = PROVINCE_STORE,
    *,
    lasts: Lasts = "30m",
    every: Annotated[
        float, typer.Option(help="Seconds between two samples; more than 50 would miss connections.", min=0.1)
    ] = LONGEST_EVERY_S,
    occasion: Occasion = BLOCK_S,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was cut off.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be asked, and ask nothing.")] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Let the recordings in devices/ answer on loopback, not the rooms.")
    ] = False,
    form: Printed = Format.TABLE,
) -> None:
    """Sample the sockets of all Linux servers that the manifest names, and keep who talked to whom."""
    schedule = _schedule(every, lasts, occasion)
    manifest = load_manifest(estate) if rehearse or dry_run else approved(estate, load_trust(estate / TRUST))
    if dry_run:
        _tell_what_would_be_asked(manifest, room or (), schedule, form)
        return
    devices = answering(manifest) if rehearse else nullcontext(Devices(manifest=manifest))
    with Store.open(store, create=True) as opened, devices as asked:
        found = _sample(asked, room or (), schedule, opened, resume=resume)
    show(sampled_listing(found, form), form)
    talk([f"✕ {finding}" for each in found for finding in each.findings])
    talk([f"· {each.target.room} {each.target.name}: {reason}" for each in found for reason in each.reasons])
    raise typer.Exit(Exit.DONE if all(each.state is State.FOUND for each in found) else Exit.UNREACHABLE)


@flows.command("fold")
def folded(
    estate: Estate = PROVINCE,
    store: StoreUrl = PROVINCE_STORE,
    since: Since = 0,
    least: Annotated[float, typer.Option(help="Least confidence that is kept, 0 to 1.", min=0, max=1)] = 0.5,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the dependencies, and keep none.")] = False,
    form: Printed = Format.TABLE,
) -> None:
    """Fold all that was seen to dependencies between systems, and keep them for the planner."""
    with Store.open(store) as opened:
        seen = _seen(opened, estate, since)
        kept = [each for each in seen.folded.observed if each.dependency.confidence >= least]
        if not dry_run:
            _keep(opened, [each.dependency for each in kept])
    show(observed_listing(kept), form)
    _tell(seen, len(seen.folded.observed) - len(kept))


@flows.command("ends")
def unknown(
    estate: Estate = PROVINCE, store: StoreUrl = PROVINCE_STORE, since: Since = 0, form: Printed = Format.TABLE
) -> None:
    """List the ends that no ledger knows, for planners to name in ends.yml."""
    with Store.open(store) as opened:
        seen = _seen(opened, estate, since)
    show(ends_listing(seen.folded.unknown), form)
    raise typer.Exit(Exit.FINDINGS if seen.folded.unknown else Exit.DONE)


@flows.command("coverage")
def covered(
    estate: Estate = PROVINCE, store: StoreUrl = PROVINCE_STORE, since: Since = 0, form: Printed = Format.TABLE
) -> None:
    """Estimate how many relations are still unseen, and how much longer to look."""
    with Store.open(store) as opened:
        seen = _seen(opened, estate, since)
    found, unit_s = coverage_of(seen.relations, seen.evidence.looked)
    show(coverage_listing(found, unit_s, sampled=len(seen.evidence.hosts), servers=seen.servers), form)
    raise typer.Exit(Exit.DONE if found.is_enough else Exit.FINDINGS)


@flows.command("compare")
def compared(
    estate: Estate = PROVINCE,
    store: StoreUrl = PROVINCE_STORE,
    since: Since = 0,
    form: Printed = Format.TABLE,
    *,
    workbooks: Annotated[
        Path | None, typer.Option(help="Folder for one workbook a department, to send back.", file_okay=False)
    ] = None,
) -> None:
    """Tell where declared dependencies and those that were seen differ."""
    from qianyun.cli.differences import send_links_back  # noqa: PLC0415 - only workbooks need the reports

    with Store.open(store) as opened:
        seen, digest = _seen(opened, estate, since), opened.digest()
        declared = opened.estate()
    lines = compare_links(declared.dependencies, seen.folded.observed, seen.watched)
    if workbooks is not None:
        talk([str(path) for path in send_links_back(lines, declared, workbooks, as_of=seen.as_of, digest=digest)])
    show(difference_listing(lines, form), form)
    asked = [each for each in lines if each.kind is not LinkDifference.NOT_WATCHED]
    raise typer.Exit(Exit.FINDINGS if asked else Exit.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Everything a store knows of flows, folded."""

    evidence: Evidence
    relations: tuple[Relation, ...]
    folded: Folded
    watched: frozenset[SystemKey]
    servers: int
    as_of: datetime


def _seen(store: Store, estate: Path, since_days: int) -> _Seen:
    since = datetime.now(UTC).timestamp() - since_days * 86_400 if since_days else 0.0
    observations = store.observed("flow.", datetime.fromtimestamp(since, UTC) if since_days else None)
    evidence = evidence_of(observations)
    declared, ends = store.estate(), load_ends(estate)
    _refuse_unknown_systems(ends, declared)
    found = relations(evidence, ends.balancers)
    known = owners(
        declared,
        ends,
        devices_of(store.latest(attribute="device.") + store.latest(attribute="address.")),
        evidence.hosts.values(),
    )
    return _Seen(
        evidence=evidence,
        relations=found,
        folded=fold(found, known, evidence.seconds),
        watched=frozenset(_watched(evidence, known, found)),
        servers=len(declared.servers),
        as_of=max((each.seen_at for each in observations), default=datetime.now(UTC)),
    )


def _refuse_unknown_systems(ends: Ends, declared: DeclaredEstate) -> None:
    faults = [
        Fault(place=each.source, what=_("names the system {name!r}, which nobody declared").format(name=each.name))
        for each in ends.named
        if each.system is not None and each.system not in declared.system_by_key
    ]
    if faults:
        raise DeclarationError(faults)


def _watched(evidence: Evidence, known: Owners, found: Sequence[Relation]) -> Iterator[SystemKey]:
    """Systems of sampled hosts, and those that any observer saw talking."""
    addresses = {host.address for host in evidence.hosts.values()}
    addresses |= {address for each in found for address in (each.edge.client, each.edge.server)}
    for address in addresses:
        owner = known.of(address, None)
        yield from (key for key, _sure in owner.systems) if owner else ()


def _schedule(every_s: float, lasts: str, occasion_s: int) -> Schedule:
    if every_s > LONGEST_EVERY_S:
        what = _("{every} s is too far apart; a closed connection shows for 60 s, so sample every 50 s at least")
        raise typer.BadParameter(what.format(every=f"{every_s:g}"), param_hint="--every")
    return Schedule(every_s=every_s, lasts_s=seconds_of(lasts, "--for"), block_s=occasion_s)


def _sample(
    asked: Devices, rooms: Sequence[str], schedule: Schedule, store: Store, *, resume: bool
) -> tuple[Sampled, ...]:
    """Sample, and keep all of it in the end; what a cut-off run has is on disk until then."""
    folder = JOURNALS / f"{asked.manifest.folder.resolve().name}.flows"
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    run = new_run()
    with _bars(asked.manifest, rooms, schedule) as told:
        found = sample(asked.manifest, schedule, folder, rooms=rooms, environment=asked.environment, told=told)
    store.begin_run(run.id, COLLECTOR, run.began_at)
    for each in found:
        store.record(host_observations(each.target, each.watch, run, datetime.now(UTC)))
    store.end_run(run.id, {str(state): sum(each.state is state for each in found) for state in State})
    shutil.rmtree(folder)
    return found


@contextmanager
def _bars(manifest: Manifest, rooms: Sequence[str], schedule: Schedule) -> Iterator[Told]:
    """A bar for every room, with the relations seen so far, on a terminal; silence elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[seen]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    edges: dict[tuple[str, str], int] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}
        for each in choose_rooms(manifest, rooms):
            total = len(sampled_targets(each)) * schedule.samples
            if total:
                tasks[each.room] = bars.add_task(each.room, total=total, seen="")

        def told(target: Target, watch: Watch) -> None:
            edges[target.room, target.name] = len(watch.sockets.counts)
            seen = sum(count for (room, _name), count in edges.items() if room == target.room)
            bars.update(tasks[target.room], advance=1, seen=_("{n} relations").format(n=seen))

        yield told


def _tell_what_would_be_asked(manifest: Manifest, rooms: Sequence[str], schedule: Schedule, form: Format) -> None:
    titles = {"room": _("room"), "name": _("name"), "address": _("address"), "samples": _("samples")}
    chosen = choose_rooms(manifest, rooms)
    rows = [
        (each.room, target.name, f"{target.address}:{target.port}", schedule.samples)
        for each in chosen
        for target in sampled_targets(each)
    ]
    show(Listing(titles=titles, rows=rows), form)
    words = _("{n} hosts, each asked {samples} times, every {every} s, by the script {digest}")
    told = words.format(n=len(rows), samples=schedule.samples, every=f"{schedule.every_s:g}", digest=f"sha256:{DIGEST}")
    talk([told])


def _keep(store: Store, dependencies: Sequence[Dependency]) -> None:
    """Let the store hold exactly these of ours; what fell away is taken out, and what ledgers say stays theirs."""
    who, why = getpass.getuser(), _("folded from flows that were seen")
    sources: dict[str, set[str]] = {}
    for change in store.history("dependency"):
        sources.setdefault(change.key, set()).add(change.cause.source)
    others = {key for key, found in sources.items() if found != {COLLECTOR}}
    held = {place[1] for place, _fact in keyed(store.estate().dependencies).items()} - others
    now = {place: each for place, each in keyed(dependencies).items() if place[1] not in others}
    gone = [("dependency", key) for key in sorted(held - {key for _kind, key in now})]
    if gone:
        store.remove(gone, who=who, why=why, source=COLLECTOR)
    if now:
        store.upsert(now.values(), who=who, why=why, source=COLLECTOR)


def _tell(seen: _Seen, weak: int) -> None:
    """What was left out and why, what is unknown, and how much is unseen."""
    found, unit_s = coverage_of(seen.relations, seen.evidence.looked)
    lines = [f"· {label('LeftOut', reason)}: {count}" for reason, count in seen.folded.left_out.items()]
    if weak:
        lines.append(_("· too weak to be kept: {n}").format(n=weak))
    if seen.folded.unknown:
        lines.append(_("· ends that nobody knows: {n}; see collect flows ends").format(n=len(seen.folded.unknown)))
    talk([*lines, _coverage_words(found, unit_s)])


def _coverage_words(found: Coverage, unit_s: int) -> str:
    if found.further is None:
        return _("{n} relations seen; how many are unseen cannot be told from one occasion").format(n=found.seen)
    words = _("{n} relations seen, at least {total} exist ({low} to {high}); {share} % of what happens is known")
    text = words.format(
        n=found.seen,
        total=round(found.total),
        low=round(found.low),
        high=round(found.high),
        share=int(found.share * 100),
    )
    if found.is_enough:
        return text + _("; one may stop")
    return text + _("; look for another {time} to see 99 %").format(time=shown_time(found.further * unit_s))
