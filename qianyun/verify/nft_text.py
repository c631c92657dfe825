"""Reader of nftables text: what `nft -f` loads and `nft list ruleset` shows, as chains.

Needs neither root nor nft. A statement that is not understood is never left out: its rule may
then do anything with the packets that reach it, it is listed, and what it could change comes
out as unproven.

Source: nft(8).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from qianyun.errors import Fault, ReadError
from qianyun.verify.bridges import beside_each_other
from qianyun.verify.chains import (
    DROP,
    OUTCOMES,
    Chain,
    Entry,
    Hook,
    Rule,
    Ruleset,
    Unread,
    Verdict,
    anything,
)
from qianyun.verify.conditions import Doubts
from qianyun.verify.nft_matches import (
    Element,
    NamedSet,
    NotUnderstoodError,
    Reader,
    elements,
    selectors,
)
from qianyun.verify.nft_rules import Known, RuleReading
from qianyun.verify.nft_tokens import Token, tokens
from qianyun.verify.translations import PRIORITIES as PRIORITIES_OF_NAT
from qianyun.verify.translations import Translator, written_somehow
from qianyun.words import _

PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
BRIDGE_PRIORITIES = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}
VERSIONS = {"inet": 0, "ip": 4, "ip6": 6, "bridge": 0}
_SET_OPTIONS = ("auto-merge", "size", "comment", "policy", "counter", "gc-interval", "timeout")
TRACKING = re.compile(r"^[^#]*\b(ct \w|dnat|snat|masquerade|redirect|type nat)")
"""Words that load connection tracking."""
MOST_SHORT = 3
"""Words of the shortest block that has a name: its kind, the name, a brace."""
HOOKS = {hook.name.lower(): hook for hook in Hook}


WRITING = ("set", "notrack", "snat", "dnat", "masquerade", "redirect", "queue", "tproxy")
"""Words of statements that change a packet."""
SET_WORDS = ("auto-merge", "size", "comment", "policy", "counter", "gc-interval", "timeout")
"""Words of a set that change nothing about what it holds."""


@dataclass(slots=True)
class _Table:
    """One table while it is read: bodies first, rules once all sets are known."""

    family: str
    name: str
    sets: dict[str, NamedSet] = field(default_factory=dict)
    chains: dict[str, list[list[Token]]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def tracks(self) -> bool:
        return any(word.text == "ct" for rules in self.chains.values() for words in rules for word in words)

    def chain(self, name: str) -> str:
        return f"{self.family} {self.name} {name}"


def read_nft(text: str, name: str) -> Ruleset:
    """Chains of a ruleset.

    Args:
        text: What `nft -f` would load.
        name: Name of the file or firewall, for places.

    Raises:
        ReadError: Braces that do not close, words that are none; with the line.
    """
    return _Text(text, name).ruleset()


class _Text:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        self.reader = Reader(list(tokens(text, name)))
        self.tables: dict[tuple[str, str], _Table] = {}
        self.defined: dict[str, list[Token]] = {}
        self.unread: list[Unread] = []
        self.doubts: tuple[Verdict, ...] = ()
        self.translator = Translator(Doubts().about)
        self.tracks = any(TRACKING.search(line) for line in self.lines)

    def ruleset(self) -> Ruleset:
        self._top()
        chains = [chain for table in self.tables.values() for chain in self._chains(table)]
        chains.reverse()  # of two entries at one priority the kernel asks the later one first
        chains = [_doubted(chain, self.doubts) if chain.entry and self.doubts else chain for chain in chains]
        chains += self.translator.beside(chains)
        return Ruleset(
            name=self.name,
            chains={chain.name: chain for chain in beside_each_other(chains)},
            unread=tuple(self.unread),
            tracks=self.tracks,
        )

    def _top(self) -> None:
        reader = self.reader
        while reader.at < len(reader.tokens) - 1:
            if reader.at_end():
                reader.take()
            elif reader.accept("flush", "ruleset"):
                self.tables.clear()
            elif reader.head.text == "table":
                self._table()
            elif reader.head.text in ("delete", "destroy", "flush") and reader.ahead(1) == "table":
                self.tables.pop((reader.ahead(2), reader.ahead(3)), None)
                self._statement()
            elif reader.head.text == "define":
                words = self._statement()
                if len(words) < MOST_SHORT:
                    raise self._malformed(words[0])
                self.defined[words[1].text] = words[3:]
            elif reader.head.text == "}":
                raise self._malformed(reader.take())
            else:
                self._unread(self._statement(), _("a command that is not modelled"))
                self.doubts = OUTCOMES

    def _malformed(self, token: Token) -> ReadError:
        what = _("{word!r} cannot stand here").format(word=self._line(token.line) or token.text)
        return ReadError(Fault(place=f"{self.name}:{token.line}", what=what, mend=_("collect the listing again")))

    def _table(self) -> None:
        reader = self.reader
        start = reader.take()
        family = reader.take().text if reader.ahead(1) not in ("{", "\n") else "ip"
        name = reader.take().text
        table = self.tables.setdefault((family, name), _Table(family, name))
        if not reader.accept("{"):
            return
        if family not in VERSIONS:
            self._unread([start], _("a table of family {family} is not modelled").format(family=family))
            if family != "arp" and not self.doubts:
                self.doubts = (DROP,)
            self._body(start)
            return
        for words in self._blocks(start):
            self._block(table, words)

    def _blocks(self, start: Token) -> Iterator[list[Token]]:
        """Statements up to the closing brace, each with the braces that belong to it."""
        while not self.reader.accept("}"):
            if self.reader.at >= len(self.reader.tokens) - 1:
                raise ReadError(
                    Fault(
                        place=f"{self.name}:{start.line}",
                        what=_("the block that begins here does not end"),
                        mend=_("the listing is cut short; collect it again"),
                    )
                )
            words = self._statement()
            if words:
                yield words

    def _body(self, start: Token) -> None:
        for _words in self._blocks(start):
            pass

    def _statement(self) -> list[Token]:
        """Tokens up to the end of the statement; ends inside braces belong to it."""
        reader, depth, words = self.reader, 0, list[Token]()
        while reader.at < len(reader.tokens) - 1:
            token = reader.head
            if depth == 0 and (token.kind == "end" or (token.text == "}" and token.kind == "symbol")):
                if token.kind == "end":
                    reader.take()
                break
            depth += (token.kind == "symbol") * ((token.text == "{") - (token.text == "}"))
            words.append(reader.take())
        return words

    def _block(self, table: _Table, words: list[Token]) -> None:
        kind = words[0].text
        if kind in ("set", "map", "chain") and len(words) < MOST_SHORT:
            raise self._malformed(words[0])
        if kind in ("set", "map"):
            self._set(table, words)
        elif kind == "chain":
            table.chains.setdefault(words[1].text, []).extend(_statements(words[3:]))
            table.places.setdefault(words[1].text, words[0].line)
        elif kind == "flags" and any(word.text == "dormant" for word in words):
            table.sets.clear()
            table.chains.clear()
        elif kind not in ("counter", "comment", "flags", "quota", "limit", "ct", "type"):
            self._unread(words, _("a block that is not modelled"))
            self.doubts = OUTCOMES

    def _set(self, table: _Table, words: list[Token]) -> None:
        types: tuple[str, ...] = ()
        data: tuple[str, ...] = ()
        found: tuple[Element, ...] = ()
        varies = False
        for statement in _statements(words[3:]):
            reader = Reader([*statement, Token("end", "\n", statement[-1].line)])
            head = reader.take().text
            try:
                if head == "type":
                    types, data = _types(statement[1:])
                elif head == "typeof":
                    types = tuple(one.type for one in selectors(reader))
                elif head == "flags":
                    varies |= any(word.text in ("dynamic", "timeout") for word in statement)
                elif head == "elements":
                    reader.expect("=")
                    reader.expect("{")
                    found = tuple(elements(reader, types, table.chain, self.defined, data))
                elif head not in SET_WORDS:
                    self._unread(statement, head)
                    varies = True
            except NotUnderstoodError as error:
                self._unread(statement, str(error))
                varies = True
        table.sets[words[1].text] = NamedSet(types=types, elements=found, varies=varies, data=data)

    def _unread(self, words: Sequence[Token], why: str) -> None:
        place = f"{self.name}:{words[0].line}"
        self.unread.append(Unread(place=place, text=self._line(words[0].line), why=why))

    def _line(self, number: int) -> str:
        return self.lines[number - 1].strip() if 0 < number <= len(self.lines) else ""

    def _chains(self, table: _Table) -> Iterator[Chain]:
        for name, statements in table.chains.items():
            entry = self._entry(statements, table.family)
            rules = [
                self._rule(table, words)
                for words in statements
                if words[0].text not in ("type", "policy", "comment") or words[0].kind != "word"
            ]
            yield Chain(
                name=table.chain(name),
                rules=tuple(rules),
                version=VERSIONS[table.family],
                entry=entry,
                place=f"{self.name}:{table.places[name]}",
            )

    def _entry(self, statements: Sequence[list[Token]], family: str) -> Entry | None:
        entry: Entry | None = None
        accepts = True
        for words in statements:
            texts = [word.text for word in words]
            if texts[0] == "policy":
                accepts = "drop" not in texts
            if texts[0] == "type" and "hook" in texts:
                if "priority" not in texts or texts[-1] in ("hook", "priority"):
                    raise self._malformed(words[0])
                hook = HOOKS.get(texts[texts.index("hook") + 1])
                if hook is None:
                    self._unread(words, _("a hook that is not modelled"))
                    self.doubts = self.doubts or (DROP,)
                    continue
                asked = "".join(texts[texts.index("priority") + 1 :]).strip()
                priority = _priority(asked, BRIDGE_PRIORITIES if family == "bridge" else PRIORITIES)
                if priority is None:
                    place = f"{self.name}:{words[0].line}"
                    raise ReadError(Fault(place=place, what=_("{priority!r} is no priority").format(priority=asked)))
                entry = Entry(hook=hook, priority=priority, bridged=family == "bridge")
                if texts[1] == "nat" and hook in PRIORITIES_OF_NAT:
                    entry = replace(entry, only_new=True, priority=PRIORITIES_OF_NAT[hook], among=entry.priority)
        return entry and replace(entry, accepts=accepts)

    def _rule(self, table: _Table, words: list[Token]) -> Rule:
        place = f"{self.name}:{words[0].line}"
        tracks = table.tracks() if table.family == "bridge" else self.tracks
        known = Known(table.sets, table.chain, self.defined, tracks, self.translator)
        reading = RuleReading(words, place, table.family, known)
        try:
            reading.read()
        except NotUnderstoodError as error:
            self._unread(words, str(error))
            if any(word.text in WRITING and word.kind == "word" for word in words):
                reading.steps += written_somehow(place)
            reading.steps.append(anything(reading.place))
        return Rule(
            steps=tuple(reading.steps), place=reading.place, text=self._line(words[0].line), comment=reading.comment
        )


def _doubted(chain: Chain, outcomes: tuple[Verdict, ...]) -> Chain:
    """An entry before which something that we could not read may decide."""
    doubt = Rule(steps=(anything(chain.place, outcomes),), place=chain.place)
    return replace(chain, rules=(doubt, *chain.rules))


def _types(words: Sequence[Token]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Types of a key, and of what a map gives if that is no verdict."""
    texts = [word.text for word in words]
    at = texts.index(":") if ":" in texts else len(words)
    key, data = ([word.text for word in part if word.kind == "word"] for part in (words[:at], words[at:]))
    return tuple(key), tuple(word for word in data if word not in ("verdict", "interval"))


def _statements(words: Sequence[Token]) -> Iterator[list[Token]]:
    """Statements of a block's body; the closing brace is not among them."""
    depth, held = 0, list[Token]()
    for word in words[:-1]:
        if word.kind == "symbol":
            depth += (word.text == "{") - (word.text == "}")
        if word.kind == "end" and depth == 0:
            if held:
                yield held
            held = []
        else:
            held.append(word)
    if held:
        yield held


def _priority(text: str, names: Mapping[str, int]) -> int | None:
    """`filter - 5`, `raw`, `-5`; `None` for what is none of them."""
    found = re.fullmatch(r"(?P<name>[a-z]+)?(?P<number>[+-]?\d+)?", text)
    if found is None or not text or found["name"] not in (None, *names):
        return None
    return names.get(found["name"] or "", 0) + int(found["number"] or 0)
