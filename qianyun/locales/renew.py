"""Renew the catalogues: find every string that a person sees, keep what is translated.

Four kinds are found: `_("…")` in the code, `label("Kind", "value")` and the members of every
`StrEnum` in `kinds.py`, the help of every command and option, and the command line library's
own words. English is complete by itself: a string stands for itself unless its entry says more.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from qianyun.cli.app import command_tree
from qianyun.estate.identity import KINDS
from qianyun.plan.plan import Cost
from qianyun.verify.findings import Kind as FindingKind
from qianyun.words import LANGUAGES, LOCALES, speak

ROOT = LOCALES.parent.parent
PACKAGES = ("qianyun", "collectors", "reports", "stacks")
COMMAND_LINE_WORDS = (
    "Usage:",
    "Options",
    "Arguments",
    "Commands",
    "Error: {message}",
    "Show this message and exit.",
    "Try '{command} {option}' for help.",
    "Missing command.",
    "No such command {name!r}.",
    "Invalid value: {message}",
    "Aborted!",
    "required",
    "default: {default}",
    "env var: {var}",
)
Message = tuple[str, str | None]
"""A string and its context; `None` where it stands for itself."""


def messages() -> list[Message]:
    """Every string a person sees, sorted."""
    trees = [
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    named = {kind for _path, tree in trees for kind in _kinds_named(tree)}
    found: set[Message] = {(word, None) for word in COMMAND_LINE_WORDS}
    for path, tree in trees:
        found.update(_calls(tree))
        found.update(_members(tree, None if path.name == "kinds.py" else named))
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.j2"):
            found.update(_calls_in_template(path))
    found.update(_help(command_tree()))
    found.update((word, kind) for kind, words in _open_kinds().items() for word in words)
    return sorted(found, key=str)


def _open_kinds() -> dict[str, list[str]]:
    """Words that are shown by a name of their own and stand in no enumeration of that name."""
    return {
        "Fact": sorted(KINDS),
        "Term": [term.name for term in fields(Cost)],
        "FindingKind": [kind.value for kind in FindingKind],
        "Size": ["vcpu", "memory_gib", "storage_gib", "egress_mbps", "addresses"],
    }


def _kinds_named(tree: ast.AST) -> Iterator[str]:
    """Kinds of closed words that somebody shows: `label("WaveState", …)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="label"), args=[ast.Constant(value=str(kind)), *_]):
                yield kind


def _calls(tree: ast.AST) -> Iterator[Message]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                yield text, None
            case ast.Call(
                func=ast.Name(id="label"), args=[ast.Constant(value=str(kind)), ast.Constant(value=str(value))]
            ):
                yield value, kind


def _calls_in_template(path: Path) -> Iterator[Message]:
    """Jinja2 calls `_("…")` and `label("Kind", "value")`, by the template's own parser."""
    from jinja2 import Environment, nodes  # noqa: PLC0415 - only here

    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        constants = [arg.value for arg in call.args if isinstance(arg, nodes.Const)]
        if name == "_" and len(constants) == 1:
            yield str(constants[0]), None
        elif name == "label" and len(constants) == 2:  # noqa: PLR2004 - kind and value
            yield str(constants[1]), str(constants[0])


def _members(tree: ast.AST, named: set[str] | None) -> Iterator[Message]:
    """Members of closed words: of all enumerations, or of the named ones whose values are words."""
    kinds = {"StrEnum", "IntEnum"} if named is None else {"StrEnum"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (named is None or node.name in named):
            yield from ((str(value), node.name) for value in _values(node, kinds))


def _values(closed: ast.ClassDef, kinds: set[str]) -> Iterator[str | int]:
    """The members of an enumeration of these kinds; of any other class, none."""
    if {base.id for base in closed.bases if isinstance(base, ast.Name)} & kinds:
        for statement in closed.body:
            match statement:
                case ast.Assign(value=ast.Constant(value=str() | int() as value)):
                    yield value


def _help(command: TyperCommand | TyperGroup) -> Iterator[Message]:
    if command.help:
        yield command.help, None
    for parameter in command.params:
        if isinstance(parameter, TyperOption | TyperArgument) and parameter.help:
            yield parameter.help, None
    if isinstance(command, TyperGroup):
        asking = Context(command)
        for name in command.list_commands(asking):
            child = command.get_command(asking, name)
            if isinstance(child, TyperCommand | TyperGroup):
                yield from _help(child)


def renew(language: str) -> Catalog:
    """The catalogue of a language with exactly the strings of today; translations are kept."""
    path = LOCALES / language / "LC_MESSAGES" / "qianyun.po"
    old = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as stream:
            old = read_po(stream, locale=language)
    new = Catalog(locale=language, project="qianyun", charset="utf-8", fuzzy=False)
    for text, context in messages():
        if text:
            known = old.get(text, context)
            new.add(text, known.string if known else "", context=context)
    return new


def main() -> None:
    """Write both catalogues; say what Chinese still lacks."""
    speak("en")
    for language in LANGUAGES:
        catalogue = renew(language)
        for message in catalogue:
            if language == "en" and message.id and not message.string:
                message.string = str(message.id).replace("_", " ") if message.context else message.id
            elif message.id and not message.string:
                sys.stdout.write(f"{language}: {message.context or ''}\t{message.id}\n")
        with (LOCALES / language / "LC_MESSAGES" / "qianyun.po").open("wb") as stream:
            write_po(stream, catalogue, width=120, omit_header=False, sort_output=True, no_location=True)


if __name__ == "__main__":
    main()
