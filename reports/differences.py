"""What ledger and room say differently, as the workbook that planners send back to a department.

One sheet for each kind of question, each row with empty cells for the answer. What it says is given;
nothing is compared here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qianyun.words import _, language
from reports.content import Column, Figure, Head, Kind, Report, Table


class Question(StrEnum):
    """What a department is asked about a row."""

    MISSING = "missing"
    """The ledger has it, the room has not."""
    UNDECLARED = "undeclared"
    """The room has it, no ledger has."""
    OTHERWISE = "otherwise"
    """Both have it, and say different things of it."""
    UNSEEN_LINK = "unseen_link"
    """A declared dependency was not seen."""
    UNDECLARED_LINK = "undeclared_link"
    """A dependency was seen that nobody declared, or otherwise than declared."""


LINKS = (Question.UNSEEN_LINK, Question.UNDECLARED_LINK)
"""Questions that are asked only where flows were watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row.

    Attributes:
        difference: In the reader's words.
        device: What the device is known by: serial, engine, base MAC or address.
    """

    question: Question
    room: str
    system: str
    name: str
    difference: str
    declared: str
    observed: str
    device: str


def differences_report(
    department: str, lines: Sequence[Line], *, as_of: datetime, digest: str, classification: str
) -> Report:
    """The report of one department.

    Args:
        department: Whose ledgers and rooms these are; empty for what belongs to nobody.
        lines: In the order in which they are read.
        as_of: When the rooms were last asked.
        digest: Of the declaration that was compared.
        classification: Mark on every page.
    """
    whose = department or _("no department")
    asked = {each.question for each in lines}
    tables = tuple(_table(question, lines) for question in Question if question in asked or question not in LINKS)
    return Report(
        title=_("Ledgers and rooms of {department}").format(department=whose),
        language=language(),
        head=Head(estate=whose, as_of=as_of, policy_digest=digest, classification=classification),
        figures=tuple(Figure(label=table.title, value=f"{len(table.rows):,}") for table in tables),
        tables=tables,
    )


def _table(question: Question, lines: Iterable[Line]) -> Table:
    title, note = _words(question)
    return Table(
        name=str(question),
        title=title,
        note=note,
        columns=(
            Column(title=_("room"), width=24),
            Column(title=_("system"), width=28),
            Column(title=_("name"), width=20),
            Column(title=_("difference"), width=18),
            Column(title=_("in the ledger"), width=26),
            Column(title=_("in the room"), width=26),
            Column(title=_("device"), kind=Kind.CODE, width=30),
            Column(title=_("which is right"), width=14),
            Column(title=_("remark"), width=24),
        ),
        rows=tuple(
            (
                *(each.room, each.system or None, each.name, each.difference),
                *(each.declared or None, each.observed or None, each.device or None),
                *("", ""),
            )
            for each in lines
            if each.question is question
        ),
        empty=_("nothing to ask"),
    )


def _words(question: Question) -> tuple[str, str]:
    """Name of the sheet, and what is asked."""
    match question:
        case Question.MISSING:
            return _("in the ledger, not in the room"), _("Is it switched off, moved or gone? Correct the ledger.")
        case Question.UNDECLARED:
            return _("in the room, in no ledger"), _("Whose is it, and which system does it serve? Declare it.")
        case Question.OTHERWISE:
            return _("ledger and room differ"), _("Which of the two is right? Correct the ledger where the room is.")
        case Question.UNSEEN_LINK:
            return _("declared, not seen"), _("Is it still used, and how often? Correct the declared dependencies.")
        case Question.UNDECLARED_LINK:
            return _("seen, not declared"), _("What passes here, and must it go on? Declare it.")
