"""The command `qianyun`: its nouns, its exit codes, its errors in words."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from qianyun.cli import (
    address,
    collect,
    demo,
    estate,
    lab,
    plan,
    plan_files,  # noqa: F401 - adds its commands to the plan's
    plan_peers,  # noqa: F401 - likewise
    policy,
    report,
    store,
    track,
    zone,
)
from qianyun.cli.exits import Exit
from qianyun.errors import QianyunError, UnreachableError
from qianyun.words import LANGUAGES, _

app = typer.Typer(
    name="qianyun",
    help="Move a government's departments into one cloud, and know what stands where.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(address.app, name="address")
app.add_typer(collect.app, name="collect")
app.add_typer(estate.app, name="estate")
app.add_typer(lab.app, name="lab")
app.add_typer(plan.app, name="plan")
app.add_typer(policy.app, name="policy")
app.add_typer(report.app, name="report")
app.add_typer(store.app, name="store")
app.add_typer(track.app, name="track")
app.add_typer(zone.app, name="zone")
app.command("demo")(demo.demo)


@app.callback()
def options(
    lang: Annotated[str, typer.Option(help="Language of help, messages and reports: zh_CN or en.")] = "",
) -> None:
    """Take what holds for every command; the language itself is settled before parsing."""
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(_("{lang!r} is no language we have; use zh_CN or en").format(lang=lang))


def command_tree() -> TyperGroup:
    """All commands, with their help in the language in force."""
    tree = typer.main.get_group(app)
    _translate(tree)
    return tree


def leaves(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command with its words, in the order of their names: `("plan", "make"), …`."""
    for name, child in sorted(group.commands.items()):
        if isinstance(child, TyperGroup):
            yield from leaves(child, (*path, name))
        elif isinstance(child, TyperCommand):
            yield (*path, name), child


def _translate(command: TyperCommand | TyperGroup) -> None:
    """Commands are described in English where they stand; this puts the catalogue's words in."""
    command.help = _(first_paragraph(command.help))
    for parameter in command.params:
        if isinstance(parameter, TyperOption | TyperArgument) and parameter.help:
            parameter.help = _(parameter.help)
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            if isinstance(child, TyperCommand | TyperGroup):
                _translate(child)


def first_paragraph(docstring: str | None) -> str:
    """What a command's help says: the docstring up to the first empty line, in one line."""
    return " ".join((docstring or "").split("\n\n", maxsplit=1)[0].split())


def run() -> None:
    """Run `qianyun`; errors are told in words on stderr, never as a traceback."""
    try:
        command_tree()()
    except QianyunError as error:
        talk = Console(stderr=True, highlight=False, soft_wrap=True)
        for fault in error.faults:
            talk.print(f"✕ {fault}", markup=False)
        sys.exit(Exit.UNREACHABLE if isinstance(error, UnreachableError) else Exit.WRONG_INPUT)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
