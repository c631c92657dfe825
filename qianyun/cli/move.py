"""`qianyun move`: the tracker's side of the playbooks that carry a system over."""

import getpass
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, StoreUrl, url_of
from qianyun.cli.move_files import kept, move_of, read_text
from qianyun.cli.saying import digest_of, say
from qianyun.compile.moves import Borders, inventory_of_moves, without
from qianyun.compile.nftables import render
from qianyun.errors import Fault, ProgressError
from qianyun.estate.moving import Move
from qianyun.importers.declaration import load_gateways, load_moves, load_policy
from qianyun.plan.plan import Plan
from qianyun.store import Held, Store
from qianyun.track.deeds import Entry, Step
from qianyun.track.flows_seen import compared
from qianyun.track.grounds import Asked
from qianyun.track.runbook import Paper, Ticket, admitted, begun, ended, failed, has_moved
from qianyun.track.states import Tracked, TrackedKind
from qianyun.track.world import World
from qianyun.words import _
from reports.world import world_of

app = typer.Typer(no_args_is_help=True)
EstateOption = Annotated[Path, typer.Option(help="Folder of the estate's declaration.", envvar="QIANYUN_ESTATE")]
Who = Annotated[str, typer.Option(help="Who answers for it; the user of this machine if not given.")]
Why = Annotated[str, typer.Option(help="The reason, for the log.")]
Name = Annotated[str, typer.Argument(help="Short name of the move, as moves.yml has it.")]
StepName = Annotated[Step, typer.Argument(help="The step of the runbook.")]
Evidence = Annotated[Path, typer.Option("--evidence", help="Folder that keeps what the steps bring together.")]
EVIDENCE = Path("state/moves")


@app.command("compile")
def compiled(estate: EstateOption = PROVINCE, store: StoreUrl = "") -> None:
    """Write Ansible's inventory of the moves in the approved plan, bound to its digest, to stdout."""
    url, policy = url_of(store, estate), load_policy(estate)
    moves = load_moves(estate, policy)
    borders = Borders(policy=policy, gateways=load_gateways(estate / "qianyun.yml", policy))
    with Store.open(url) as opened:
        approved = opened.approved_plan()
    if approved is None:
        raise ProgressError(Fault(place="", what=_("no plan is approved"), mend=_("qianyun plan freeze approves one")))
    shared: dict[str, str] = {"move_estate": str(estate.resolve()), "move_store": _absolute(url)}
    found = inventory_of_moves(moves, approved.digest, Plan.from_text(approved.body).wave_of, borders, {**shared})
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


@app.command()
def begin(
    name: Name,
    step: StepName,
    plan: Annotated[str, typer.Option("--plan", help="Digest of the plan that the run's variables come from.")],
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    *,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it may be run.")] = False,
    who: Who = "",
    why: Why = "",
) -> None:
    """Admit a step of a move if plan, window and the steps before allow it; prints whether it is done already."""
    move, is_done = move_of(estate, name), [False]

    def judge(held: Held) -> tuple[Entry, ...]:
        now = datetime.now().astimezone()
        approved = held.approved.digest if held.approved else None
        ticket = Ticket(step=step, plan=plan, approved=approved, now=now.replace(tzinfo=None))
        asked, world = _asked(move, held, estate, who=who, why=why)
        is_done[0] = admitted(ticket, asked, world)
        return () if check or is_done[0] else begun(ticket, asked, world, now.astimezone(UTC))

    _tell(url_of(store, estate), judge)
    sys.stdout.write(json.dumps({"done": is_done[0]}) + "\n")


@app.command()
def end(
    name: Name,
    step: StepName,
    result: Annotated[str, typer.Argument(help="done or failed.", metavar="done|failed")],
    *,
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    evidence: Evidence = EVIDENCE,
    who: Who = "",
    why: Why = "",
) -> None:
    """Keep what a step brought together, read from stdin as JSON, and tell the tracker what it shows."""
    move, at = move_of(estate, name), datetime.now(UTC)
    file = kept(evidence / name, step, at, read_text(sys.stdin))
    digest = digest_of(file)

    def judge(held: Held) -> tuple[Entry, ...]:
        asked, world = _asked(move, held, estate, who=who, why=why)
        if result == "done":
            return ended(Paper(step=step, digest=digest, name=file.name), asked, world, at)
        return failed(step, digest, asked, world, at)

    _tell(url_of(store, estate), judge)
    sys.stdout.write(f"{file}\n")


@app.command()
def rules(estate: EstateOption = PROVINCE, store: StoreUrl = "") -> None:
    """Print the zones' ruleset as it is to be now: without the flows to what has been cut over."""
    policy = load_policy(estate)
    moves = load_moves(estate, policy).moves
    with Store.open(url_of(store, estate)) as opened:
        world = world_of(opened.held(), estate)
    gone = {flow for move in moves if has_moved(world.standing(_tracked(move, world))) for flow in move.old_flows}
    left = without(policy, gone)
    ruleset = render(left, datetime.now().astimezone().date())
    sys.stdout.write(
        json.dumps({"digest": left.digest, "gone": sorted(gone & {*policy.flow_by_name}), "ruleset": ruleset}) + "\n"
    )


@app.command()
def flows(name: Name, estate: EstateOption = PROVINCE) -> None:
    """Compare the connections that gateways saw, read from stdin as conntrack lists them, with the declared flows."""
    policy, move = load_policy(estate), move_of(estate, name)
    found = compared(read_text(sys.stdin), move, policy, datetime.now().astimezone().date())
    sys.stdout.write(json.dumps(found.told(), ensure_ascii=False) + "\n")
    raise typer.Exit(0 if found.is_equal else 1)


def _asked(move: Move, held: Held, estate: Path, *, who: str, why: str) -> tuple[Asked, World]:
    world, today = world_of(held, estate), datetime.now().astimezone().date()
    reason = why or _("run by the playbooks")
    return Asked(tracked=_tracked(move, world), target="", on=today, who=who or getpass.getuser(), why=reason), world


def _tracked(move: Move, world: World) -> Tracked:
    return Tracked(kind=TrackedKind.SYSTEM, key=world.key_of_system(move.system))


def _tell(url: str, judge: Callable[[Held], tuple[Entry, ...]]) -> None:
    with Store.open(url) as opened:
        say(opened.tell(judge), opened)


def _absolute(url: str) -> str:
    """A store's URL that means the same from another folder."""
    head, found, path = url.partition("sqlite:///")
    return f"{head}{found}{Path(path).resolve()}" if found else url
