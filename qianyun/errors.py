"""Errors an operator can act on, and the faults they carry.

    QianyunError
    ├── DeclarationError      a file of inventory/ says something that cannot be
    ├── FactError             a fact of the estate is impossible (wrong importer or caller)
    ├── ImportFileError       a file from a department is refused, or holds faulty rows
    ├── CompileError          a target cannot express a flow
    ├── ReadError             a ruleset or configuration that was collected cannot be read
    ├── InfeasiblePlan        no plan keeps every demand
    ├── ProgressError         a step is refused: gates are unmet, or what is told cannot be
    ├── StoreError            the store is missing, older or newer than this program
    ├── ReportError           a report cannot be made (a font is missing, a result is absent)
    ├── LabError              a rehearsal's lab cannot be built, or does not run
    └── UnreachableError      a device, host or cloud does not answer

A message says where: what, with the value; against what; what to do. Checks report all faults
at once, sorted by place.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing that is wrong, and what would be right.

    Attributes:
        place: `file:line`, or file, sheet and cell (`a.xlsx Sheet1!C7`), or a fact's name.
        what: What is wrong, with the value and what it stands against.
        mend: What to do; empty when `what` says it already.
    """

    place: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        tail = f"; {self.mend}" if self.mend else ""
        return f"{head}{self.what}{tail}"


class QianyunError(Exception):
    """The root: everything this program refuses with words of its own.

    Attributes:
        faults: All of them, in the order of their places; never empty.
    """

    def __init__(self, faults: Iterable[Fault] | Fault | str) -> None:
        """Take one sentence, one fault, or all faults of a check."""
        if isinstance(faults, str):
            faults = (Fault(place="", what=faults),)
        elif isinstance(faults, Fault):
            faults = (faults,)
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class DeclarationError(QianyunError):
    """A file of `inventory/` says something that cannot be."""


class FactError(QianyunError):
    """A fact of the estate is impossible."""


class ImportFileError(QianyunError):
    """A file from a department is refused, or holds faulty rows."""


class CompileError(QianyunError):
    """A target cannot express a flow; nothing is left out quietly."""


class ReadError(QianyunError):
    """A ruleset or configuration that was collected cannot be read."""


class InfeasiblePlan(QianyunError):  # noqa: N818 - a result the planner names, not a mishap
    """No plan keeps every demand."""


class ProgressError(QianyunError):
    """A step is refused: gates are unmet, or what is told of a move cannot be."""


class StoreError(QianyunError):
    """The store is missing, older or newer than this program."""


class ReportError(QianyunError):
    """A report cannot be made."""


class LabError(QianyunError):
    """A rehearsal's lab cannot be built, or does not run."""


class UnreachableError(QianyunError):
    """A device, host or cloud does not answer."""
