"""Command line: parse, call, print. One module per noun; `app` puts them together."""

import os
import sys

from qianyun.words import LANGUAGES, language_of, speak


def main() -> None:
    """Run `qianyun` in the language that `--lang` or the environment asks for.

    Help texts are made while the commands are built, so the language is settled first.
    """
    speak(_asked_for(sys.argv[1:]) or language_of(os.environ))
    from qianyun.cli.app import run  # noqa: PLC0415 - after the language is known

    run()


def _asked_for(arguments: list[str]) -> str | None:
    for name, value in zip(arguments, [*arguments[1:], ""], strict=True):
        language = value if name == "--lang" else name.removeprefix("--lang=")
        if language in LANGUAGES:
            return language
    return None
