"""Reader of `nft -j list ruleset`: the listing is written as text again, and read as such.

The listing tells less than the bytecode, so where a person would have to guess, the rule is marked as not
understood, as in the text. A rule keeps its handle as its place.

Source: libnftables-json(5).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from qianyun.errors import Fault, ReadError
from qianyun.verify.chains import Chain, Ruleset, Unread
from qianyun.verify.nft_json_words import Json, NotWrittenError, elements, is_ambiguous, statement, types
from qianyun.verify.nft_text import read_nft
from qianyun.words import _

IDENTIFIER = re.compile(r"[A-Za-z_][\w./-]*")
NARROWED = "limit rate 1/second "
"""What may hold or not, in words of the text."""
OTHERS = ("metainfo", "counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "secmark", "synproxy")
"""Objects that say nothing of packets by themselves."""


@dataclass(slots=True)
class _Table:
    """A table while it is gathered: its sets as lines, and the lines of each chain with their places."""

    sets: list[tuple[str, str]] = field(default_factory=list)
    chains: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def is_nft_json(text: str) -> bool:
    """Whether a text looks like nft's JSON."""
    return text.lstrip().startswith("{") and '"nftables"' in text


def read_nft_json(text: str, name: str) -> Ruleset:
    """Chains of a listing.

    Args:
        text: What `nft -j -a list ruleset` shows.
        name: Name of the file or firewall, for places.

    Raises:
        ReadError: It is no JSON, is cut short, or is no listing.
    """
    gathered = _Gathered(name)
    for number, each in enumerate(_objects(text, name)):
        gathered.take(each, number)
    lines, places = gathered.lines()
    ruleset = _placed(read_nft("\n".join(lines) + "\n", name), name, places)
    return replace(ruleset, unread=(*ruleset.unread, *gathered.ambiguous))


def _objects(text: str, name: str) -> Sequence[Json]:
    try:
        listing = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        what = _("the listing is no JSON, or is cut short")
        raise ReadError(Fault(place=f"{name}:{line}", what=what, mend=_("collect the listing again"))) from None
    found = listing.get("nftables") if isinstance(listing, dict) else None
    if not isinstance(found, list):
        what = _("there is no list named {key!r}").format(key="nftables")
        raise ReadError(Fault(place=name, what=what, mend=_("collect the output of nft -j list ruleset")))
    return found


class _Gathered:
    def __init__(self, name: str) -> None:
        self.name = name
        self.tables: dict[tuple[str, str], _Table] = {}
        self.ambiguous: list[Unread] = []
        self.strange: list[tuple[str, str]] = []

    def take(self, each: Json, number: int) -> None:
        """One object of the listing."""
        kind, body = next(iter(each.items())) if isinstance(each, dict) and each else ("", None)
        place = f"{self.name} {number}"
        if kind in OTHERS:
            return
        if not isinstance(body, dict):
            raise self._refused(place, each)
        if kind == "table":
            dormant = "dormant" in [str(each) for each in _list(body.get("flags"))]
            self._table(body, "name", place).sets += [(" flags dormant", place)] * dormant
        elif kind in ("set", "map"):
            self._set(kind, body, place)
        elif kind == "chain":
            self._chain(body, place)
        elif kind == "rule":
            self._rule(body, place)
        else:
            self.strange.append((f"{_word(kind)} {_word(str(body.get('name', '')))}", place))

    def _refused(self, place: str, each: Json) -> ReadError:
        what = _("{value} is nothing that a listing holds").format(value=json.dumps(each)[:60])
        return ReadError(Fault(place=place, what=what, mend=_("collect the listing again")))

    def _table(self, body: Mapping[str, Json], key: str, place: str) -> _Table:
        names = (body.get("family"), body.get(key))
        if not all(isinstance(each, str) and IDENTIFIER.fullmatch(each) for each in names):
            raise self._refused(place, dict(body))
        return self.tables.setdefault((str(names[0]), str(names[1])), _Table())

    def _name(self, body: Mapping[str, Json], key: str, place: str) -> str:
        found = body.get(key)
        if not isinstance(found, str) or not IDENTIFIER.fullmatch(found):
            raise self._refused(place, dict(body))
        return found

    def _set(self, kind: str, body: Mapping[str, Json], place: str) -> None:
        table, name = self._table(body, "table", place), self._name(body, "name", place)
        try:
            kinds = types(body.get("type"))
            data = f" : {types(body.get('map'))}" if kind == "map" else ""
            flags = [str(each) for each in _list(body.get("flags"))]
            held = f"\n  elements = {{ {elements(_list(body.get('elem')), kinds)} }}" if body.get("elem") else ""
        except NotWrittenError as error:
            table.sets.append((f" {kind} {name} {{\n  {error}\n }}", place))
            return
        said = f"\n  flags {','.join(map(_word, flags))}" if flags else ""
        varies = "\n  timeout 1s" if "timeout" in body and "timeout" not in flags else ""
        table.sets.append((f" {kind} {name} {{\n  type {kinds}{data}{said}{varies}{held}\n }}", place))

    def _chain(self, body: Mapping[str, Json], place: str) -> None:
        table, name = self._table(body, "table", place), self._name(body, "name", place)
        lines = table.chains.setdefault(name, [])
        table.places[name] = self._handle(body, name)
        if "hook" in body:
            prio = body.get("prio")
            words = (_word(str(body.get("type", ""))), _word(str(body["hook"])), _word(str(prio)))
            lines.append((f"  type {words[0]} hook {words[1]} priority {words[2]}", table.places[name]))
            lines.append((f"  policy {'drop' if body.get('policy') == 'drop' else 'accept'}", table.places[name]))

    def _handle(self, body: Mapping[str, Json], chain: str) -> str:
        return f"{self.name} {body.get('family')} {body.get('table')} {chain} handle {body.get('handle', '?')}"

    def _rule(self, body: Mapping[str, Json], place: str) -> None:
        table, chain = self._table(body, "table", place), self._name(body, "chain", place)
        where = self._handle(body, chain)
        expressions = _list(body.get("expr"))
        family = str(body.get("family"))
        said, narrowed = [_said(each) for each in expressions], [is_ambiguous(each, family) for each in expressions]
        words = [f"{NARROWED * each}{one}" for each, one in zip(narrowed, said, strict=True)]
        if any(narrowed):
            why = _("other rules are listed in the same way; the rule may match fewer packets than it says")
            self.ambiguous.append(Unread(place=where, text=" ".join(said), why=why))
        if isinstance(comment := body.get("comment"), str):
            words.append('comment "' + re.sub(r'["\\\n]', " ", comment) + '"')
        table.chains.setdefault(chain, []).append((f"  {' '.join(word for word in words if word) or 'counter'}", where))

    def lines(self) -> tuple[list[str], dict[int, str]]:
        """The text, and the place of each of its lines, from 1."""
        made: list[tuple[str, str]] = []
        for (family, name), table in self.tables.items():
            made.append((f"table {family} {name} {{", self.name))
            for text, place in table.sets:
                made += [(line, place) for line in text.split("\n")]
            for chain, rules in table.chains.items():
                head = table.places.get(chain, self.name)
                made += [(f" chain {chain} {{", head), *rules, (" }", head)]
            made.append(("}", self.name))
        made += self.strange
        return [line for line, _place in made], {number: place for number, (_line, place) in enumerate(made, 1)}


def _said(each: Json) -> str:
    """A statement in words; one that has none keeps those that tell what it changes, and that it asks connections."""
    try:
        return statement(each)
    except NotWrittenError as error:
        kind = next(iter(each), "") if isinstance(each, dict) else ""
        asks = "ct state" if '"ct"' in json.dumps(each) else ""
        return f"{_word(str(error))} unknown {_word({'mangle': 'set'}.get(kind, kind))} {asks}"


def _list(value: Json) -> Sequence[Json]:
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]


def _word(text: str) -> str:
    """Something that cannot be taken for more than one word."""
    return re.sub(r"[^\w./+-]+", "_", text) or "_"


def _placed(ruleset: Ruleset, name: str, places: Mapping[int, str]) -> Ruleset:
    """The rules at the handles that the kernel gave them."""

    def place(written: str) -> str:
        number = written.removeprefix(f"{name}:")
        return places.get(int(number), written) if number.isdecimal() else written

    def of(chain: Chain) -> Chain:
        rules = tuple(replace(rule, place=place(rule.place)) for rule in chain.rules)
        return replace(chain, place=place(chain.place), rules=rules)

    return replace(
        ruleset,
        chains={key: of(chain) for key, chain in ruleset.chains.items()},
        unread=tuple(replace(line, place=place(line.place)) for line in ruleset.unread),
    )
