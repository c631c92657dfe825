"""`qianyun lab`: a rehearsal of the estate on this machine, hosts and networks and all."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from qianyun.importers.lab_file import NAME
from qianyun.lab.running import found
from qianyun.lab.running import up as bring_up
from qianyun.words import _

app = typer.Typer(no_args_is_help=True)

REHEARSAL = Path("inventory/rehearsal")
LABS = Path("state/lab")
Estate = Annotated[Path, typer.Argument(help="Folder of the estate whose lab.yml names the hosts.", file_okay=False)]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", help="Where the lab keeps its key, log and addresses; state/lab/NAME if not given."),
]
Host = Annotated[str, typer.Option("--host", help="The host to run it on; beside the controller if not given.")]


@app.command()
def up(estate: Estate = REHEARSAL, folder: Folder = None) -> None:
    """Bring the rehearsal's hosts up: each with its own systemd, sshd and packet filter."""
    lab = bring_up(estate / NAME, _folder(estate, folder), _tell)
    _tell(_("{count} hosts up in {seconds} s").format(count=len(lab.hosts), seconds=lab.seconds))
    sys.stdout.write(f"{lab.folder / 'hosts.json'}\n")


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments, after --.")],
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.", file_okay=False)] = REHEARSAL,
    host: Host = "",
    folder: Folder = None,
) -> None:
    """Run a command on a host of the lab, or beside the controller, where every host can be reached."""
    words = found(_folder(estate, folder)).command(host or None, command)
    os.execvp(words[0], words)  # noqa: S606 - it is the operator's own command


@app.command()
def down(estate: Estate = REHEARSAL, folder: Folder = None) -> None:
    """Take the lab down; nothing of it stays."""
    found(_folder(estate, folder)).down()


def _folder(estate: Path, folder: Path | None) -> Path:
    return (folder or LABS / estate.resolve().name).resolve()


def _tell(sentence: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(sentence, markup=False)
