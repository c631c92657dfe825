"""`qianyun demo`: the main job from ledgers to reports, on one estate, in one process.

Each step is what a command does by itself. The store is a file of the demo's own that begins
empty, so that the demo can run again and again.
"""

import os
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from collectors.agents.province import answering
from collectors.keeping import Keeper
from collectors.outcome import State
from collectors.run import collect, new_run
from qianyun.cli.ledger_files import SOURCE, facts_of
from qianyun.cli.listing import PROVINCE, Estate, day
from qianyun.cli.plan import problem_of, watching
from qianyun.cli.progress_files import bring, keep_approved
from qianyun.cli.telling import needed
from qianyun.compile import nftables
from qianyun.importers.aliases_file import load_aliases
from qianyun.importers.collect_file import load_manifest
from qianyun.importers.declaration import load_addresses, load_egress, load_policy, load_waivers
from qianyun.importers.ledgers import Ledgers, read_ledgers
from qianyun.importers.progress_file import read_progress
from qianyun.plan.plan import Plan
from qianyun.plan.replan import replan
from qianyun.plan.solve import solve
from qianyun.policy.model import Policy
from qianyun.policy.rules import rules_of
from qianyun.store import Store
from qianyun.verify.findings import Kind
from qianyun.verify.judging import verify
from qianyun.verify.network.matrix import verify_network
from qianyun.verify.nft_text import read_nft
from qianyun.words import _
from reports.gathering import evening_of, gather
from reports.measure import pad
from reports.surveying import surveyed
from reports.terminal import demo_summary
from reports.tracked import short_of
from reports.views import report_of
from reports.worlds import forecast_at
from reports.writing import write_report

WHO = "demo"
SAMPLE_DAY = "2026-11-20"
"""The day as of which the samples' progress is told."""
APPROVED_AT = datetime(2026, 6, 24, 9, tzinfo=UTC)
"""When the plan of the samples is said to have been approved."""
STEP_WIDTH = 12
WORK = 20
"""Of the search: a third of what `plan make` does unasked, for a reader who waits."""


@dataclass(slots=True)
class Steps:
    """Says on stderr what was done and when, step by step."""

    began: float = field(default_factory=monotonic)

    def done(self, step: str, found: str) -> None:
        """One line for a step that is over."""
        sys.stderr.write(f"✔ {monotonic() - self.began:5.1f} s  {pad(step, STEP_WIDTH)}  {found}\n")


def demo(
    estate: Estate = PROVINCE,
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path("build/demo"),
    on: Annotated[str, typer.Option("--on", help="The day on which it plays.")] = SAMPLE_DAY,
) -> None:
    """Run the main job on the sample province: ledgers, devices, zones, proof, waves, reports."""
    steps, today = Steps(), day(on)
    with Store.open(_empty_store(out), create=True) as store:
        ledgers = _import(estate, store, steps)
        _collect(estate, store, steps)
        policy = _check(estate, today, steps)
        _prove(policy, _compile(policy, today, out, steps), today, steps)
        _network(estate, store, policy, today, steps)
        _progress(estate, store, today, steps)
        _plan(estate, store, today, steps)
        report = report_of(
            gather(estate, store, classification=_("internal"), ledgers=ledgers, looked_from=evening_of(today))
        )
    paths = [str(path) for path in write_report(report, out)]
    steps.done(_("report"), _("{n} files").format(n=len(paths)))
    sys.stdout.write(demo_summary(report, paths, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    sys.stdout.write(_("open {path} in any browser").format(path=paths[0]) + "\n")


def _empty_store(out: Path) -> str:
    """URL of a store that is not there yet, in the demo's own folder."""
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob("store.db*"):
        left.unlink()
    return f"sqlite:///{out}/store.db"


def _import(estate: Path, store: Store, steps: Steps) -> Ledgers:
    """Take the right rows in; the wrong ones are told in the report."""
    files = sorted((estate / "ledgers").iterdir())
    read = read_ledgers(files, aliases=load_aliases(estate))
    store.upsert(facts_of(read.facts), who=WHO, why=_("the sample's ledgers"), source=SOURCE)
    said = _("{files} files, {good} right rows taken in, {faults} faults told by cell")
    steps.done(_("import"), said.format(files=len(files), good=read.good_rows, faults=len(read.faults)))
    return read


def _collect(estate: Path, store: Store, steps: Steps) -> None:
    """Ask the sample's devices, which answer on loopback while this runs."""
    this = new_run()
    with answering(load_manifest(estate)) as devices, Keeper(store, this) as keeper:
        outcomes = collect(devices.manifest, this, environment=devices.environment, told=keeper.keep).outcomes
    found = [outcome for outcome in outcomes if outcome.state is State.FOUND]
    said = _("{found} of {all} devices answered, {facts} facts")
    facts = sum(len(outcome.observations) for outcome in outcomes)
    steps.done(_("collect"), said.format(found=len(found), all=len(outcomes), facts=facts))


def _check(estate: Path, today: date, steps: Steps) -> Policy:
    """Read the whole declaration; a fault ends the demo."""
    policy = load_policy(estate)
    sites = load_addresses(estate, policy).sites
    load_egress(estate, policy)
    load_waivers(estate)
    said = _("{zones} zones, {flows} flows, {rules} rules, {sites} sites")
    counts = {"zones": len(policy.zones), "flows": len(policy.flows), "sites": len(sites)}
    steps.done(_("declaration"), said.format(rules=len(rules_of(policy, today)), **counts))
    return policy


def _compile(policy: Policy, today: date, out: Path, steps: Steps) -> str:
    text = nftables.render(policy, today)
    (out / "zones.nft").write_text(text, encoding="utf-8")
    steps.done(
        _("compile"), _("{lines} lines of nftables in {path}").format(lines=text.count("\n"), path=out / "zones.nft")
    )
    return text


def _prove(policy: Policy, text: str, today: date, steps: Steps) -> None:
    """Read the compiled text as a stranger's, and ask whether it passes exactly the flow matrix."""
    report = verify(policy, read_nft(text, "zones.nft"), today)
    said = _("exactly the flow matrix passes") if report.is_exact else _("not what the flow matrix says")
    steps.done(_("prove"), said)


def _network(estate: Path, store: Store, policy: Policy, today: date, steps: Steps) -> None:
    """Judge what was collected as one network."""
    survey = surveyed(estate, store, policy)
    report = verify_network(survey, policy, today)
    found = [each for each in report.findings if each.kind is not Kind.UNPROVEN]
    said = _("{boxes} boxes: {findings} findings, {unproven} unproven")
    counts = {"boxes": len(survey.network.boxes), "findings": len(found)}
    steps.done(_("network"), said.format(unproven=len(report.findings) - len(found), **counts))


def _progress(estate: Path, store: Store, today: date, steps: Steps) -> None:
    """Take the planners' ledger of progress in, its planned days as the approved plan, and look ahead."""
    files = sorted((estate / "progress").glob("*"))
    if not files:
        return
    read, at = read_progress(files, store.estate(), load_aliases(estate)), evening_of(today)
    keep_approved(store, estate, read, APPROVED_AT, made_by=WHO, approver=_("the second person of the sample"))
    told = bring(store, estate, read, at)
    found = needed(forecast_at(estate, store, today))
    short = [short_of(goal) for goal in found.goals if goal.short]
    said = _("{entries} entries; {done} of {all} systems cut over, {late} more will be late")
    counts = {
        "entries": len(told.entries),
        "done": sum(each.is_done for each in found.outlooks),
        "all": len(found.outlooks),
        "late": sum(not each.is_done for each in found.slipped),
    }
    steps.done(_("progress"), _("; ").join([said.format(**counts), *short]))


def _plan(estate: Path, store: Store, today: date, steps: Steps) -> None:
    """Plan from today on, changing little of what was approved."""
    approved = store.approved_plan()
    problem = problem_of(store, estate, today if approved else None)
    changed = 0
    with watching() as watch:
        if approved:
            found = replan(problem, Plan.from_text(approved.body), frozen_until=date.min, work=WORK, progress=watch)
            problem, plan, changed = found.problem, replace(found.plan, begins=today), len(found.changes)
        else:
            plan = solve(problem, work=WORK, progress=watch)
    why = _("the sample's plan")
    store.save_plan(plan.to_text(), problem_digest=problem.digest, who=WHO, why=why, at=evening_of(today))
    said = _("{systems} systems in {waves} waves; no plan is more than {gap:.1f} % better")
    told = [said.format(systems=len(plan.days), waves=len(plan.waves), gap=plan.gap_percent or 0)]
    told += [_("{n} systems change their day").format(n=changed)] if approved else []
    steps.done(_("plan"), _("; ").join(told))
