"""One round of fuzzing the readers of nftables listings: typed errors or doubts, and both ways of judging agree."""

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mutated import mutated

from qianyun.errors import QianyunError
from qianyun.verify.chains import Ruleset
from qianyun.verify.fields import (
    DPORT,
    DST4,
    DST6,
    FIELDS,
    PROTOCOL,
    SRC4,
    SRC6,
    STATE,
    TCP_FLAGS,
    VERSION,
    Field,
    State,
)
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_json import read_nft_json
from qianyun.verify.nft_text import read_nft
from qianyun.verify.passing import Passing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

CASES = Path(__file__).parent.parent / "cases" / "nft"
LISTINGS = ("statements", "gateway", "translation")
WORDS = (
    "reg 1", "reg 2", "reg 9", "reg 23", "reg 0", "0x00000006", "0xffffffff", "0x", "eq", "neq", "lt", "gte", "inet",
    "network", "transport", "link", "inner", "2b", "0b", "16b", "99999b", "+ 0", "+ 13", "+ 99999", "=> reg 1", "web",
    "jump -> web", "goto -> fw", "accept", "drop", "return", "queue", "future", "present", ": 1 [end]", "- ffffffff",
    "hton", "reg 1, 2, 1", "reg 1, 0, 4", "<<", "dreg 0", "dreg 1", "__set0", "__map0", "mark", "state", "ipv6", "",
)  # fmt: skip
PACKETS: tuple[dict[Field, int], ...] = (
    {VERSION: 0, PROTOCOL: 6, SRC4: 0x0A010101, DST4: 0x0A020101, DPORT: 443, TCP_FLAGS: 2},
    {VERSION: 0, PROTOCOL: 17, SRC4: 0x0A000001, DST4: 0x0A000002, DPORT: 53, STATE: State.ESTABLISHED},
    {VERSION: 1, PROTOCOL: 6, SRC6: 0x20010DB8 << 96 | 5, DST6: 1, DPORT: 80, STATE: State.INVALID},
)


def fuzz_round(seed: int) -> str:
    """Read one mutated listing, and judge some packets by what it says; how it ended, in a word.

    Raises:
        Exception: Whatever is no error of our own: a finding.
    """
    chance = random.Random(f"nft {seed}")  # noqa: S311 - repeatable, not secret
    if chance.random() < 0.25:
        return _json_round(chance)
    text = (CASES / f"{chance.choice(LISTINGS)}.txt").read_text(encoding="utf-8")
    edits = chance.randrange(1, 6)
    text = _programs_bent(text, chance, edits) if chance.random() < 0.7 else mutated(text, chance, edits)
    try:
        if chance.random() < 0.2:
            ruleset = read_nft(text[text.find("table ") :], "fuzz")
        else:
            ruleset = read_nft_bytecode(text, "fuzz")
        judge(ruleset, PACKETS, chance)
    except QianyunError:
        return "refused"
    return "doubted" if ruleset.unread else "read"


def _json_round(chance: random.Random) -> str:
    text = (CASES / "listing.json").read_text(encoding="utf-8")
    listing = json.loads(text)
    for _edit in range(chance.randrange(1, 6)):
        _bend(listing["nftables"], chance)
    text = json.dumps(listing) if chance.random() < 0.8 else mutated(text, chance, 2)
    try:
        ruleset = read_nft_json(text, "fuzz")
        judge(ruleset, PACKETS, chance)
    except QianyunError:
        return "refused"
    return "doubted" if ruleset.unread else "read"


def _bend(listing: list[object], chance: random.Random) -> None:
    """One value anywhere in it becomes another one, or what stands elsewhere."""
    values = list(_values(listing))
    holder, key = chance.choice(values)
    other, there = chance.choice(values)
    found = other[there]  # type: ignore[index]
    holder[key] = chance.choice((found, found, chance.choice(WORDS), 7, -1, None, True, [], {}, [1, [2]]))  # type: ignore[index]
    try:
        json.dumps(listing)
    except (ValueError, RecursionError):
        holder[key] = "circle"  # type: ignore[index]


def _values(of: object) -> Iterator[tuple[object, object]]:
    """Every place of a value: what holds it, and where."""
    pairs = of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ()
    for key, value in pairs:
        yield of, key
        yield from _values(value)


def judge(ruleset: Ruleset, packets: Iterable[Mapping[Field, int]], chance: random.Random) -> None:
    """Follow packets rule by rule, doubts settled at random; the packet sets must say the same."""
    space = Space(ruleset.conditions())
    passing = Passing(ruleset, space).through()
    doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
    blurs = ruleset.guesses
    may, must = passing.forget(*doubts), passing.always(*doubts)
    for packet in packets:
        values = {**packet, **{of: chance.getrandbits(1) for of in doubts}}
        passes = trace(ruleset, values).passes
        assert must.holds(values) <= passes <= may.holds(values), packet
        assert blurs or passes == passing.holds(values), packet


def _programs_bent(text: str, chance: random.Random, edits: int) -> str:
    """Single words of expressions and elements changed, so that the listing as a whole still holds together."""
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if line.startswith(("  [ ", "\telement "))]
    for _edit in range(edits):
        at = chance.choice(places)
        words = lines[at].split(" ")
        one = chance.randrange(3, len(words)) if len(words) > 3 else len(words) - 1
        words[one] = chance.choice((chance.choice(WORDS), lines[chance.choice(places)].split(" ")[-2]))
        lines[at] = " ".join(words)
    return "\n".join(lines)
