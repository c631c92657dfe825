"""`qianyun track import`: planners' ledgers of progress in, with every fault at its cell."""

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.exits import Exit
from qianyun.cli.ledger_files import every_file
from qianyun.cli.listing import PROVINCE, Format, Listing, Printed, StoreUrl, show, url_of
from qianyun.cli.saying import talk
from qianyun.cli.telling import EstateOption
from qianyun.cli.track_lists import said
from qianyun.errors import Fault, ProgressError
from qianyun.importers.aliases_file import load_aliases
from qianyun.importers.progress_file import ProgressFiles, read_progress
from qianyun.store import Held, Store
from qianyun.track.baseline import plan_of_days
from qianyun.track.deeds import Entry
from qianyun.track.ledger import take_in
from qianyun.words import _
from reports.worlds import problem_at, world_of


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What an import found and did.

    Attributes:
        entries: Added to the logs; none where something was wrong and good rows were not asked for.
        faults: All of them, those of files and cells first.
    """

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]


def bring(
    store: Store, estate: Path, read: ProgressFiles, at: datetime, *, good_rows: bool = False, dry: bool = False
) -> Brought:
    """Take ledgers of progress into the logs, all or none, or the good rows alone."""
    found: list[Fault] = list(read.faults)

    def judge(held: Held) -> tuple[Entry, ...]:
        taken = take_in(read.ledger.rows, world_of(held, estate), at)
        found.extend(taken.faults)
        told.extend(taken.entries)
        return taken.entries if not dry and (good_rows or not found) else ()

    told: list[Entry] = []
    done = store.tell(judge)
    return Brought(entries=tuple(told) if dry else done, faults=tuple(found))


def keep_approved(store: Store, estate: Path, read: ProgressFiles, at: datetime, *, made_by: str, approver: str) -> str:
    """Keep the ledger's planned days as the approved plan; its digest.

    Raises:
        ProgressError: It has none.
    """
    if not read.ledger.planned:
        what, mend = _("has no planned day to approve"), _("fill the column 计划割接日期")
        raise ProgressError(Fault(place=_("the ledger"), what=what, mend=mend))
    plan = plan_of_days(problem_at(estate, store, None), read.ledger.planned)
    why = _("planned days of the ledger of progress")
    saved = store.save_plan(plan.to_text(), problem_digest=plan.problem_digest, who=made_by, why=why, at=at)
    if not saved.is_approved:
        store.approve_plan(saved.digest, who=approver, at=at)
    return saved.digest


def imported(
    files: Annotated[
        list[Path], typer.Argument(help="Ledgers of progress: .xlsx, .xls, .ods, .csv; a folder means all in it.")
    ],
    estate: EstateOption = PROVINCE,
    store: StoreUrl = "",
    *,
    approved_by: Annotated[
        str, typer.Option(help="Also keep the planned days as the approved plan, approved by this person.")
    ] = "",
    who: Annotated[str, typer.Option(help="Who made that plan; the user of this machine if not given.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Say what would be told; tell nothing.")] = False,
    good_rows: Annotated[bool, typer.Option("--good-rows", help="Take the right rows, and leave the others.")] = False,
    form: Printed = Format.TABLE,
) -> None:
    """Take a ledger of progress in: states with their days, what it cannot show is owed."""
    now = datetime.now(UTC)
    with Store.open(url_of(store, estate)) as opened:
        read = read_progress(every_file(files), opened.estate(), load_aliases(estate))
        for notice in read.notices:
            talk.print(f"! {notice}", markup=False)
        if approved_by and not check and not read.faults:
            keep_approved(opened, estate, read, now, made_by=who or getpass.getuser(), approver=approved_by)
        brought = bring(opened, estate, read, now, good_rows=good_rows, dry=check)
    show(entries_listing(brought.entries) if check else faults_listing(brought.faults), form)
    talk.print(_counted(brought, check=check), markup=False)
    is_refused = bool(brought.faults) and not good_rows
    raise typer.Exit(Exit.WRONG_INPUT if is_refused else Exit.FINDINGS if brought.faults else Exit.DONE)


def _counted(brought: Brought, *, check: bool) -> str:
    words = _("{n} entries would be added, {faults} faults") if check else _("{n} entries added, {faults} faults")
    return words.format(n=len(brought.entries), faults=len(brought.faults))


def faults_listing(faults: Iterable[Fault]) -> Listing:
    """Faults with their places."""
    titles = {"place": _("place"), "what": _("what is wrong"), "right": _("what would be right")}
    return Listing(titles=titles, rows=[(fault.place, fault.what, fault.mend or None) for fault in faults])


def entries_listing(entries: Iterable[Entry]) -> Listing:
    """What a ledger would add to the logs."""
    titles = {"key": _("what"), "on": _("on"), "deed": _("deed"), "who": _("who"), "source": _("source")}
    rows = [(each.tracked.key, each.on, said(each), each.who, each.source) for each in entries]
    return Listing(titles=titles, rows=rows)
