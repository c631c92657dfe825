"""`qianyun collect script|take`: hosts that Ansible reaches for us, by the same script and the same manifest."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from collectors.carried import carried, may_ask
from collectors.keeping import Keeper
from collectors.linux_script import SCRIPT
from collectors.reach.approval import approved
from collectors.run import new_run
from collectors.seen import summarise
from qianyun.cli.collect import app
from qianyun.cli.collecting import summary_listing, tell_reasons
from qianyun.cli.exits import Exit
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Estate, Format, Printed, StoreUrl, show
from qianyun.importers.trust_file import TRUST, load_trust
from qianyun.store import Store

Answers = Annotated[Path, typer.Argument(help="Folder with one file of answers a host.", file_okay=False, exists=True)]
Name = Annotated[list[str] | None, typer.Option("--target", help="A host that must be allowed; may be given often.")]


@app.command()
def script(estate: Estate = PROVINCE, target: Name = None) -> None:
    """Print the one script that Linux hosts are asked, if the signed manifest lets these hosts be asked now."""
    manifest = approved(estate, load_trust(estate / TRUST))
    for name in target or ():
        may_ask(manifest, name, datetime.now().astimezone())
    sys.stdout.write(SCRIPT)


@app.command()
def take(
    folder: Answers, estate: Estate = PROVINCE, form: Printed = Format.TABLE, store: StoreUrl = PROVINCE_STORE
) -> None:
    """Keep what a playbook brought back from the hosts of the signed manifest."""
    manifest, run = approved(estate, load_trust(estate / TRUST)), new_run()
    with Store.open(store, create=True) as opened, Keeper(opened, run) as keeper:
        before = opened.latest(attribute="device.")
        for outcome in (outcomes := tuple(carried(manifest, folder, run))):
            keeper.keep(outcome)
    summaries = summarise(outcomes, before)
    show(summary_listing(summaries), form)
    tell_reasons(summaries)
    raise typer.Exit(Exit.UNREACHABLE if any(each.silent or each.refused for each in summaries) else Exit.DONE)
