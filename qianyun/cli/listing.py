"""Lists on stdout: as aligned text, as JSON with stable keys, or as CSV for a spreadsheet."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reports.content import Cell, Column, Table, say
from reports.delimited import csv_text
from reports.measure import columns, pad

Estate = Annotated[
    Path, typer.Argument(help="Folder of the estate's declaration.", envvar="QIANYUN_ESTATE", file_okay=False)
]
PROVINCE = Path("inventory/province")
PROVINCE_STORE = "sqlite:///state/province.db"
StoreUrl = Annotated[
    str,
    typer.Option(
        "--store", envvar="QIANYUN_STORE", help="The store: sqlite:///file.db or postgresql://user@host/name."
    ),
]


class Format(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Printed = Annotated[Format, typer.Option("--format", help="How to print the list: table, json or csv.")]
On = Annotated[str, typer.Option("--on", help="The day to look at, such as 2026-10-01; today if not given.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list that a command prints.

    Attributes:
        titles: What a person reads above each column, by its key in JSON.
    """

    titles: Mapping[str, str]
    rows: Sequence[Sequence[Cell]]


def show(listing: Listing, form: Format) -> None:
    """Print a list on stdout."""
    sys.stdout.write(printed(listing, form))


def printed(listing: Listing, form: Format) -> str:
    """A list as text."""
    match form:
        case Format.JSON:
            entries = [dict(zip(listing.titles, map(_plain, row), strict=True)) for row in listing.rows]
            return json.dumps(entries, ensure_ascii=False, indent=2) + "\n"
        case Format.CSV:
            heads = tuple(Column(title=title) for title in listing.titles.values())
            return csv_text(Table(name="list", title="", columns=heads, rows=tuple(map(tuple, listing.rows))))
        case Format.TABLE:
            return _aligned([list(listing.titles.values()), *([_said(cell) for cell in row] for row in listing.rows)])


def _plain(cell: Cell) -> str | int | float | None:
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    return cell.isoformat() if isinstance(cell, date) else say(cell)


def _said(cell: Cell) -> str:
    return "" if cell is None else say(cell)


def _aligned(lines: Iterable[Sequence[str]]) -> str:
    texts = list(lines)
    widths = [max(columns(cell) for cell in column) for column in zip(*texts, strict=True)]
    padded = ("  ".join(pad(cell, width) for cell, width in zip(line, widths, strict=True)) for line in texts)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def day(text: str) -> date:
    """The day that `--on` names, or today."""
    try:
        return date.fromisoformat(text) if text else date.today()  # noqa: DTZ011 - the day on the user's wall
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--on") from error


def url_of(store: str, estate: Path) -> str:
    """The store asked for, else the estate's own."""
    return store or f"sqlite:///state/{estate.name}.db"
