"""`qianyun report`: what planners send and auditors read."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, Estate, StoreUrl, day, url_of
from qianyun.store import Store
from qianyun.words import LANGUAGES, _, speak
from reports.gathering import evening_of, gather
from reports.terminal import demo_summary
from reports.views import report_of
from reports.writing import write_report

app = typer.Typer(no_args_is_help=True)


@app.callback()
def reports() -> None:
    """Keep the verb a word of its own while there is only one."""


@app.command()
def make(
    estate: Estate = PROVINCE,
    store: StoreUrl = "",
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path("build/report"),
    lang: Annotated[str, typer.Option(help="Language of the report: zh_CN or en.")] = "",
    on: Annotated[
        str, typer.Option("--on", help="The day to look from; when the store last learned something if not given.")
    ] = "",
    mark: Annotated[str, typer.Option(help="Classification mark on every page; internal if not given.")] = "",
) -> None:
    """Write the report as a page and a workbook, and tell the main of it on one screen."""
    _speak(lang)
    with Store.open(url_of(store, estate)) as opened:
        looked_from = evening_of(day(on)) if on else None
        report = report_of(gather(estate, opened, classification=mark or _("internal"), looked_from=looked_from))
    paths = map(str, write_report(report, out))
    sys.stdout.write(demo_summary(report, paths, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ))


def _speak(language: str) -> None:
    if language and language not in LANGUAGES:
        raise typer.BadParameter(_("{lang!r} is no language we have; use zh_CN or en").format(lang=language))
    if language:
        speak(language)
