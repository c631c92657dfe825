"""`qianyun track`: where every move stands, what it lacks, and what was done by whom."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, Format, Printed, StoreUrl, day, show, url_of
from qianyun.cli.outlook_lists import levers_listing, outlooks_listing, summary_of, unheld
from qianyun.cli.progress_files import imported
from qianyun.cli.saying import digest_of, say, talk
from qianyun.cli.telling import (
    EstateOption,
    KindOption,
    On,
    Subject,
    Who,
    Why,
    asked_of,
    needed,
    tell,
    tracked_in,
)
from qianyun.cli.track_lists import log_listing, next_listing, standings_listing
from qianyun.cli.track_rooms import assessed, withdrawn
from qianyun.store import Held, Store
from qianyun.track.deeds import (
    Approval,
    Check,
    CheckName,
    Correction,
    Entry,
    Evidence,
    EvidenceKind,
    Incident,
    RunbookStep,
    Severity,
    Step,
    StepState,
)
from qianyun.track.recording import advance
from qianyun.track.states import TrackedKind
from qianyun.words import _
from reports.worlds import forecast_at, world_of

app = typer.Typer(no_args_is_help=True)
Today = Annotated[str, typer.Option("--on", help="The day to look from, such as 2026-11-20; today if not given.")]
app.command("import")(imported)
app.command("room")(withdrawn)
app.command("kpi")(assessed)

File = Annotated[Path | None, typer.Argument(help="Its report, by whose digest it is known.", dir_okay=False)]


@app.command("show")
def shown(
    subject: Annotated[str, typer.Argument(help="One thing, with its gates and its log; all if not given.")] = "",
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    kind: Annotated[TrackedKind, typer.Option(help="Which kind of things to list.")] = TrackedKind.SYSTEM,
    state: Annotated[str, typer.Option(help="Only those in this state.")] = "",
    form: Printed = Format.TABLE,
) -> None:
    """List where everything stands; of one thing, what it lacks for the next state, and its log."""
    with Store.open(url_of(store, estate)) as opened:
        world = world_of(opened.held(), estate)
        if not subject:
            show(standings_listing(world, kind, state, form), form)
            return
        tracked = tracked_in(world, subject, None)
        talk.print(next_listing(world, tracked), markup=False)
        show(log_listing(opened.log(tracked), form), form)


@app.command()
def report(
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    *,
    on: Today = "",
    slipped: Annotated[bool, typer.Option("--slipped", help="Only what is or will be later than approved.")] = False,
    form: Printed = Format.TABLE,
) -> None:
    """List approved, expected and actual cut-overs side by side, with why what slips does."""
    with Store.open(url_of(store, estate)) as opened:
        found = needed(forecast_at(estate, opened, day(on)))
    show(outlooks_listing(found, form, slipped=slipped), form)
    talk.print(summary_of(found), markup=False)


@app.command("forecast")
def forecasted(
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    *,
    on: Today = "",
    form: Printed = Format.TABLE,
) -> None:
    """Tell which phase goal falls, from which week, and by what it could be held, the cheapest first."""
    with Store.open(url_of(store, estate)) as opened:
        found = needed(forecast_at(estate, opened, day(on)))
    talk.print(summary_of(found), markup=False)
    listing = levers_listing(found, form)
    show(listing, form)
    talk.print(unheld(listing, found), markup=False)
    raise typer.Exit(1 if any(goal.short for goal in found.goals) else 0)


@app.command("set")
def put(
    subject: Subject,
    state: Annotated[str, typer.Argument(help="The state to enter, such as cutover.")],
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    kind: KindOption = None,
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Enter a state; refused with every unmet gate and what to do about it."""
    ask = asked_of(subject, kind, state, on=on, who=who, why=why)

    def judge(held: Held) -> tuple[Entry]:
        world = world_of(held, estate)
        return (advance(ask(world), world, datetime.now(UTC)),)

    with Store.open(url_of(store, estate)) as opened:
        say(opened.tell(judge), opened)


@app.command()
def evidence(
    subject: Subject,
    what: Annotated[EvidenceKind, typer.Argument(help="What the paper shows.")],
    file: Annotated[Path, typer.Argument(help="The paper; its digest is kept.", dir_okay=False)],
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    kind: KindOption = None,
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Bring a paper that a gate asks for."""
    deed = Evidence(kind=what, digest=digest_of(file), name=file.name)
    tell(store, estate, asked_of(subject, kind, "", on=on, who=who, why=why), deed)


@app.command()
def check(
    subject: Subject,
    name: Annotated[CheckName, typer.Argument(help="The check that was run.")],
    result: Annotated[str, typer.Argument(help="green or red.", metavar="green|red")],
    file: File = None,
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Tell the result of a check that a gate asks for."""
    if result not in ("green", "red"):
        raise typer.BadParameter(_("one of {words}").format(words="green, red"), param_hint="RESULT")
    deed = Check(name=name, is_green=result == "green", digest=digest_of(file) if file else "")
    tell(store, estate, asked_of(subject, TrackedKind.SYSTEM, "", on=on, who=who, why=why), deed)


@app.command()
def approve(
    subject: Subject,
    state: Annotated[str, typer.Argument(help="The state that may be entered.")],
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    kind: KindOption = None,
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Agree, as a second person, that a state may be entered."""
    tell(store, estate, asked_of(subject, kind, state, on=on, who=who, why=why), Approval(target=state))


@app.command("step")
def stepped(
    subject: Subject,
    name: Annotated[Step, typer.Argument(help="The step of the runbook.")],
    state: Annotated[StepState, typer.Argument(help="What became of it.")],
    file: File = None,
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Tell what became of one step of a move's runbook."""
    deed = RunbookStep(step=name, state=state, digest=digest_of(file) if file else "")
    tell(store, estate, asked_of(subject, TrackedKind.SYSTEM, "", on=on, who=who, why=why), deed)


@app.command()
def incident(
    subject: Subject,
    number: Annotated[str, typer.Argument(help="Number of the ticket; told again, it is brought up to date.")],
    severity: Annotated[Severity, typer.Argument(help="How bad it is.")],
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    responded: Annotated[int | None, typer.Option(help="Minutes until somebody answered.", min=0)] = None,
    solved: Annotated[int | None, typer.Option(help="Minutes until it was over.", min=0)] = None,
    vendor: Annotated[str, typer.Option(help="Who had to answer.")] = "",
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Tell of an incident around a cut-over, for the yearly assessment."""
    deed = Incident(number=number, severity=severity, responded_minutes=responded, solved_minutes=solved, vendor=vendor)
    tell(store, estate, asked_of(subject, TrackedKind.SYSTEM, "", on=on, who=who, why=why), deed)


@app.command()
def correct(
    subject: Subject,
    entry: Annotated[int, typer.Argument(help="Number of the entry in its log.", min=1)],
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    kind: KindOption = None,
    happened: Annotated[str, typer.Option(help="The day on which it really happened.")] = "",
    void: Annotated[bool, typer.Option("--void", help="It did not happen at all.")] = False,
    who: Who = "",
    on: On = "",
    why: Why = "",
) -> None:
    """Set an earlier entry right by a further one; nothing is overwritten."""
    deed = Correction(turn=entry, on=day(happened) if happened else None, is_void=void)
    tell(store, estate, asked_of(subject, kind, "", on=on, who=who, why=why), deed)
