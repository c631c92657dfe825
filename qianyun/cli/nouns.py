"""The nouns of the command line, each loaded when it is asked for: none waits for the libraries of the others."""

from collections.abc import Mapping
from importlib import import_module

import typer
from typer._click import Context, HelpFormatter  # what typer's own groups take; it gives them no other name
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from qianyun.words import _

NOUNS: Mapping[str, str] = {
    "address": "The address plan.",
    "collect": "What really stands in the machine rooms.",
    "demo": "Run the main job on the sample province: ledgers, devices, zones, proof, waves, reports.",
    "estate": "What exists: departments, rooms, lines, systems, servers.",
    "lab": "A rehearsal of the estate on this machine, hosts and networks and all.",
    "move": "Carry a system over: what its playbooks are given, admitted and found to have done.",
    "netbox": "To NetBox, and back from it.",
    "network": "The declared network as the text that its nodes get.",
    "plan": "What moves when: waves, their price, and why.",
    "policy": "The declared zones and the flow matrix.",
    "report": "Reports: a page and a workbook from the store and a plan.",
    "store": "The database that remembers.",
    "track": "Where every move stands: states, gates, evidence, rooms, forecast.",
    "zone": "The policy in the words of devices, and what they really do.",
}
"""Each noun with what its help says; the module of that name holds its commands in `app`, or is one command."""

FURTHER: Mapping[str, tuple[str, ...]] = {
    "collect": ("flows", "flow_exports", "collect_carried"),
    "plan": ("plan_files", "plan_peers"),
}
"""Modules that add commands to a noun."""


class Nouns(TyperGroup):
    """The root: knows its nouns by name, and a noun's commands once it is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the library's signature
        """All nouns."""
        return [*NOUNS]

    def get_command(self, ctx: Context, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - likewise
        """A noun with its commands, their help in the language in force; `None` if there is none of that name."""
        return noun(cmd_name) if cmd_name in NOUNS else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """The list of nouns, without loading any."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(sentence)) for name, sentence in NOUNS.items()])


def noun(name: str) -> TyperCommand | TyperGroup:
    """Load a noun."""
    module, root = import_module(f"qianyun.cli.{name}"), typer.Typer(rich_markup_mode=None)
    for further in FURTHER.get(name, ()):
        import_module(f"qianyun.cli.{further}")
    if hasattr(module, "app"):
        root.add_typer(module.app, name=name)
    else:
        root.command(name)(getattr(module, name))
    command = typer.main.get_group(root).commands[name]
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(name)
    command.help = NOUNS[name]
    translate(command)
    return command


def translate(command: TyperCommand | TyperGroup) -> None:
    """Put the catalogue's words in; commands are described in English where they stand."""
    command.help = _(first_paragraph(command.help))
    for parameter in command.params:
        if isinstance(parameter, TyperOption | TyperArgument) and parameter.help:
            parameter.help = _(parameter.help)
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            if isinstance(child, TyperCommand | TyperGroup):
                translate(child)


def first_paragraph(docstring: str | None) -> str:
    """What a command's help says: the docstring up to the first empty line, in one line."""
    return " ".join((docstring or "").split("\n\n", maxsplit=1)[0].split())
