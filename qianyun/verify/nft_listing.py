"""Listing of nftables bytecode, as `nft --debug=netlink list ruleset` prints it, in its parts.

First come the sets with their elements and the rules with the kernel's expressions, then the same
ruleset as text. From the text we take what the bytecode does not show: hooks, priorities and
policies, flags of sets, comments. The two must agree in number, so a listing that is cut short
or put together from two is found out.

Source: libnftnl, `nftnl_rule_snprintf` and `nftnl_set_snprintf`; nft(8).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qianyun.errors import Fault, ReadError
from qianyun.words import _

INTERVAL_END, CATCH_ALL = 1, 2
_SET = re.compile(r"(\S+) (\S+) @(\S+)\s*")
_RULE = re.compile(r"(\S+) (\S+) (\S+) (\d+)(?: \d+)?\s*")
_ELEMENT = re.compile(
    r"\telement (?P<key>[0-9a-f ]*?) *(?:- (?P<last>[0-9a-f ]+?))? *: (?P<data>.*?) ?(?P<flags>\d+) \[end\](?P<more>.*)"
)
_TABLE = re.compile(r"table (\S+) (\S+) \{(?: # handle \d+)?")
_BLOCK = re.compile(r"(?P<kind>[a-z][a-z ]*?) (?P<name>\S+) \{(?: # handle \d+)?")
_HOOK = re.compile(
    r"type (?P<type>\S+) hook (?P<hook>\S+) (?P<devices>.*?)priority (?P<priority>[^;]+);(?: policy (?P<policy>\w+);)?"
)
_HANDLE = re.compile(r" # handle (\d+)$")
_COMMENT = re.compile(r' comment "([^"]*)"$')
_QUOTED = re.compile(r'"[^"]*"')

Path = tuple[str, str, str]
"""Family, table, and name of a chain or set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One element of a set or map, as the kernel holds it.

    Attributes:
        key: Words of the key; none for the catch-all.
        last: End of a range in a set of concatenations.
        data: Verdict or words that a map gives.
        is_open: The interval that begins here has no end.
    """

    key: tuple[str, ...]
    last: tuple[str, ...]
    data: tuple[str, ...]
    flags: int
    is_open: bool = False


@dataclass(slots=True)
class Collection:
    """A set or map, named or not."""

    place: str
    members: list[Member] = field(default_factory=list)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One rule as the kernel runs it."""

    chain: Path
    handle: int
    expressions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the text says of an entry chain."""

    type: str
    hook: str
    devices: str
    priority: str
    accepts: bool


@dataclass(slots=True)
class Written:
    """A chain as the text shows it."""

    place: str
    base: Base | None = None
    rules: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Listing:
    """Everything a listing says.

    Attributes:
        others: Further blocks of tables by what they are, such as flow tables, with place and text.
    """

    name: str
    sets: dict[Path, Collection] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)
    tables: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    chains: dict[Path, Written] = field(default_factory=dict)
    others: list[tuple[str, str, str]] = field(default_factory=list)


def read_listing(text: str, name: str) -> Listing:
    """Take a listing apart.

    Raises:
        ReadError: A line is none of those that nft prints, or the end is missing.
    """
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if _TABLE.fullmatch(line)), len(lines))
    listing = Listing(name)
    _bytecode(listing, lines[:at])
    _Text(listing, lines, at).read()
    _agree(listing)
    return listing


def _refused(name: str, number: int, what: str, mend: str = "") -> ReadError:
    return ReadError(Fault(place=f"{name}:{number}", what=what, mend=mend or _("collect the listing again")))


def _bytecode(listing: Listing, lines: Sequence[str]) -> None:
    members: list[Member] | None = None
    expressions: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if members is not None and (found := _ELEMENT.fullmatch(line)):
            members.append(_member(found))
        elif expressions is not None and line.startswith("  [ ") and line.endswith(" ]"):
            expressions.append(line[4:-2])
        elif found := _SET.fullmatch(line):
            members, expressions = [], None
            family, table, name = found.groups()
            listing.sets[family, table, name] = Collection(f"{listing.name}:{number}", members)
        elif found := _RULE.fullmatch(line):
            members, expressions = None, []
            family, table, chain, handle = found.groups()
            program = Program(chain=(family, table, chain), handle=int(handle), expressions=expressions)
            listing.programs.append(program)
        elif line.strip() and not (expressions is not None and line.startswith("  userdata = {")):
            raise _refused(listing.name, number, _("{line!r} is no line of nft's bytecode").format(line=line.strip()))


def _member(found: re.Match[str]) -> Member:
    return Member(
        key=tuple(found["key"].split()),
        last=tuple((found["last"] or "").split()),
        data=tuple(found["data"].split()),
        flags=int(found["flags"]),
        is_open=r"\x01\x04\x01\x00\x00\x00" in found["more"],
    )


class _Text:
    """The second half of a listing: blocks in braces, one statement a line."""

    def __init__(self, listing: Listing, lines: Sequence[str], at: int) -> None:
        self.listing, self.lines, self.at = listing, lines, at

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            found = _TABLE.fullmatch(line)
            if found is None and line.strip():
                raise self._unexpected(line)
            self.at += 1
            if found:
                self._table(found[1], found[2])

    def _unexpected(self, line: str) -> ReadError:
        return _refused(self.listing.name, self.at + 1, _("{line!r} is no line of a ruleset").format(line=line.strip()))

    def _table(self, family: str, table: str) -> None:
        flags: tuple[str, ...] = ()
        for number, statement in self._statements():
            found = _BLOCK.fullmatch(statement.split("\n", 1)[0])
            if found:
                self._block((family, table, found["name"]), found["kind"], number, statement)
            elif statement.startswith("flags "):
                flags = _flags(statement)
            elif not statement.startswith("comment "):
                raise self._unexpected(statement)
        self.listing.tables[family, table] = flags

    def _block(self, path: Path, kind: str, number: int, statement: str) -> None:
        place = f"{self.listing.name}:{number}"
        inner = _inside(statement)
        if kind == "chain":
            self.listing.chains[path] = _written(place, inner)
        elif kind in ("set", "map", "meter"):
            flags = tuple(flag for line in inner if line.startswith("flags ") for flag in _flags(line))
            self.listing.sets.setdefault(path, Collection(place)).flags = flags
        else:
            self.listing.others.append((kind, place, statement.split("\n", 1)[0].removesuffix(" {")))

    def _statements(self) -> Iterator[tuple[int, str]]:
        """Statements up to the closing brace, each with all its lines, stripped."""
        held: list[str] = []
        depth = 0
        start = self.at
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            self.at += 1
            bare = _QUOTED.sub("", line)
            depth += bare.count("{") - bare.count("}")
            if depth < 0:
                return
            if line and not held:
                start = self.at
            held += [line] if line else []
            if depth == 0 and held:
                yield start, "\n".join(held)
                held = []
        raise _refused(self.listing.name, start, _("the block that begins here does not end: the listing is cut short"))


def _flags(statement: str) -> tuple[str, ...]:
    return tuple(statement.removeprefix("flags ").replace(" ", "").rstrip(";").split(","))


def _inside(statement: str) -> list[str]:
    """Statements within a block's braces, each on one line."""
    lines, held, depth = list[str](), list[str](), 0
    for line in statement.split("\n")[1:-1]:
        bare = _QUOTED.sub("", line)
        depth += bare.count("{") - bare.count("}")
        held.append(line)
        if depth == 0:
            lines.append(" ".join(held))
            held = []
    return lines


def _written(place: str, inner: Sequence[str]) -> Written:
    written = Written(place)
    for line in inner:
        found = _HOOK.fullmatch(line)
        if found:
            written.base = Base(
                type=found["type"],
                hook=found["hook"],
                devices=found["devices"].strip(),
                priority=found["priority"].strip(),
                accepts=found["policy"] != "drop",
            )
        elif not re.fullmatch(r'comment "[^"]*"', line):
            written.rules.append(line)
    return written


def _agree(listing: Listing) -> None:
    """Every rule of the bytecode has its text, and the other way round."""
    counts: dict[Path, int] = {}
    for program in listing.programs:
        counts[program.chain] = counts.get(program.chain, 0) + 1
    for path, written in listing.chains.items():
        found = counts.pop(path, 0)
        if found != len(written.rules):
            raise ReadError(
                Fault(
                    place=written.place,
                    what=_("chain {chain!r} has {text} rules in the text and {code} in the bytecode").format(
                        chain=" ".join(path), text=len(written.rules), code=found
                    ),
                    mend=_("collect both in one: nft -a --debug=netlink list ruleset"),
                )
            )
    lost = [path for path in counts if not path[2].startswith("__chain")]
    lost += [path for path in (*counts, *listing.sets) if path[:2] not in listing.tables]
    if lost:
        raise ReadError(
            Fault(
                place=listing.name,
                what=_("{path!r} is in the bytecode, but not in the text: the listing is cut short").format(
                    path=" ".join(lost[0])
                ),
                mend=_("collect the listing again"),
            )
        )


def text_and_comment(line: str) -> tuple[str, str]:
    """A rule's line without its handle, and the comment in it."""
    bare = _HANDLE.sub("", line)
    found = _COMMENT.search(bare)
    return bare, found[1] if found else ""
