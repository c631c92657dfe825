"""Expressions of nftables text: selectors, comparisons, sets, verdict maps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qianyun.verify.chains import ACCEPT, CONTINUE, DROP, RETURN, Verb, Verdict
from qianyun.verify.conditions import (
    ALWAYS,
    IS_V4,
    IS_V6,
    NEVER,
    Condition,
    all_of,
    any_of,
    cannot_tell,
    negated,
    without,
)
from qianyun.verify.fib import answer, question_of
from qianyun.verify.fields import Range, Ranges, merged
from qianyun.verify.nft_loads import UNTAGGED
from qianyun.verify.nft_tokens import END, Token
from qianyun.verify.nft_words import SHORT_META, Selector, plain, raw, selectors_of, values_of
from qianyun.words import _

VERDICTS = {"accept": ACCEPT, "drop": DROP, "return": RETURN, "continue": CONTINUE}


ICMP_OF = ("icmp", "icmpv6")
OF_VERSIONS = ("ip", "ip6", *ICMP_OF)
TYPES_OF_FRAMES = (("meta", "protocol"), ("ether", "type"))
RAW_BASES = {"th": "transport", "nh": "network", "ll": "link"}


class NotUnderstoodError(Exception):
    """A statement that we do not model; its text is listed as unread."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set or map: ranges for each part of its key; no parts for the catch-all.

    Attributes:
        verdict: What a verdict map gives.
        data: What another map gives, each part a range.
    """

    key: tuple[Ranges, ...]
    verdict: Verdict | None = None
    data: Ranges = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSet:
    """A set or map of a table.

    Attributes:
        varies: The packet path changes it, so what it holds is not known.
        data: Types of what a map gives, where that is no verdict.
    """

    types: tuple[str, ...]
    elements: tuple[Element, ...]
    varies: bool = False
    data: tuple[str, ...] = ()


class Reader:
    """Tokens, one after the other."""

    def __init__(self, tokens: Sequence[Token], family: str = "inet", *, whole: bool = True) -> None:
        """Begin at the first; `whole` where fragments are put together before rules see them."""
        self.tokens, self.at, self.whole = tokens, 0, whole
        self.version_known = family not in ("inet", "bridge")
        self.bridged = family == "bridge"
        self.types_asked = False
        self.selectors = selectors_of(whole=whole)
        self.place = ""

    def at_version(self) -> Condition:
        """Where nft adds a version on a bridge, it asks the frame's type: older programs do not see it behind a tag."""
        return any_of(UNTAGGED, cannot_tell(f"{self.place} {self.at} behind a tag")) if self.bridged else ALWAYS

    @property
    def head(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def ahead(self, far: int) -> str:
        """Text of a later token, empty past the end."""
        return self.tokens[self.at + far].text if self.at + far < len(self.tokens) else ""

    def take(self) -> Token:
        """The next token, and go on."""
        token = self.tokens[self.at]
        self.at += self.at < len(self.tokens) - 1
        return token

    def accept(self, *texts: str) -> bool:
        """Go past these texts if they come next."""
        if all(self.ahead(far) == text for far, text in enumerate(texts)):
            self.at += len(texts)
            return True
        return False

    def expect(self, text: str) -> None:
        """Go past a text that must come now."""
        if not self.accept(text):
            raise NotUnderstoodError(
                _("{text!r} is expected before {head!r}").format(text=text, head=self.head.text.strip())
            )

    def skip_ends(self) -> None:
        """Newlines inside braces mean nothing."""
        while self.head.kind == "end" and self.at < len(self.tokens) - 1:
            self.at += 1

    def at_end(self) -> bool:
        """Whether the statement is over."""
        return self.head.kind == "end"


def selectors(reader: Reader) -> tuple[Selector, ...]:
    """One selector, or several joined by dots; none where no selector stands."""
    found = [_selector(reader)]
    if found[0] is None:
        return ()
    while reader.accept("."):
        found.append(_selector(reader))
    if None in found:
        raise NotUnderstoodError(_("{word!r} is no selector we know").format(word=reader.head.text))
    return tuple(one for one in found if one is not None)


def _selector(reader: Reader) -> Selector | None:
    first = reader.head.text
    if first == "@" and reader.ahead(1) in RAW_BASES:
        return _raw(reader)
    if first == "fib":
        return _fib(reader)
    if first in SHORT_META and reader.head.kind == "word":
        reader.take()
        reader.version_known |= first == "nfproto"
        return reader.selectors["meta", first]
    known = reader.selectors.get((first, reader.ahead(1)))
    if known is None or (first in ("ether", "vlan") and not reader.bridged):
        return None
    if reader.bridged and reader.types_asked and first in OF_VERSIONS:
        # nft takes a list of types for the version that it must ask for, and asks for none
        raise NotUnderstoodError(_("{word!r} is not modelled").format(word=f"{first} {reader.ahead(1)}"))
    reader.types_asked |= (first, reader.ahead(1)) in TYPES_OF_FRAMES and reader.ahead(2) in ("{", "!=", "@")
    reader.at += 2
    if first in ICMP_OF and not reader.version_known:
        known = replace(known, guard=all_of(known.guard, reader.at_version()))
    elif first in ICMP_OF:
        # nft asks for the protocol alone once the version is settled, even for the other version's protocol
        return replace(known, guard=without(known.guard, IS_V4, IS_V6))
    named = (first, reader.ahead(-1))
    reader.version_known |= first in OF_VERSIONS or named == ("meta", "nfproto")
    reader.version_known |= reader.bridged and named in TYPES_OF_FRAMES
    return known


def _fib(reader: Reader) -> Selector:
    """`fib saddr . iif oif`: what the routes say, at this place in the rules."""
    place = f"{reader.place} {reader.at}"
    reader.take()
    words = [reader.take().text]
    while reader.accept("."):
        words.append(reader.take().text)
    result = reader.take().text
    question = question_of(" . ".join(words), result)
    if question is None:
        raise NotUnderstoodError(_("{word!r} is not modelled").format(word=f"fib {' . '.join(words)} {result}"))
    return plain(ALWAYS, "fib_addrtype" if result == "type" else "fib_interface", answer(question, place))


def _raw(reader: Reader) -> Selector:
    """`@th,16,16`: base, offset and length, in bits."""
    reader.take()
    base = RAW_BASES[reader.take().text]
    numbers: list[int] = []
    for _number in range(2):
        reader.expect(",")
        word = reader.take().text
        numbers.append(int(word) if word.isdecimal() else -1)
    offset, size = numbers
    if offset < 0 or size <= 0 or offset % 8 or size % 8:
        raise NotUnderstoodError(_("raw payload that is not whole bytes"))
    return raw(base, offset // 8, size // 8, whole=reader.whole)


def verdict(reader: Reader, chain: Callable[[str], str]) -> Verdict | None:
    """A verdict, if one stands here; `chain` gives the full name of a chain of this table."""
    word = reader.head.text
    if word in VERDICTS:
        reader.take()
        return VERDICTS[word]
    if word in ("jump", "goto"):
        reader.take()
        return Verdict(Verb(word), chain(reader.take().text))
    return None


def elements(
    reader: Reader,
    types: Sequence[str],
    chain: Callable[[str], str],
    defined: Mapping[str, Sequence[Token]],
    data: Sequence[str] = (),
) -> Iterator[Element]:
    """What stands between braces, the opening one already read."""
    reader.skip_ends()
    while not reader.accept("}"):
        if reader.accept("$"):
            inner = [*defined.get(reader.take().text, ()), Token("symbol", "}", 0), Token("end", END, 0)]
            nested = Reader(inner[1:] if inner[0].text == "{" else inner)
            yield from elements(nested, types, chain, defined, data)
        else:
            yield _element(reader, types, chain, data)
        reader.skip_ends()
        if reader.accept(","):
            reader.skip_ends()
        elif reader.head.text != "}":
            raise NotUnderstoodError(_("{word!r} in a set").format(word=reader.head.text))


def _element(reader: Reader, types: Sequence[str], chain: Callable[[str], str], data: Sequence[str]) -> Element:
    key: tuple[Ranges, ...] = ()
    if not reader.accept("*"):
        if not types:
            raise NotUnderstoodError(_("elements of a set without a type before them"))
        key = tuple((part,) for part in _parts(reader, types))
    _skip_element_options(reader)
    if not reader.accept(":"):
        return Element(key)
    if data:
        return Element(key, data=tuple(_parts(reader, data)))
    said = verdict(reader, chain)
    if said is None:
        raise NotUnderstoodError(_("a map to {word!r}").format(word=reader.head.text))
    return Element(key, said)


def _parts(reader: Reader, types: Sequence[str]) -> list[Range]:
    """Values joined by dots, one of each type."""
    parts = [value(reader, types[0])]
    while reader.accept("."):
        if len(parts) >= len(types):
            raise NotUnderstoodError(_("an element has more parts than its set"))
        parts.append(value(reader, types[len(parts)]))
    if len(parts) != len(types):
        raise NotUnderstoodError(_("an element has fewer parts than its set"))
    return parts


def _skip_element_options(reader: Reader) -> None:
    while reader.head.text in ("comment", "counter", "packets", "bytes"):
        if reader.take().text != "counter":
            reader.take()
    if reader.head.text in ("timeout", "expires"):
        raise NotUnderstoodError(_("an element that runs out"))


def value(reader: Reader, type_: str) -> Range:
    """A value of a type, or a range of them."""
    token = reader.take()
    found = values_of(type_, token.text) if token.kind in ("word", "string") else None
    if found is None:
        raise NotUnderstoodError(_("{word!r} is no {type} we know").format(word=token.text.strip(), type=type_))
    if reader.accept("-"):
        last = values_of(type_, reader.take().text)
        if last is None:
            raise NotUnderstoodError(_("a range of {type} without its end").format(type=type_))
        found = found[0], last[1]
    if found[1] < found[0]:
        raise NotUnderstoodError(_("a range of {type} that ends before it begins").format(type=type_))
    return found


def held_by(key: Sequence[Selector], group: Sequence[Element]) -> Condition:
    """The packets whose selected parts are one of the elements, in their guards' realm."""
    if len(key) == 1:
        ranges = merged(span for element in group if element.key for span in element.key[0])
        return key[0].lies_in(ranges) if ranges else NEVER
    return any_of(
        *(
            all_of(*(one.lies_in(ranges) for one, ranges in zip(key, element.key, strict=True)))
            for element in group
            if element.key
        )
    )


def arms_of(key: Sequence[Selector], table: NamedSet) -> Iterator[tuple[Condition, Verdict]]:
    """A verdict map as arms; keys of a map never overlap, so verdicts may be gathered."""
    guard = all_of(*(one.guard for one in key))
    by_verdict: dict[Verdict, list[Element]] = {}
    for element in table.elements:
        if element.verdict is not None and element.key:
            by_verdict.setdefault(element.verdict, []).append(element)
    for said, group in by_verdict.items():
        yield all_of(guard, held_by(key, group)), said
    for element in table.elements:
        if not element.key and element.verdict is not None:
            yield guard, element.verdict


def comparison(
    reader: Reader, key: Sequence[Selector], table_set: Callable[[str], NamedSet], read: "ReadElements"
) -> Condition:
    """What follows a selector, as a condition that includes the guard."""
    guard = all_of(*(one.guard for one in key))
    mask = _mask(reader, key)
    operator = reader.take().text if reader.head.text in ("==", "!=", "<", ">", "<=", ">=", "!") else ""
    if reader.accept("@"):
        named = table_set(reader.take().text)
        held = cannot_tell("a set that the packet path changes") if named.varies else _in_set(key, named)
    elif reader.accept("{"):
        held = _in_set(key, NamedSet(types=(), elements=tuple(read(reader, [one.type for one in key]))))
    elif len(key) > 1:
        held = _single_concatenation(reader, key)
    else:
        held = _scalar(reader, key[0], operator, mask)
        operator = operator if operator == "!=" else ""
        mask = None
    if mask is not None or operator not in ("", "==", "!="):
        raise NotUnderstoodError(_("{operator} with a set").format(operator=operator or "&"))
    return all_of(guard, negated(held) if operator == "!=" else held)


ReadElements = Callable[[Reader, Sequence[str]], Iterator[Element]]


def _in_set(key: Sequence[Selector], table: NamedSet) -> Condition:
    if any(not element.key for element in table.elements):
        return ALWAYS
    return held_by(key, table.elements)


def _single_concatenation(reader: Reader, key: Sequence[Selector]) -> Condition:
    parts: list[Condition] = []
    for number, one in enumerate(key):
        if number:
            reader.expect(".")
        parts.append(one.lies_in((value(reader, one.type),)))
    return all_of(*parts)


def _mask(reader: Reader, key: Sequence[Selector]) -> int | None:
    if not reader.accept("&"):
        return None
    if len(key) != 1:
        raise NotUnderstoodError(_("a mask on a concatenation"))
    return _flags(reader, key[0].type)


def _flags(reader: Reader, type_: str) -> int:
    """A number, or names of bits joined by bars or commas, perhaps in parentheses."""
    closing = reader.accept("(")
    number = 0
    while True:
        first, last = value(reader, type_)
        if first != last:
            raise NotUnderstoodError(_("a range where bits are expected"))
        number |= first
        if not (reader.accept("|") or reader.accept(",")):
            break
    if closing:
        reader.expect(")")
    return number


def _scalar(reader: Reader, one: Selector, operator: str, mask: int | None) -> Condition:
    if one.type in ("tcp_flag", "ct_status"):
        return _bits(reader, one, operator, mask)
    if mask is not None:
        held = one.under_mask(mask, _flags(reader, one.type))
        if held is None:
            raise NotUnderstoodError(_("a mask with too many holes"))
        return held
    spans = [value(reader, one.type)]
    while reader.accept(","):
        spans.append(value(reader, one.type))
    if len(spans) > 1 and (operator or one.type != "ct_state"):
        raise NotUnderstoodError(_("a list of values outside a set"))
    (first, last), top = spans[0], one.top
    beyond = {"<": (0, first - 1), "<=": (0, first), ">": (last + 1, top), ">=": (last, top)}
    if operator in beyond:
        low, high = beyond[operator]
        return one.lies_in(((low, high),)) if low <= high else NEVER
    return one.lies_in(merged(spans))


def _bits(reader: Reader, one: Selector, operator: str, mask: int | None) -> Condition:
    """Without operator any of the bits; `bits / mask` and `& mask ==` compare under a mask."""
    bits = _flags(reader, one.type)
    if mask is None and reader.accept("/"):
        mask = _flags(reader, one.type)
    if mask is None:
        if operator in ("==", "!="):
            return one.lies_in(((bits, bits),))
        clear = one.under_mask(bits, 0)
        if operator in ("", "!") and clear is not None:
            return clear if operator == "!" else negated(clear)
    elif operator in ("", "==", "!="):
        held = one.under_mask(mask, bits)
        if held is not None:
            return held
    raise NotUnderstoodError(_("{word!r} is not modelled").format(word=f"bits {operator}"))
