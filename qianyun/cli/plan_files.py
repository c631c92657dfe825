"""`qianyun plan export|import`: plans as workbooks, JSON and Microsoft Project XML, there and back."""

import getpass
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, StoreUrl, url_of
from qianyun.cli.plan import EstateOption, Which, Why, app, plan_of, problem_of, summary, talk
from qianyun.errors import DeclarationError, Fault, ImportFileError
from qianyun.importers.faults import CellFault
from qianyun.importers.plan_edits import Edits, annotated, on_cells, read_book, read_project
from qianyun.plan.check import check
from qianyun.plan.compare import compare
from qianyun.plan.edits import Edit, applied, refused
from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.plan.replan import problem_under
from qianyun.store import Store
from qianyun.words import _, label
from reports.plan_book import plan_book
from reports.project_xml import project_xml

MARKED = "标注"
File = Annotated[Path, typer.Argument(help="The file: .xlsx to edit, .json for programs, .xml for Microsoft Project.")]


@app.command("export")
def exported(file: File, estate: EstateOption = PROVINCE, store: StoreUrl = "", plan: Which = "") -> None:
    """Write a plan as a workbook to edit, as JSON, or as Microsoft Project XML."""
    with Store.open(url_of(store, estate)) as opened:
        held = plan_of(opened, plan)
        problem = problem_under(problem_of(opened, estate, held.begins), held)
    file.write_bytes(content_of(problem, held, file, estate.name))
    talk.print(_("{file} holds plan {plan}").format(file=file, plan=held.digest[:15]), markup=False)


@app.command("import")
def imported(
    file: File, estate: EstateOption = PROVINCE, store: StoreUrl = "", plan: Which = "", why: Why = ""
) -> None:
    """Take an edited plan in: check it at once, price it anew, pin what was changed, and keep it."""
    with Store.open(url_of(store, estate)) as opened:
        held = plan_of(opened, plan)
        problem = problem_under(problem_of(opened, estate, held.begins), held)
        pinned, made = taken(file, problem, held)
        opened.save_plan(made.to_text(), problem_digest=pinned.digest, who=getpass.getuser(), why=why)
    for line in told(problem, held, pinned, made):
        talk.print(line, markup=False)


def content_of(problem: Problem, plan: Plan, file: Path, title: str) -> bytes:
    """The plan in the format that the file's name asks for."""
    match file.suffix.lower():
        case ".xlsx":
            return plan_book(problem, plan)
        case ".json":
            return plan.to_text().encode()
        case ".xml":
            return project_xml(problem, plan, title).encode()
    what = _("names no format of plans")
    raise DeclarationError(Fault(place=str(file), what=what, mend=_("end it in .xlsx, .json or .xml")))


def taken(file: Path, problem: Problem, plan: Plan) -> tuple[Problem, Plan]:
    """The plan with what a file edits, when it keeps every demand.

    Raises:
        ImportFileError: The file is of another plan or other facts, cannot be read, or what it asks
            breaks a demand; says all. A workbook comes back with each fault marked at its cell.
    """
    match file.suffix.lower():
        case ".xlsx" | ".et" | ".csv":
            found = read_book(file, problem, plan)
        case ".xml":
            found = read_project(file, problem)
        case _:
            found = _edits_of(file, problem, plan)
    other = refused(problem, plan, found.digests)
    if other:
        raise ImportFileError(replace(other, place=file.name))
    pinned, made = applied(problem, plan, found.edits)
    marks = [*found.faults, *on_cells(found, check(pinned, made))]
    faults = [*(fault.told() for fault in found.faults), *check(pinned, made)]
    if faults:
        _give_back(file, found, marks)
        raise ImportFileError(faults)
    return pinned, made


def _edits_of(file: Path, problem: Problem, plan: Plan) -> Edits:
    """The days, pins and notes of a plan in JSON, whose own digest changes with each edit."""
    given = Plan.from_text(file.read_text(encoding="utf-8"))
    pins = {pin.system for pin in given.pins}
    notes = {note.system: note.text for note in given.notes}
    return Edits(
        digests=(plan.digest, given.problem_digest),
        edits={
            key: Edit(system=key, on=on, is_pinned=key in pins, note=notes.get(key, ""))
            for key, on in given.days.items()
            if key in problem.move_of
        },
    )


def _give_back(file: Path, found: Edits, marks: list[CellFault]) -> None:
    content = annotated(found, marks)
    if content:
        back = file.with_name(f"{file.stem}_{MARKED}.xlsx")
        back.write_bytes(content)
        talk.print(
            _("{file} is your workbook with each fault marked; nothing was kept").format(file=back), markup=False
        )


def told(before: Problem, old: Plan, after: Problem, new: Plan) -> list[str]:
    """What the edits change: systems, rooms and every term of the price."""
    found = compare((before, old), (after, new))
    lines = [_("{n} systems and {m} rooms have another day").format(n=len(found.systems), m=len(found.rooms))]
    for name, (was, now) in found.terms.items():
        if was != now:
            term = label("Term", name)
            lines.append(_("{term}: {was} yuan before, {now} now").format(term=term, was=f"{was:,}", now=f"{now:,}"))
    return [*lines, summary(new)]
