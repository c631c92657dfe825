"""Trials: a random ruleset in the kernel, many packets, and what each way of reading it says of them."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from frames import Frame, frame
from kernel_coverage import Coverage
from kernel_lab import PATIENCE_S, Lab, NotListedError
from kernel_rules import Rules

from qianyun.verify.chains import Ruleset
from qianyun.verify.conditions import leaves
from qianyun.verify.fields import FIELDS, Field, State
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_text import read_nft
from qianyun.verify.passing import Passing
from qianyun.verify.space import PacketSet, Space
from qianyun.verify.tracing import trace

FRAMES = 6000
UNWRITTEN = {"jhash"}
"""Words that the reader of text does not know."""
REFUSED = re.compile(r":(\d+):\d+-\d+: Error: (.*)")


@dataclass(slots=True)
class Tally:
    """What trials have seen so far.

    Attributes:
        exact: Packets with one possible verdict, by reader.
        traced: Packets also followed rule by rule.
    """

    rulesets: int = 0
    packets: int = 0
    passed: int = 0
    exact: Counter[str] = field(default_factory=Counter)
    traced: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def told(self) -> str:
        """One line."""
        share = self.exact["bytecode"] / max(1, self.packets)
        return (
            f"{self.packets} packets through {self.rulesets} rulesets in {self.seconds:.0f} s: {self.passed} passed, "
            f"{share:.1%} with one possible verdict by the bytecode, "
            f"{self.exact['text'] / max(1, self.packets):.1%} by the text, {self.traced} also followed rule by rule"
        )


class DisagreementError(AssertionError):
    """The kernel and a reader say different things of a packet."""


def doubts_of(ruleset: Ruleset) -> list[Field]:
    """What a ruleset asks that no packet tells."""
    found = {leaf.field: None for condition in ruleset.conditions() for leaf in leaves(condition)}
    return [of for of in found if of not in FIELDS]


@dataclass(slots=True)
class Expected:
    """What a reading of a ruleset says of packets: they may pass, they must pass."""

    ruleset: Ruleset
    doubts: list[Field] = field(init=False)
    blurs: bool = field(init=False)
    passing: PacketSet = field(init=False)
    may: Callable[[dict[Field, int]], bool] = field(init=False)
    must: Callable[[dict[Field, int]], bool] = field(init=False)

    def __post_init__(self) -> None:
        self.doubts = doubts_of(self.ruleset)
        space = Space(self.ruleset.conditions())
        self.passing = Passing(self.ruleset, space).through()
        self.may = self.passing.forget(*self.doubts).holds
        self.must = self.passing.always(*self.doubts).holds
        self.blurs = self.ruleset.guesses

    def contradicts(self, values: dict[Field, int], draw: random.Random) -> bool:
        """Following the packet, with the doubts settled at random, gives another verdict than the sets."""
        whole = {**values, **{of: draw.getrandbits(1) for of in self.doubts}}
        passes = trace(self.ruleset, whole).passes
        if self.blurs:
            return self.must(values) > passes or passes > self.may(values)
        return passes != self.passing.holds(whole)


class Trials:
    """Rulesets one after the other, in one laboratory."""

    def __init__(self, lab: Lab, seed: int, *, traced: int = 4, text: bool = True) -> None:
        """Every `traced`-th packet is also followed rule by rule."""
        self.lab, self.seed, self.each, self.text = lab, seed, traced, text
        self.draw = random.Random(seed)  # noqa: S311 - a seeded trial
        self.frames = {at: frame(self.draw, at, tracked=False) for at in range(1, FRAMES + 1)}
        self.tally = Tally()

    def one(self, number: int, packets: int) -> None:
        """One ruleset and this many packets.

        Raises:
            DisagreementError: With the seed, the ruleset, the packet and all verdicts.
        """
        started = time.monotonic()
        r = random.Random(f"{self.seed} {number}")  # noqa: S311 - a seeded trial
        rules = Rules(r)
        text = self._loaded(rules.ruleset())
        try:
            listing = self.lab.listing()
        except NotListedError as error:
            self.tally.refused[f"the whole ruleset | {error}"] += 1
            return
        readings = {"bytecode": Expected(read_nft_bytecode(listing, "lab"))}
        if self.text and not UNWRITTEN & set(text.split()):
            readings["text"] = Expected(read_nft(text, "lab"))
        chosen = r.sample(list(self.frames), packets)
        passed = self.lab.passes({at: self.frames[at].on_wire() for at in chosen})
        for count, at in enumerate(chosen):
            self._check(number, text, readings, at, passed=at in passed, follow=count % self.each == 0)
        self.tally.rulesets += 1
        self.tally.packets += packets
        self.tally.passed += len(passed)
        self.tally.coverage.note(rules.seen, packets)
        kinds = Counter(f"packet: {self.frames[at].kind}" for at in chosen)
        for kind, count in kinds.items():
            self.tally.coverage.note({kind: 1}, count)
        self.tally.seconds += time.monotonic() - started

    def _loaded(self, text: str) -> str:
        """The ruleset that the kernel took: lines that nft refuses are left out, and counted."""
        while True:
            said = self.lab.load(text)
            if not said:
                return text
            lines = text.splitlines()
            bad = {int(at) - 2: why for at, why in REFUSED.findall(said)}
            if not bad:
                raise AssertionError(f"nft says: {said}\n{text}")
            for at, why in bad.items():
                self.tally.refused[f"{lines[at].strip()} | {why}"] += 1
            text = "\n".join(line for at, line in enumerate(lines) if at not in bad) + "\n"

    def _check(
        self,
        number: int,
        text: str,
        readings: Mapping[str, Expected],
        at: int,
        *,
        passed: bool,
        follow: bool,
    ) -> None:
        each = self.frames[at]
        values = each.values(State.INVALID)
        for name, reading in readings.items():
            may, must = reading.may(values), reading.must(values)
            self.tally.exact[name] += may == must
            against = follow and reading.contradicts(values, self.draw)
            self.tally.traced += follow
            if against or (passed not in (may, must) and self._again(each, at) == passed):
                raise DisagreementError(
                    f"seed {self.seed}, ruleset {number}: kernel passes={passed}; {name}: may={may} must={must}"
                    f"{', but following the packet says otherwise' if against else ''}\npacket {at} ({each.kind}): "
                    + ", ".join(f"{of}={value:#x}" for of, value in values.items())
                    + f"\n{each.on_wire().hex()}\n{text}"
                )

    def _again(self, each: Frame, at: int) -> bool:
        """A busy machine may be late with a frame; one that is sent alone and waited for long is not."""
        return at in self.lab.passes({at: each.on_wire()}, silence_s=PATIENCE_S)


def run(
    seed: int,
    *,
    packets: int,
    rulesets: int = 1 << 30,
    seconds: float = 1e9,
    least: int = 0,
    say: Callable[[Tally], None] | None = None,
) -> Tally:
    """Trials in a laboratory of their own, until one of the bounds is reached.

    Args:
        seed: Same seed, same trials.
        packets: For each ruleset.
        rulesets: How many at most.
        seconds: How long at most, once
        least: so many rulesets are done.
        say: Told now and then how far they are.
    """
    with Lab() as lab:
        trials = Trials(lab, seed)
        ends = time.monotonic() + seconds
        for number in range(rulesets):
            trials.one(number, packets)
            if say and number % 100 == 99:
                say(trials.tally)
            if number + 1 >= least and time.monotonic() > ends:
                break
        return trials.tally
