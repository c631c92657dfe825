"""`qianyun netbox`: to NetBox and back."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from collectors.netbox import netbox_files
from collectors.seen import devices
from qianyun.cli.ledger_files import say_counts
from qianyun.cli.listing import PROVINCE_STORE, StoreUrl
from qianyun.errors import Fault, ImportFileError
from qianyun.estate.facts import Server
from qianyun.importers.netbox_file import Defaults, load_netbox
from qianyun.store import Conflicts, Store

app = typer.Typer(no_args_is_help=True)
SOURCE = "netbox"
INFRASTRUCTURE = "基础设施"


@app.command("export")
def written(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.", file_okay=False)],
    store: StoreUrl = PROVINCE_STORE,
) -> None:
    """Write what was seen in the rooms as NetBox's bulk import reads it, one numbered CSV a kind."""
    with Store.open(store) as opened:
        files = netbox_files(devices(opened.latest()), opened.estate())
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
        sys.stdout.write(f"{folder / name}\n")


@app.command("import")
def taken_in(
    files: Annotated[list[Path], typer.Argument(help="JSON of NetBox's API, or its CSV, of devices or machines.")],
    *,
    department: Annotated[str, typer.Option(help="Department of what has no tenant.")] = "",
    system: Annotated[str, typer.Option(help="System of what names none.")] = INFRASTRUCTURE,
    field: Annotated[str, typer.Option(help="Custom field that names the system.")] = "system",
    who: Annotated[str, typer.Option(help="Who answers for the import; the user of this machine if not given.")] = "",
    why: Annotated[str, typer.Option(help="Why, for the history; the names of the files if not given.")] = "",
    conflicts: Annotated[
        Conflicts, typer.Option(help="Fields that somebody else changed meanwhile: refuse, keep or take.")
    ] = Conflicts.REFUSE,
    store: StoreUrl = PROVINCE_STORE,
) -> None:
    """Take NetBox's devices and machines in as hosts, all or none, telling every fault with its place."""
    hosts = _read(files, Defaults(department=department, system=system, system_field=field))
    with Store.open(store, create=True) as opened:
        done = opened.upsert(
            hosts,
            who=who or getpass.getuser(),
            why=why or ", ".join(path.name for path in files),
            source=SOURCE,
            conflicts=conflicts,
        )
    say_counts(done)


def _read(files: list[Path], defaults: Defaults) -> list[Server]:
    found: list[Server] = []
    faults: list[Fault] = []
    for path in files:
        try:
            found += load_netbox(path, defaults)
        except ImportFileError as error:
            faults += error.faults
    if faults:
        raise ImportFileError(faults)
    return found
