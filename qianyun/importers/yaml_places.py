"""YAML whose every value knows its file and line, and typed reading that collects all faults.

`load` gives a tree of `Node`s; `Reading` takes values out of it. A value that is missing, of the
wrong kind or unknown becomes a fault with its place (`calendar.yml:9`), and reading goes on, so
that one run tells all of them.
"""

import difflib
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from qianyun.errors import DeclarationError, FactError, Fault
from qianyun.words import _

MOST_NODES = 200_000
"""More values than any declaration holds; aliases that multiply themselves stop here."""

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]
T = TypeVar("T")
Word = TypeVar("Word", bound=enum.StrEnum)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a YAML file.

    Attributes:
        value: A scalar, a tuple of nodes, or nodes by key in the order of the file.
        place: `file:line`, the file by its name alone.
        name: The key it stands under, or its list does; empty for the whole file.
    """

    value: "Scalar | tuple[Node, ...] | dict[str, Node]"
    place: str
    name: str = ""

    def at(self, *path: str | int) -> "Node":
        """The node at a path of keys and positions; the deepest that exists."""
        node = self
        for step in path:
            match node.value, step:
                case dict() as entries, str() if step in entries:
                    node = entries[step]
                case tuple() as elements, int() if step < len(elements):
                    node = elements[step]
                case _:
                    return node
        return node

    def plain(self) -> Plain:
        """The value without places, for schemas and digests."""
        match self.value:
            case dict() as entries:
                return {key: node.plain() for key, node in entries.items()}
            case tuple() as elements:
                return [node.plain() for node in elements]
            case scalar:
                return scalar


class _Constructor(RoundTripConstructor):
    """Leaves days as they are written, so that 2027-06-31 is told with its line and not raised."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


def load(path: Path) -> Node:
    """Read a YAML file; days stay texts.

    Raises:
        DeclarationError: There is no such file, or it is not YAML; says the line.
    """
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    try:
        content = yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DeclarationError(Fault(place=str(path), what=_("there is no such file"))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(Fault(place=str(path), what=_("cannot be read: {why}").format(why=error))) from error
    except YAMLError as error:
        raise DeclarationError(_not_yaml(path.name, error)) from error
    return _Places(path.name).node(content, 1)


def _not_yaml(name: str, error: YAMLError) -> Fault:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    problem = (error.problem if isinstance(error, MarkedYAMLError) else None) or str(error)
    place = f"{name}:{mark.line + 1}" if mark else name
    return Fault(place=place, what=_("is not YAML: {problem}").format(problem=problem.splitlines()[0]))


class _Places:
    """Turns what the YAML library gives into nodes, and counts them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def node(self, content: object, line: int, name: str = "") -> Node:
        self._count += 1
        place = f"{self._name}:{line}"
        if self._count > MOST_NODES:
            raise DeclarationError(Fault(place=place, what=_("more than {most} values").format(most=MOST_NODES)))
        match content:
            case CommentedMap():
                own = content.lc.data or {}  # lacks keys that `<<` brought in: those stand where it stands
                lines = {key: own[key][0] + 1 if key in own else line for key in content}
                entries = {str(key): self.node(content[key], lines[key], str(key)) for key in content}
                return Node(entries, place, name)
            case CommentedSeq():
                return Node(
                    tuple(self.node(each, content.lc.item(n)[0] + 1, name) for n, each in enumerate(content)),
                    place,
                    name,
                )
            case str() | bool() | int() | float() | None:
                return Node(_bare(content), place, name)
            case _:
                return Node(str(content), place, name)


def _bare(scalar: Scalar) -> Scalar:
    """A scalar without the library's own subclasses, which remember quotes and digits."""
    for kind in (bool, int, float, str):
        if isinstance(scalar, kind):
            return kind(scalar)
    return scalar


class Reading:
    """Takes typed values out of nodes and collects every fault on the way.

    The methods give `None` (or nothing) for what is faulty; whoever reads raises `refusal()` in the
    end if there are `faults`.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, node: Node, what: str, mend: str = "") -> None:
        """Note that a value is wrong."""
        self.faults.append(Fault(place=node.place, what=what, mend=mend))

    def refusal(self) -> DeclarationError:
        """All faults found, in the order of their lines; for raising when there are any."""
        return DeclarationError(sorted(set(self.faults), key=_by_line))

    @contextmanager
    def building(self, node: Node) -> Iterator[None]:
        """Turn what a fact refuses about itself into faults at this node's place."""
        try:
            yield
        except FactError as error:
            self.faults += [Fault(place=node.place, what=f.what, mend=f.mend) for f in error.faults]

    def fields(self, node: Node, required: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, Node]:
        """A mapping's entries; missing and unknown keys are faults."""
        if not isinstance(node.value, dict):
            self._misfit(node, _("a mapping"))
            return {}
        known = [*required, *optional]
        for key in required:
            if key not in node.value:
                self.fault(node, _("lacks {key!r}").format(key=key))
        for key, entry in node.value.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                known_ones = _("did you mean {near!r}").format(near=near[0]) if near else ", ".join(known)
                self.fault(entry, _("the key {key!r} is unknown").format(key=key), known_ones)
        return {key: entry for key, entry in node.value.items() if key in known}

    def entries(self, node: Node | None) -> Mapping[str, Node]:
        """Entries of a mapping with free keys; none of what is absent."""
        if node is None or node.value is None:
            return {}
        if isinstance(node.value, dict):
            return node.value
        self._misfit(node, _("a mapping"))
        return {}

    def elements(self, node: Node | None) -> tuple[Node, ...]:
        """Elements of a list; none of what is absent."""
        if node is None or node.value is None:
            return ()
        if isinstance(node.value, tuple):
            return node.value
        self._misfit(node, _("a list"))
        return ()

    def text(self, node: Node | None) -> str | None:
        """A text that is not blank."""
        return self._take(node, lambda v: v if isinstance(v, str) and v.strip() else None, _("a text"))

    def whole(self, node: Node | None) -> int | None:
        """A whole number."""
        return self._take(
            node, lambda v: v if isinstance(v, int) and not isinstance(v, bool) else None, _("a whole number")
        )

    def number(self, node: Node | None) -> Decimal | None:
        """A number, with or without fraction."""
        return self._take(node, _decimal, _("a number"))

    def flag(self, node: Node | None) -> bool | None:
        """True or false."""
        return self._take(node, lambda v: v if isinstance(v, bool) else None, _("true or false"))

    def day(self, node: Node | None) -> date | None:
        """A day such as 2026-10-01."""
        return self._take(node, _day, _("a day such as 2026-10-01"))

    def clock(self, node: Node | None) -> time | None:
        """A time of day such as "22:00"."""
        return self._take(node, _clock, _('a time such as "22:00"'))

    def word(self, node: Node | None, words: type[Word]) -> Word | None:
        """A word of a closed set."""
        known = {str(word): word for word in words}
        return self._take(node, lambda v: known.get(v) if isinstance(v, str) else None, _one_of(known))

    def _take(self, node: Node | None, parse: Callable[[object], T | None], wanted: str) -> T | None:
        if node is None:
            return None
        value = parse(node.value)
        if value is None:
            self._misfit(node, wanted)
        return value

    def _misfit(self, node: Node, wanted: str) -> None:
        what = _("{name} is {value!r}; {wanted} belongs here")
        self.fault(node, what.format(name=node.name, value=node.plain(), wanted=wanted).strip())


def _one_of(words: Iterable[str]) -> str:
    return _("one of {words}").format(words=", ".join(words))


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _clock(value: object) -> time | None:
    try:
        return time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _by_line(fault: Fault) -> tuple[str, int, str]:
    name, _colon, line = fault.place.rpartition(":")
    return name, int(line) if line.isdigit() else 0, fault.what
