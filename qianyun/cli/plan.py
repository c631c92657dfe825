"""`qianyun plan`: make, show and explain the waves."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from qianyun.cli.listing import PROVINCE, Estate, Format, Listing, Printed, StoreUrl, day, show, url_of
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.facts import SystemKey
from qianyun.plan.check import check
from qianyun.plan.compare import Comparison, compare
from qianyun.plan.explain import Explanation, explain
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.replan import MENDING_WORK, Replanned, problem_under, replan
from qianyun.plan.solve import DEFAULT_WORK, WORK_A_SECOND, Watcher, solve
from qianyun.plan.solve import Progress as Reached
from qianyun.plan.warm import announcement, is_cold
from qianyun.store import Store
from qianyun.track.states import TrackedKind
from qianyun.words import _, label
from reports.worlds import problem_at

if TYPE_CHECKING:
    from reports.content import Cell

app = typer.Typer(no_args_is_help=True)
talk = Console(stderr=True, highlight=False, soft_wrap=True)
EstateOption = Annotated[Path, typer.Option(help="Folder of the estate's declaration.", envvar="QIANYUN_ESTATE")]
Seed = Annotated[int, typer.Option(help="Sets the dice; the same seed and work give the same plan.")]
Work = Annotated[int, typer.Option(help="How much to search, in units of a tenth of a second or so.", min=0)]
Time = Annotated[
    int, typer.Option("--time", help="Likewise in seconds, by rule of thumb; 0 leaves it to --work.", min=0)
]
Which = Annotated[str, typer.Option("--plan", help="Digest of the plan, or how it begins; the newest if not given.")]
Begins = Annotated[
    str,
    typer.Option("--on", help="Where moves are tracked: the day planning begins, such as 2026-11-20; else today."),
]
Why = Annotated[str, typer.Option(help="What to note with the plan in the store.")]


@app.command()
def make(
    estate: Estate = PROVINCE,
    store: StoreUrl = "",
    *,
    seed: Seed = 1,
    work: Work = DEFAULT_WORK,
    time: Time = 0,
    why: Why = "",
    on: Begins = "",
    form: Printed = Format.TABLE,
) -> None:
    """Plan the waves, keep the plan in the store, and list it."""
    with Store.open(url_of(store, estate)) as opened:
        begins = day(on) if opened.standings(TrackedKind.SYSTEM) else None
        problem = problem_of(opened, estate, begins)
        _tell(problem)
        with watching() as watch:
            plan = replace(solve(problem, seed=seed, work=time * WORK_A_SECOND or work, progress=watch), begins=begins)
        opened.save_plan(plan.to_text(), problem_digest=problem.digest, who=getpass.getuser(), why=why)
    show(waves_listing(problem, plan), form)
    talk.print(summary(plan), markup=False)


@app.command("show")
def listed(estate: Estate = PROVINCE, store: StoreUrl = "", plan: Which = "", form: Printed = Format.TABLE) -> None:
    """List the waves of a plan in the store, and check them against the facts as they are now."""
    with Store.open(url_of(store, estate)) as opened:
        held = plan_of(opened, plan)
        problem = problem_under(problem_of(opened, estate, held.begins), held)
    show(waves_listing(problem, held), form)
    faults = check(problem, held)
    for fault in faults:
        talk.print(f"✕ {fault}", markup=False)
    raise typer.Exit(1 if faults else 0)


@app.command("explain")
def explained(
    system: Annotated[str, typer.Argument(help="The system, as department/name.")],
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    plan: Which = "",
    form: Printed = Format.TABLE,
) -> None:
    """Tell why a system moves when it does: what stands against each earlier week, what waits for what."""
    with Store.open(url_of(store, estate)) as opened:
        held = plan_of(opened, plan)
        problem = problem_under(problem_of(opened, estate, held.begins), held)
    _refuse_other_facts(problem, held)
    found = explain(problem, held, key_of(system))
    talk.print(_head(found), markup=False)
    show(reasons_listing(found), form)


@app.command("replan")
def replanned(
    estate: Estate = PROVINCE,
    store: StoreUrl = "",
    *,
    plan: Which = "",
    frozen_until: Annotated[
        str,
        typer.Option(help="What the plan has up to this day stays, such as 2026-10-01; what is over if not given."),
    ] = "",
    seed: Seed = 1,
    work: Work = MENDING_WORK,
    time: Time = 0,
    why: Why = "",
    on: Begins = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the changes, and keep nothing.")] = False,
    form: Printed = Format.TABLE,
) -> None:
    """Plan again after slips, edits and new facts: few changes, each with its reason."""
    with Store.open(url_of(store, estate)) as opened:
        old = plan_of(opened, plan)
        begins = day(on) if opened.standings(TrackedKind.SYSTEM) else None
        until = date.min if begins and not frozen_until else day(frozen_until or on)
        with watching() as watch:
            found = replan(
                problem_of(opened, estate, begins),
                old,
                frozen_until=until,
                seed=seed,
                work=time * WORK_A_SECOND or work,
                progress=watch,
            )
        if not dry_run:
            new = replace(found.plan, begins=begins)
            opened.save_plan(new.to_text(), problem_digest=found.problem.digest, who=getpass.getuser(), why=why)
    show(changes_listing(found), form)
    talk.print(_replanned(old, found), markup=False)


@app.command("compare")
def compared(
    before: Annotated[str, typer.Argument(help="Digest of a plan in the store, or how it begins.")],
    after: Annotated[str, typer.Argument(help="Digest of another.")],
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    form: Printed = Format.TABLE,
) -> None:
    """Tell what differs between two plans: systems, rooms and yuan by term."""
    with Store.open(url_of(store, estate)) as opened:
        plans = (plan_of(opened, before), plan_of(opened, after))
        problem = problem_of(opened, estate, plans[1].begins)
    show(differences_listing(compare((problem, plans[0]), (problem, plans[1]))), form)


@app.command()
def freeze(
    estate: Estate = PROVINCE,
    store: StoreUrl = "",
    plan: Which = "",
    who: Annotated[str, typer.Option(help="Who approves it: not the one who made it.")] = "",
) -> None:
    """Approve a plan, so that waves may be carried out and replan starts from it."""
    with Store.open(url_of(store, estate)) as opened:
        held = plan_of(opened, plan)
        _refuse_other_facts(problem_under(problem_of(opened, estate, held.begins), held), held)
        approved = opened.approve_plan(held.digest, who=who or getpass.getuser())
    talk.print(_("{plan} is approved by {who}").format(plan=held.digest[:15], who=approved.approved_by), markup=False)


def problem_of(store: Store, estate: Path, begins: date | None) -> Problem:
    """The planning problem of what is in a store and declared in a folder, from a day on."""
    return problem_at(estate, store, begins)


def plan_of(store: Store, digest: str) -> Plan:
    """A plan of the store; the newest without a digest."""
    return Plan.from_text(store.plan(digest or None).body)


def key_of(text: str) -> SystemKey:
    """`department/name`."""
    department, _slash, name = text.partition("/")
    return SystemKey(department=department, name=name)


@contextmanager
def watching() -> Iterator[Watcher | None]:
    """A bar with the gap falling, where somebody looks at a terminal; a word where the first plan has to wait."""
    if is_cold():
        talk.print(announcement())
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[gap]}"), TimeElapsedColumn())
    with Progress(*columns, console=talk, transient=True) as bar:
        task = bar.add_task(_("planning"), total=1.0, gap="")

        def watch(reached: Reached) -> None:
            gap = "" if reached.gap_percent is None else _("gap {gap:.2f} %").format(gap=reached.gap_percent)
            bar.update(task, completed=reached.done, gap=gap)

        yield watch


def summary(plan: Plan) -> str:
    """What a plan costs, term by term, and how far from the best it may be."""
    terms = "  ".join(f"{label('Term', name)} {value:,}" for name, value in plan.cost.terms() if value)
    lines = [
        _("{n} waves, {total} yuan: {terms}").format(n=len(plan.waves), total=f"{plan.cost.total:,}", terms=terms),
        _("plan {digest}, {status}").format(digest=plan.digest[:15], status=label("Status", plan.status)),
    ]
    if plan.gap_percent is not None and plan.savable_gap_percent is not None and plan.bound is not None:
        lines.append(
            _("no plan costs less than {bound}: the gap is {gap:.2f} %, {savable:.1f} % of what can be saved").format(
                bound=f"{plan.bound:,}", gap=plan.gap_percent, savable=plan.savable_gap_percent
            )
        )
    return "\n".join(lines)


def waves_listing(problem: Problem, plan: Plan) -> Listing:
    """Systems by wave and day."""
    rows: list[tuple[Cell, ...]] = []
    for wave in plan.waves:
        for placed in wave.placements:
            move = problem.move_of.get(placed.system)
            rows.append(
                (
                    wave.number,
                    placed.on,
                    placed.system.department,
                    placed.system.name,
                    label("Disposition", move.disposition) if move else "",
                    move.zone if move else "",
                    move.room if move else "",
                )
            )
    titles = {
        "wave": _("wave"),
        "on": _("cut-over"),
        "department": _("department"),
        "system": _("system"),
        "disposition": _("disposition"),
        "zone": _("zone"),
        "room": _("room"),
    }
    return Listing(titles=titles, rows=rows)


def reasons_listing(found: Explanation) -> Listing:
    """What stands against the weeks before, the nearest first."""
    titles = {"from": _("from"), "to": _("to"), "obstacle": _("obstacle"), "what": _("what")}
    rows = [(each.first, each.last, label("Obstacle", each.kind), each.what) for each in found.reasons]
    return Listing(titles=titles, rows=rows)


def changes_listing(found: Replanned) -> Listing:
    """Systems that have another day, with the reason."""
    titles = {
        "system": _("system"),
        "before": _("before"),
        "after": _("after"),
        "obstacle": _("obstacle"),
        "what": _("what"),
    }
    rows = [(str(c.system), c.before, c.after, label("Obstacle", c.kind), c.why) for c in found.changes]
    return Listing(titles=titles, rows=rows)


def differences_listing(found: Comparison) -> Listing:
    """Terms, rooms and systems that differ."""
    titles = {"kind": _("kind"), "name": _("name"), "before": _("before"), "after": _("after")}
    rows: list[tuple[Cell, ...]] = [
        (_("yuan"), label("Term", name), before, after) for name, (before, after) in found.terms.items()
    ]
    rows += [(_("room"), shift.name, shift.before, shift.after) for shift in found.rooms]
    rows += [(_("system"), shift.name, shift.before, shift.after) for shift in found.systems]
    return Listing(titles=titles, rows=rows)


def _replanned(old: Plan, found: Replanned) -> str:
    lines = [
        _("{n} demands broken in the old plan, {m} systems change their day").format(
            n=len(found.broken), m=len(found.changes)
        )
    ]
    more = found.price - (old.cost.total - old.cost.changes)
    lines.append(_("the new facts and changes cost {more} yuan").format(more=f"{more:,}"))
    return "\n".join((*lines, summary(found.plan)))


def _head(found: Explanation) -> str:
    lines = [_("{system}: wave {wave}, on {on}").format(system=found.system, wave=found.wave, on=found.on)]
    if found.together:
        lines.append(_("moves together with {names}").format(names="、".join(map(str, found.together))))
    for words, dated in (
        (_("waits for {system}, {day}"), found.waits_for),
        (_("is waited for by {system}, {day}"), found.wait_for_it),
    ):
        lines += [words.format(system=key, day=day) for key, day in dated]
    return "\n".join(lines)


def _tell(problem: Problem) -> None:
    for each in problem.unplanned:
        if each.is_fault:
            talk.print(_("✕ {system} is left out: {why}").format(system=each.system, why=each.why), markup=False)
    for notice in problem.notices:
        talk.print(f"! {notice}", markup=False)


def _refuse_other_facts(problem: Problem, plan: Plan) -> None:
    if plan.problem_digest != problem.digest:
        what = _("the newest plan was made for other facts")
        raise DeclarationError(
            Fault(place=plan.digest[:15], what=what, mend=_("qianyun plan replan brings it up to date"))
        )
