"""A report as files in a folder: a page and a workbook, each put in place whole or not at all."""

from pathlib import Path

from qianyun.errors import Fault, ReportError
from qianyun.words import _
from reports.content import Report
from reports.page import page
from reports.workbook import workbook

PAGE = "report.html"
WORKBOOK = "report.xlsx"


def write_report(report: Report, folder: Path) -> tuple[Path, ...]:
    """Write the page and the workbook; their paths, in the order in which one opens them.

    Raises:
        ReportError: The folder cannot be written to.
    """
    contents = ((PAGE, page(report).encode()), (WORKBOOK, workbook(report)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_put(folder / name, content) for name, content in contents)
    except OSError as error:
        what = _("cannot be written: {reason}").format(reason=error.strerror)
        raise ReportError(Fault(place=str(folder), what=what, mend=_("give another folder with --out"))) from error


def _put(path: Path, content: bytes) -> Path:
    """Replace a file in one step, so that a reader never meets half of it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(content)
        return unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
