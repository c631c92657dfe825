"""Differences between ledgers and rooms, sorted to the departments that can answer for them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from collectors.compare import Difference, DifferenceKind
from collectors.flows.comparing import LinkDifference, LinkLine
from qianyun.estate.estate import Estate
from qianyun.words import _, label
from reports.differences import Line, Question, differences_report
from reports.workbook import workbook

QUESTIONS = {
    DifferenceKind.NOT_IN_ROOM: Question.MISSING,
    DifferenceKind.NOT_IN_LEDGER: Question.UNDECLARED,
}
FORBIDDEN = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
"""What Windows does not take in a file's name."""


def send_back(
    found: Sequence[Difference], estate: Estate, folder: Path, *, as_of: datetime, digest: str
) -> tuple[Path, ...]:
    """Write one workbook a department; what no ledger has goes to whoever runs the room. Gives the paths.

    What the manifest did not name is our own question, so no department is asked about it.
    """
    runs = {room.name: room.department for room in estate.rooms}
    by_department: dict[str, list[Line]] = defaultdict(list)
    for each in found:
        if each.kind is DifferenceKind.NOT_ASKED:
            continue
        by_department[each.department or runs.get(each.room, "")].append(_line(each))
    return _written(by_department, folder, as_of=as_of, digest=digest)


def send_links_back(
    found: Sequence[LinkLine], estate: Estate, folder: Path, *, as_of: datetime, digest: str
) -> tuple[Path, ...]:
    """Write one workbook a department with the dependencies of its systems that differ. Gives the paths.

    Where nobody looked, no department is asked.
    """
    by_department: dict[str, list[Line]] = defaultdict(list)
    for each in found:
        if each.kind is not LinkDifference.NOT_WATCHED:
            by_department[each.source.department].append(_link(each, estate))
    return _written(by_department, folder, as_of=as_of, digest=digest)


def _written(
    by_department: Mapping[str, Sequence[Line]], folder: Path, *, as_of: datetime, digest: str
) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for department, lines in sorted(by_department.items()):
        report = differences_report(department, lines, as_of=as_of, digest=digest, classification=_("internal"))
        path = folder / f"{(department or _('no department')).translate(FORBIDDEN)}.xlsx"
        path.write_bytes(workbook(report))
        paths.append(path)
    return tuple(paths)


def _link(each: LinkLine, estate: Estate) -> Line:
    system = estate.system_by_key.get(each.source)
    return Line(
        question=Question.UNSEEN_LINK if each.kind is LinkDifference.NOT_SEEN else Question.UNDECLARED_LINK,
        room=(system.room if system else None) or "",
        system=each.source.name,
        name=str(each.target),
        difference=label("LinkDifference", each.kind),
        declared=each.declared,
        observed=each.observed,
        device=each.evidence,
    )


def _line(each: Difference) -> Line:
    return Line(
        question=QUESTIONS.get(each.kind, Question.OTHERWISE),
        room=each.room,
        system=each.system,
        name=each.name,
        difference=label("DifferenceKind", each.kind),
        declared=each.declared,
        observed=each.observed,
        device=each.subject,
    )
