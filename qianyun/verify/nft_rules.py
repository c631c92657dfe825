"""One rule of nftables text, statement by statement.

Source: nft(8), sections "Statements" and "Verdict statements".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qianyun.verify import nft_nat
from qianyun.verify.chains import DROP, Assign, Blur, Decide, Match, Step, decide
from qianyun.verify.conditions import IS_V4, IS_V6, Condition, all_of, cannot_tell, is_, negated
from qianyun.verify.fields import CT_MARK, MARK, PROTOCOL, STATE, TCP, State
from qianyun.verify.nft_matches import (
    Element,
    NamedSet,
    NotUnderstoodError,
    Reader,
    arms_of,
    comparison,
    elements,
    selectors,
    value,
    verdict,
)
from qianyun.verify.nft_tokens import Token
from qianyun.verify.nft_words import Selector, has_extension
from qianyun.verify.translated_ends import asked
from qianyun.verify.translations import Translator
from qianyun.words import _


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule's words may refer to: sets, full names of chains, variables.

    Attributes:
        whole: Connection tracking puts fragments together before rules see them.
    """

    sets: Mapping[str, NamedSet]
    chain: Callable[[str], str]
    defined: Mapping[str, Sequence[Token]]
    whole: bool
    translator: Translator


class RuleReading:
    """One rule: its statements become steps until something is not understood."""

    def __init__(self, words: Sequence[Token], place: str, family: str, known: "Known") -> None:
        """Begin at the rule's first word."""
        flat = [inner for word in _expanded(words, known.defined) for inner in word]
        self.reader = Reader([*flat, Token("end", "\n", words[-1].line)], family, whole=known.whole)
        self.reader.place = place
        self.sets, self.chain, self.defined, self.place = known.sets, known.chain, known.defined, place
        self.translator, self.family = known.translator, family
        self.steps: list[Step] = []
        self.comment = ""

    def read(self) -> None:
        """All of it; what was understood stays in `steps` when the rest is not."""
        while not self.reader.at_end():
            self._one()

    def _one(self) -> None:
        reader = self.reader
        said = verdict(reader, self.chain)
        if said is not None:
            self.steps.append(decide(said))
            return
        quiet = _QUIET.get(reader.head.text)
        if quiet is not None:
            reader.take()
            quiet(self)
            return
        if reader.head.text in nft_nat.WORDS:
            self.steps += self._translation()
            return
        if reader.head.text in ("meta", "ct", "mark") and "set" in (reader.ahead(1), reader.ahead(2)):
            self._assign()
            return
        if reader.accept("exthdr"):
            self._extension()
            return
        self._of_selectors()

    def _of_selectors(self) -> None:
        """What begins with what is asked: a comparison, a verdict map, or what is written."""
        reader = self.reader
        key = selectors(reader)
        if not key:
            raise NotUnderstoodError(_("{word!r} is not modelled").format(word=reader.head.text.strip()))
        if reader.accept("set"):
            self._write(key)
            return
        if reader.accept("vmap"):
            self.steps.append(Decide(tuple(arms_of(key, self._map([one.type for one in key])))))
            return
        self.steps.append(Match(comparison(reader, key, self._named, self._elements)))

    def _translation(self) -> list[Step]:
        came = asked(self.steps)
        return nft_nat.steps(self.reader, self.translator, self.family, self._named, self._given, came)

    def _given(self, types: Sequence[str], data: Sequence[str]) -> Iterator[Element]:
        return elements(self.reader, types, self.chain, self.defined, data)

    def _extension(self) -> None:
        name, word = self.reader.take().text, self.reader.take().text
        condition = has_extension(name)
        if condition is None or word not in ("exists", "missing"):
            raise NotUnderstoodError(_("{word!r} is not modelled").format(word=f"exthdr {name} {word}"))
        # nft asks for an IPv6 packet first, whichever way
        asked = condition if word == "exists" else all_of(IS_V6, negated(condition))
        self.steps.append(Match(all_of(asked, self.reader.at_version())))

    def _map(self, types: Sequence[str]) -> NamedSet:
        if self.reader.accept("@"):
            named = self._named(self.reader.take().text)
            if named.varies:
                raise NotUnderstoodError(_("a map that the packet path changes"))
            return named
        self.reader.expect("{")
        return NamedSet(types=tuple(types), elements=tuple(self._elements(self.reader, types)))

    def _elements(self, reader: Reader, types: Sequence[str]) -> Iterator[Element]:
        return elements(reader, types, self.chain, self.defined)

    def _named(self, name: str) -> NamedSet:
        found = self.sets.get(name)
        if found is None:
            raise NotUnderstoodError(_("the set {name!r} is not there").format(name=name))
        return found

    def _assign(self) -> None:
        reader = self.reader
        field_ = CT_MARK if reader.accept("ct", "mark") else MARK
        if field_ is MARK and not (reader.accept("meta", "mark") or reader.accept("mark")):
            raise NotUnderstoodError(_("{word!r} is not modelled").format(word=f"{reader.head.text} set"))
        reader.expect("set")
        token = reader.take()
        try:
            value = int(token.text, 0)
        except ValueError as error:
            self.steps.append(Blur(field_, cannot_tell(f"{self.place}: {field_.name} is set")))
            raise NotUnderstoodError(_("a mark that is computed")) from error
        self.steps.append(Assign(field_, value))

    def _write(self, key: Sequence[Selector]) -> None:
        """`ip saddr set 192.0.2.1`: a field of the header is written."""
        first, last = value(self.reader, key[0].type)
        if len(key) > 1 or key[0].field is None or first != last:
            raise NotUnderstoodError(_("{word!r} is not modelled").format(word="set"))
        self.steps += [Match(key[0].guard), Assign(key[0].field, first)]

    def say_comment(self) -> None:
        """What the rule says of itself."""
        self.comment = self.reader.take().text

    def skip_counter(self) -> None:
        """Counting changes nothing."""
        reader = self.reader
        if reader.accept("name"):
            reader.take()
        while reader.head.text in ("packets", "bytes"):
            reader.at += 2

    def skip_log(self) -> None:
        """Logging changes nothing."""
        reader = self.reader
        while reader.head.text in ("prefix", "level", "group", "snaplen", "queue-threshold", "flags"):
            reader.at += 2
            while reader.accept(","):
                reader.take()

    def untrack(self) -> None:
        """Connection tracking will not see the packet."""
        self.steps.append(Assign(STATE, State.UNTRACKED))

    def reject(self) -> None:
        """Only packets that can be answered in the way named are refused; others go on."""
        reader = self.reader
        able: Condition | None = None
        if reader.accept("with"):
            word = reader.take().text
            if word == "tcp":
                reader.expect("reset")
                able = is_(PROTOCOL, TCP)
            else:
                able = {"icmp": IS_V4, "icmpv6": IS_V6}.get(word)
                reader.accept("type")
                reader.take()
        if able is not None:
            self.steps.append(Match(able))
        self.steps.append(decide(DROP))

    def doubt(self) -> None:
        """A condition on time or quantity: it may hold or not."""
        words = {"limit", "rate", "over", "burst", "packets", "bytes", "name", "until", "used", "kbytes", "mbytes"}
        reader = self.reader
        while reader.head.text in words or reader.head.text[:1].isdigit() or reader.head.text == "/":
            reader.take()
            if reader.head.kind == "word" and reader.tokens[reader.at - 1].text == "/":
                reader.take()
        self.steps.append(Match(cannot_tell(f"{self.place}: limit")))


def _expanded(words: Sequence[Token], defined: Mapping[str, Sequence[Token]]) -> Iterator[Sequence[Token]]:
    """Variables replaced by what they stand for."""
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word.text == "$" and at + 1 < len(words) and words[at + 1].text in defined:
            skip = True
            yield defined[words[at + 1].text]
        else:
            yield (word,)


_QUIET: Mapping[str, Callable[[RuleReading], None]] = {
    "comment": RuleReading.say_comment,
    "counter": RuleReading.skip_counter,
    "log": RuleReading.skip_log,
    "notrack": RuleReading.untrack,
    "reject": RuleReading.reject,
    "limit": RuleReading.doubt,
    "quota": RuleReading.doubt,
}
