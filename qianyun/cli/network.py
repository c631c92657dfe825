"""`qianyun network`: the declared network as the text that its nodes get."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import Format, Listing, Printed, show
from qianyun.compile.nodes import Bundled, bundles
from qianyun.errors import DeclarationError, Fault
from qianyun.importers.declaration import load_policy, load_whole_network
from qianyun.importers.network_file import NAME
from qianyun.words import _

app = typer.Typer(no_args_is_help=True)

REHEARSAL = Path("inventory/rehearsal")
Estate = Annotated[
    Path, typer.Option("--estate", envvar="QIANYUN_ESTATE", help="Folder of the estate.", file_okay=False)
]


@app.command("compile")
def compile_(
    node: Annotated[str, typer.Argument(help="The node, as network.yml names it.")], estate: Estate = REHEARSAL
) -> None:
    """Write all files of a node of the network, as its role puts them in place, on stdout."""
    found = {each.node.name: each for each in _bundles(estate)}
    if node not in found:
        what = _("{node!r} is no node of the network").format(node=node)
        known = _("declared are {names}").format(names=", ".join(found))
        raise DeclarationError(Fault(place=str(estate / NAME), what=what, mend=known))
    sys.stdout.write(found[node].text)


@app.command("show")
def show_(estate: Estate = REHEARSAL, form: Printed = Format.TABLE) -> None:
    """List the nodes of the network: their role, ports, neighbours by BGP, and how many files they get."""
    titles = {
        "node": _("Node"),
        "role": _("Role"),
        "ports": _("Ports"),
        "peers": _("BGP"),
        "files": _("Files"),
    }
    show(Listing(titles=titles, rows=[_row(each) for each in _bundles(estate)]), form)


def _bundles(estate: Path) -> tuple[Bundled, ...]:
    declared = load_whole_network(estate, load_policy(estate))
    if declared is None:
        raise DeclarationError(Fault(place=str(estate / NAME), what=_("there is no such file")))
    return bundles(declared)


def _row(each: Bundled) -> list[str | int]:
    ports = ", ".join(port.interface for port in each.node.ports)
    peers = ", ".join(peer.name for peer in each.node.peers) or ", ".join(p.link for p in each.node.ports if p.link)
    return [each.node.name, each.role, ports, peers, sum(line == "=== end" for line in each.text.splitlines())]
