"""The command `qianyun`: its nouns, its exit codes, its errors in words."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from typer import Context
from typer.core import TyperCommand, TyperGroup

from qianyun.cli.exits import Exit
from qianyun.cli.nouns import Nouns, translate
from qianyun.errors import QianyunError, UnreachableError
from qianyun.words import LANGUAGES, _

app = typer.Typer(
    name="qianyun",
    cls=Nouns,
    help="Move a government's departments into one cloud, and know what stands where.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    lang: Annotated[str, typer.Option(help="Language of help, messages and reports: zh_CN or en.")] = "",
) -> None:
    """Take what holds for every command; the language itself is settled before parsing."""
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(_("{lang!r} is no language we have; use zh_CN or en").format(lang=lang))


def command_tree() -> TyperGroup:
    """The root, with its help in the language in force; its nouns are loaded as they are asked for."""
    tree = typer.main.get_group(app)
    translate(tree)
    return tree


def leaves(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command with its words, in the order of their names: `("plan", "make"), …`."""
    asking = Context(group)
    for name in sorted(group.list_commands(asking)):
        child = group.get_command(asking, name)
        if isinstance(child, TyperGroup):
            yield from leaves(child, (*path, name))
        elif isinstance(child, TyperCommand):
            yield (*path, name), child


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
