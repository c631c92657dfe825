"""The command `qianyun`: its nouns, its exit codes, its errors in words."""

import sys
from enum import IntEnum
from typing import Annotated

import typer
from rich.console import Console

from qianyun.errors import QianyunError, UnreachableError
from qianyun.words import LANGUAGES, _, speak


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FINDINGS = 1
    """Violations, infeasible, changes pending."""
    WRONG_INPUT = 2
    UNREACHABLE = 3
    """Some devices do not answer."""
    INTERRUPTED = 130


app = typer.Typer(
    name="qianyun",
    help=_("Move a government's departments into one cloud, and know what stands where."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def qianyun(
    lang: Annotated[str, typer.Option("--lang", help=_("Language: zh_CN or en."), envvar="QIANYUN_LANG")] = "",
) -> None:
    """Take what holds for every command."""
    if lang:
        speak(lang)


@app.command()
def demo() -> None:
    """Run the main job on the sample province."""
    raise QianyunError(_("the demo is not built yet"))


def main() -> None:
    """Run `qianyun`; errors are told in words on stderr, never as a traceback."""
    _speak_before_parsing(sys.argv[1:])
    try:
        app()
    except QianyunError as error:
        talk = Console(stderr=True, highlight=False, soft_wrap=True)
        for fault in error.faults:
            talk.print(f"✕ {fault}", markup=False)
        sys.exit(Exit.UNREACHABLE if isinstance(error, UnreachableError) else Exit.WRONG_INPUT)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _speak_before_parsing(arguments: list[str]) -> None:
    """Help is made while parsing, so the language must be known before."""
    for name, value in zip(arguments, [*arguments[1:], ""], strict=True):
        language = value if name == "--lang" else name.removeprefix("--lang=")
        if language in LANGUAGES:
            speak(language)
