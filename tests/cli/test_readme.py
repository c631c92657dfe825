"""The README's table of commands is the command line's own help, in both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from qianyun.cli.app import command_tree, leaves
from qianyun.words import speak

ROOT = Path(__file__).parent.parent.parent
TABLE = re.compile(r"(<!-- commands -->\n)(.*)(<!-- end -->)", re.DOTALL)


def table(language: str) -> str:
    speak(language)
    rows = [f"| `qianyun {' '.join(path)}` | {command.help} |\n" for path, command in leaves(command_tree())]
    return (
        {"en": "| command | what it does |\n", "zh_CN": "| 命令 | 作用 |\n"}[language] + "|---|---|\n" + "".join(rows)
    )


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.zh.md", "zh_CN")])
def test_readme_lists_every_command_in_the_words_of_its_help(
    name: str, language: str, matches: Callable[[Path, str], None]
) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert TABLE.search(text)
    matches(ROOT / name, TABLE.sub(lambda found: found[1] + table(language) + found[3], text))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_command_and_option_has_help(language: str) -> None:
    speak(language)
    silent = [path for path, command in leaves(command_tree()) if not command.help]
    options = [
        (path, parameter.name)
        for path, command in leaves(command_tree())
        for parameter in command.params
        if not getattr(parameter, "help", "")
    ]

    assert (silent, options) == ([], [])
