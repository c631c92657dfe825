"""Statements of nftables text that translate addresses and ports.

Source: nft(8), section "NAT statements".
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from qianyun.verify.chains import Match, Step
from qianyun.verify.conditions import ALWAYS, NEVER, Condition, all_of, any_of, is_
from qianyun.verify.fields import Field, Range, Ranges, dice
from qianyun.verify.nft_matches import Element, NamedSet, NotUnderstoodError, Reader, held_by, selectors, value
from qianyun.verify.translated_ends import Ends, Side, whole_block
from qianyun.verify.translations import Translator
from qianyun.words import _

WORDS = ("dnat", "snat", "masquerade", "redirect")
FAMILIES = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}
CHANCE = ("numgen", "jhash", "symhash")
"""Expressions whose value nothing in the packet tells."""
FLAGS = ("random", "fully-random", "persistent", ",")
Named = Callable[[str], NamedSet]
Given = Callable[[Sequence[str], Sequence[str]], Iterator[Element]]
"""Elements of a map between braces, by the types of its key and of what it gives."""


def steps(  # noqa: PLR0917 - what stands here, what it may mean, and what comes
    reader: Reader, translator: Translator, family: str, named: Named, given: Given, came: Condition = ALWAYS
) -> list[Step]:
    """What a rule does that translates here, with packets of which `came` is known.

    Raises:
        NotUnderstoodError: With the word that is not modelled.
    """
    word = reader.take().text
    if word in ("masquerade", "redirect"):
        ports = None
        if reader.accept("to"):
            reader.expect(":")
            ports = (value(reader, "inet_service"),)
        random = _random(reader)
        arms = _own(family, ports, random=random)
        return translator.turned(arms) if word == "redirect" else translator.steps(Side.SOURCE, arms)
    version = _version(reader, family)
    by_prefix = reader.accept("prefix")
    reader.expect("to")
    found = list(_targets(reader, version, named, given))
    at = reader.at
    random = _random(reader)
    maps = by_prefix and at == reader.at  # of a prefix with flags nft 1.0.6 loads the flags alone
    arms = [
        (condition, _ends(of, addresses, ports, maps=maps, random=random)) for condition, of, addresses, ports in found
    ]
    keys = any_of(*(condition for condition, _ends in arms))
    before = [] if keys == ALWAYS else [Match(keys)]
    return [*before, *translator.steps(Side.TARGET if word == "dnat" else Side.SOURCE, arms, came)]


def _ends(version: int, addresses: Ranges | None, ports: Ranges | None, *, maps: bool, random: bool) -> Ends:
    block = whole_block(addresses) if maps and addresses else addresses
    maps = maps and addresses is not None and block == addresses
    return Ends(version=version, addresses=block, ports=ports, maps=maps, random=random)


def _own(family: str, ports: Ranges | None, *, random: bool) -> list[tuple[Condition, Ends]]:
    return [(ALWAYS, Ends(version=each, ports=ports, own=True, random=random)) for each in FAMILIES[family]]


def _version(reader: Reader, family: str) -> int:
    for word, (version, *_more) in (("ip6", FAMILIES["ip6"]), ("ip", FAMILIES["ip"])):
        if reader.head.text == word and reader.ahead(1) in ("to", "prefix", "addr"):
            reader.take()
            return version
    return FAMILIES[family][0] if family != "inet" else 0


def _random(reader: Reader) -> bool:
    said = []
    while reader.head.text in FLAGS:
        said.append(reader.take().text)
    return "random" in said or "fully-random" in said


Target = tuple[Condition, int, Ranges | None, Ranges | None]


def _targets(reader: Reader, version: int, named: Named, given: Given) -> Iterator[Target]:
    if reader.head.text in CHANCE:
        drawn, first = _dice(reader)
        for element, addresses, ports in _of_map(reader, ("integer",), version, named, given):
            (low, high), *_more = element.key[0] if element.key else ((first, first + drawn.top),)
            sides = (max(low - first, 0), min(high - first, drawn.top))
            yield is_(drawn, sides) if sides[0] <= sides[1] else NEVER, version, addresses, ports
        return
    key = selectors(reader)
    if key:
        guard = all_of(*(one.guard for one in key))
        for element, addresses, ports in _of_map(reader, [one.type for one in key], version, named, given):
            yield all_of(guard, held_by(key, [element]) if element.key else ALWAYS), version, addresses, ports
        return
    addresses, of = _addresses(reader, version)
    ports = (value(reader, "inet_service"),) if reader.accept(":") else None
    if addresses is None and ports is None:
        raise NotUnderstoodError(_("{word!r} is not modelled").format(word=reader.head.text.strip()))
    for each in (of,) if of else (4, 6):
        yield ALWAYS, each, addresses, ports


def _dice(reader: Reader) -> tuple[Field, int]:
    """`numgen inc mod 2 offset 4`: a number that is drawn, and the first it can be."""
    place, said = reader.head.line, []
    while reader.head.text != "map" and not reader.at_end():
        said.append(reader.take().text)
    given = dict(pairwise(said))
    sides, first = given.get("mod", ""), given.get("offset", "0")
    if not (sides.isdecimal() and int(sides) and first.isdecimal()):
        raise NotUnderstoodError(_("{word!r} is not modelled").format(word=" ".join(said)))
    return dice(f"line {place}: {' '.join(said)}", int(sides)), int(first)


def _of_map(
    reader: Reader, types: Sequence[str], version: int, named: Named, given: Given
) -> Iterator[tuple[Element, Ranges | None, Ranges | None]]:
    reader.expect("map")
    if not version:
        raise NotUnderstoodError(_("a translation that does not say of which family"))
    if reader.accept("@"):
        found = named(reader.take().text)
        if found.varies:
            raise NotUnderstoodError(_("a map that the packet path changes"))
        held: Sequence[Element] = found.elements
    else:
        reader.expect("{")
        start = reader.at
        try:
            held = list(given(types, (TYPES[version],)))
        except NotUnderstoodError:
            reader.at = start
            held = list(given(types, (TYPES[version], "inet_service")))
    for element in held:
        if not element.data:
            raise NotUnderstoodError(_("an element of a map without a value"))
        address, *ports = element.data
        yield element, (address,), (ports[0],) if ports else None


def _addresses(reader: Reader, version: int) -> tuple[Ranges | None, int]:
    """An address or a range, in brackets where ports follow; and its family."""
    if reader.head.text == ":":
        return None, version
    first = _address(reader, version)
    last = first
    if reader.accept("-"):
        last = _address(reader, version or first[1])
    (low, _high), of = first
    (_low, high), _of = last
    return ((low, high),), of


def _address(reader: Reader, version: int) -> tuple[Range, int]:
    closing = reader.accept("[")
    of = version or (6 if ":" in reader.head.text else 4)
    found = value(reader, TYPES[of])
    if closing:
        reader.expect("]")
    return found, of
