"""`qianyun estate import` and `export`: departments' ledgers in, our own workbook out."""

import getpass
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from qianyun.cli.fact_lists import shown, title_of
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Format, Listing, Printed, StoreUrl, show
from qianyun.estate.estate import Estate
from qianyun.estate.identity import Fact
from qianyun.importers.aliases_file import load_aliases
from qianyun.importers.ledgers import Ledgers, read_ledgers
from qianyun.importers.register import Aliases
from qianyun.importers.returning import annotated_files, returned_files
from qianyun.store import Comparison, Conflicts, Store, Verdict
from qianyun.store.database import Database
from qianyun.store.versions import version_of
from qianyun.words import _, label
from reports.estate_book import ledger_workbook

SOURCE = "ledgers"
"""One source for all files: a department's next ledger goes on where its last one stopped, whatever its name."""
RETURNED = Path("build/returned")
FINDINGS, WRONG_INPUT = 1, 2
NAMED = 3
"""Files that the history names; the others it counts."""

Files = Annotated[list[Path], typer.Argument(help="Ledgers: .xlsx, .xls, .ods, .csv; a folder means all in it.")]


def taken_in(
    files: Files,
    *,
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
    estate: Annotated[Path, typer.Option(envvar="QIANYUN_ESTATE", help="Folder whose aliases.yml holds.")] = PROVINCE,
    annotate: Annotated[Path | None, typer.Option(help="Write each faulty file, marked, into this folder.")] = None,
    who: Annotated[str, typer.Option(help="Who answers for the import; the user of this machine if not given.")] = "",
    why: Annotated[str, typer.Option(help="Why, for the history; the names of the files if not given.")] = "",
    conflicts: Annotated[
        Conflicts, typer.Option(help="Fields that somebody else changed meanwhile: refuse, keep or take.")
    ] = Conflicts.REFUSE,
    check: Annotated[bool, typer.Option("--check", help="Say what would change; change nothing.")] = False,
    good_rows: Annotated[
        bool, typer.Option("--good-rows", help="Import what is right and send the rest back as workbooks.")
    ] = False,
) -> None:
    """Take ledgers in, all or none, telling every fault with its cell."""
    paths = every_file(files)
    with _opened(store, check=check) as opened:
        read = _read(paths, opened.estate(), load_aliases(estate))
        _tell_faults(read, form, annotate, good_rows=good_rows)
        if check:
            _tell_changes(opened.compare(facts_of(read.facts), SOURCE), form)
        done = opened.upsert(
            facts_of(read.facts),
            who=who or getpass.getuser(),
            why=why or _why(paths),
            source=SOURCE,
            conflicts=conflicts,
        )
    say_counts(done)
    raise typer.Exit(0 if read.is_clean else FINDINGS)


def written_out(
    target: Annotated[Path, typer.Argument(help="The workbook to write, .xlsx.", dir_okay=False)],
    store: StoreUrl = PROVINCE_STORE,
) -> None:
    """Write what is declared as one workbook that imports back to the same; it is also the form to fill."""
    with Store.open(store) as opened:
        content = ledger_workbook(opened.estate())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def every_file(files: Sequence[Path]) -> list[Path]:
    """Files as given; a folder stands for its files, by name, but for hidden ones and open locks."""
    found: dict[Path, None] = {}
    for path in files:
        inside = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
        found.update((each, None) for each in inside if not each.name.startswith((".", "~$")))
    return list(found)


@contextmanager
def _opened(url: str, *, check: bool) -> Iterator[Store]:
    """The store; for a check where there is none, an empty one that is thrown away."""
    database = Database(url)
    is_absent = check and version_of(database) is None
    database.close()
    if not is_absent:
        with Store.open(url, create=not check) as opened:
            yield opened
        return
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/empty.db", create=True) as opened:
        yield opened


def _read(paths: list[Path], known: Estate, aliases: Aliases) -> Ledgers:
    """Read the files, showing on a terminal how far it is."""
    talk = Console(stderr=True)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=talk, transient=True)
    bar.disable = not talk.is_terminal
    with bar:
        task = bar.add_task(_("reading ledgers"), total=len(paths))
        return read_ledgers(paths, known, aliases=aliases, tell=lambda _path: bar.advance(task))


def _tell_faults(read: Ledgers, form: Format, annotate: Path | None, *, good_rows: bool) -> None:
    """List the faults, send files back, and end here unless the good rows are wanted."""
    for notice in read.notices:
        typer.echo(f"{notice.place}: {notice.what}", err=True)
    if read.is_clean:
        return
    show(_faults_listing(read), form)
    if annotate:
        _write(annotate, annotated_files(read))
    if good_rows:
        _write(annotate or RETURNED, returned_files(read))
    said = _("{faults} faults in {rows} rows; {good} rows are right, {held} wait for a faulty one")
    counts = {"faults": len(read.all_faults()), "rows": read.bad_rows, "good": read.good_rows, "held": len(read.held)}
    typer.echo(said.format(**counts), err=True)
    if not good_rows:
        typer.echo(_("nothing was imported; mend the files, or take the right rows with --good-rows"), err=True)
        raise typer.Exit(WRONG_INPUT)


def _faults_listing(read: Ledgers) -> Listing:
    titles = {
        "file": _("file"),
        "sheet": _("sheet"),
        "cell": _("cell"),
        "value": _("value"),
        "what": _("what is wrong"),
        "right": _("what would be right"),
    }
    refused = [(fault.place, None, None, None, fault.what, fault.mend) for fault in read.refused]
    cells = [(f.path.name, f.sheet, f.cell, f.value or None, f.what, f.mend) for f in read.faults]
    return Listing(titles=titles, rows=[*refused, *cells])


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        typer.echo(str(folder / name), err=True)


def _tell_changes(comparison: Comparison, form: Format) -> None:
    """List what would be new, changed or in conflict, and end: 1 when anything would."""
    rows = [
        (
            each.verdict.value if form is Format.JSON else label("Verdict", each.verdict.value),
            each.kind if form is Format.JSON else label("Fact", each.kind),
            each.key,
            None if change is None else title_of(each.kind, change.name),
            None if change is None else shown(change.before),
            each.reason or None if change is None else shown(change.after),
        )
        for each in comparison.differences
        if each.verdict is not Verdict.SAME
        for change in ((None,) if each.held is None else (*each.changes, *each.clashes) or (None,))
    ]
    titles = {
        "verdict": _("verdict"),
        "kind": _("kind"),
        "key": _("key"),
        "field": _("field"),
        "before": _("before"),
        "after": _("after"),
    }
    show(Listing(titles=titles, rows=rows), form)
    say_counts(comparison)
    raise typer.Exit(FINDINGS if rows else 0)


def say_counts(comparison: Comparison) -> None:
    """What an import did, in numbers, on stderr."""
    counts = comparison.counts().items()
    typer.echo(", ".join(f"{label('Verdict', verdict)} {count}" for verdict, count in counts), err=True)


def facts_of(estate: Estate) -> list[Fact]:
    """All facts of an estate, kind by kind."""
    return [fact for field in fields(estate) for fact in getattr(estate, field.name)]


def _why(paths: Sequence[Path]) -> str:
    names, more = ", ".join(path.name for path in paths[:NAMED]), len(paths) - NAMED
    if more <= 0:
        return _("import of {names}").format(names=names)
    return _("import of {names} and {count} more").format(names=names, count=more)
