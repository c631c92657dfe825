"""Sheets: the plain cells of a file, with their places, read by a child that is kept on a leash.

`read_sheets` looks at the file (`guard`), starts `reading.py` with limits of memory and time, and
hands it the bytes that were looked at. What goes wrong in there comes back as an
`ImportFileError` that says so; this process is never harmed.
"""

import marshal
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from qianyun.errors import Fault, ImportFileError
from qianyun.importers.guard import Admitted, FileKind, admit
from qianyun.words import _

Cell = str | float | int | date
"""What a cell holds; `""` is a blank one, `TRUE` a truth. A date with a time is a `datetime`."""

MEMORY_BYTES = 1536 << 20
CPU_S = 20
WALL_S = 60
READERS = 2
"""Children at work at the same time."""

_Answer = tuple[str, bool, list[list[Cell]], list[tuple[int, ...]], list[tuple[int, int, int, int]]]
"""What `reading.py` tells of one sheet."""

_READER = Path(__file__).with_name("reading.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of one file, from A1 on.

    Attributes:
        path: The file.
        kind: What the file is; a CSV has one sheet, named `CSV`.
        number: Place among the sheets of its file, from 0.
        rows: Lines of cells; lines of a CSV may differ in length.
        merged: `(top, left, bottom, right)`, counted from 0, both ends in.
        content: The file's bytes as the guard saw them.
    """

    path: Path
    kind: FileKind
    content: bytes
    number: int
    name: str
    is_hidden: bool
    rows: list[list[Cell]]
    merged: tuple[tuple[int, int, int, int], ...]


def cell_name(row: int, column: int) -> str:
    """`A1` for row 0, column 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """All sheets of one file.

    Raises:
        ImportFileError: The guard refuses it, or the reader fails or outgrows its limits.
    """
    admitted = admit(path)
    answers = _answers_of(admitted)
    return tuple(
        Sheet(
            path=path,
            kind=admitted.kind,
            content=admitted.content,
            number=number,
            name=name,
            is_hidden=is_hidden,
            rows=_with_dates(rows, dates),
            merged=tuple(merged),
        )
        for number, (name, is_hidden, rows, dates, merged) in enumerate(answers)
    )


def read_files(
    paths: Iterable[Path], *, tell: Callable[[Path], None] = lambda _path: None
) -> tuple[list[Sheet], list[Fault]]:
    """Sheets of several files in the order given, and the faults of those that are refused.

    Args:
        paths: The files; two are read at a time.
        tell: Called with each file once it is read, for showing progress.
    """
    sheets: list[Sheet] = []
    faults: list[Fault] = []
    with ThreadPoolExecutor(max_workers=READERS) as readers:
        jobs = [(path, readers.submit(read_sheets, path)) for path in paths]
        for path, job in jobs:
            try:
                sheets.extend(job.result())
            except ImportFileError as error:
                faults.extend(error.faults)
            tell(path)
    return sheets, faults


def _answers_of(admitted: Admitted) -> list[_Answer]:
    command = [sys.executable, "-I", str(_READER), admitted.kind, str(MEMORY_BYTES), str(CPU_S)]
    try:
        # The command is ours alone; the file arrives on stdin and is never part of it.
        done = subprocess.run(  # noqa: S603
            command, input=admitted.content, capture_output=True, timeout=WALL_S, check=False, env={"LC_ALL": "C.UTF-8"}
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(admitted, _("reading it takes more than {limit} seconds").format(limit=WALL_S)) from error
    if done.returncode == 0:
        answers: list[_Answer] = marshal.loads(done.stdout)  # noqa: S302 - our own child's; marshal can name no code
        return answers
    raise _failed(admitted, _why(done.returncode, done.stderr.decode("utf-8", "replace").strip()))


def _why(code: int, said: str) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return _("reading it takes more than {limit} seconds of computing").format(limit=CPU_S)
    if code == -signal.SIGABRT or said.endswith("memory"):
        return _("reading it takes more than {limit:,} MiB of memory").format(limit=MEMORY_BYTES >> 20)
    return _("it cannot be read: {error}").format(error=said.splitlines()[-1] if said else f"signal {-code}")


def _failed(admitted: Admitted, what: str) -> ImportFileError:
    mend = _("copy the table into a new workbook, values only, and send that")
    return ImportFileError(Fault(place=admitted.path.name, what=what, mend=mend))


def _with_dates(rows: list[list[Cell]], dates: list[tuple[int, ...]]) -> list[list[Cell]]:
    """Put the dates back where they were."""
    for row, column, year, month, day, *clock in dates:
        is_day = not any(clock)
        hour, minute, second = clock or (0, 0, 0)
        # A sheet's dates have no zone: they are days and hours on the wall.
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - see above
        rows[row][column] = moment.date() if is_day else moment
    return rows
