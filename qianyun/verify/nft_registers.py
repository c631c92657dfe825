"""Registers: one rule of nftables' bytecode while it is read, and what its registers hold.

A register holds bits of the packet, not numbers; each value remembers which words it began at, for
keys of several parts.

Source: Linux `nf_tables_core.c` (`nft_do_chain`), `nf_tables.h` (`nft_parse_register`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from qianyun.verify.chains import ACCEPT, CONTINUE, DROP, RETURN, Blur, Match, Step, Verb, Verdict
from qianyun.verify.conditions import ALWAYS, IS_V4, IS_V6, Condition, cannot_tell
from qianyun.verify.fields import Field
from qianyun.verify.nft_listing import Collection
from qianyun.verify.nft_loads import IS_TCP, Context, Loaded, Loads
from qianyun.verify.nft_vectors import Comparing, Vector, joined, rows_of, swapped
from qianyun.verify.translations import Translator
from qianyun.words import _

VERDICTS = {"accept": ACCEPT, "drop": DROP, "return": RETURN, "continue": CONTINUE}
FIRST_WORD, WORDS_PER_REGISTER = 8, 4


class NotUnderstoodError(Exception):
    """An expression that is not modelled."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One word of the registers.

    Attributes:
        starts: A value begins here; else it goes on from the word before.
    """

    row: Vector
    starts: bool = True
    is_name: bool = False


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """What a rule can refer to.

    Attributes:
        chain: Full name of a chain of the table.
        collection: A set of the table by its name.
        varies: Whether the packet path or time changes a set.
    """

    loads: Loads
    comparing: Comparing
    chain: Callable[[str], str]
    collection: Callable[[str], Collection | None]
    varies: Callable[[str], bool]
    translator: Translator


@dataclass(slots=True, kw_only=True)
class Reading:
    """One rule while it is read.

    Attributes:
        text: The rule as nft writes it, for what the bytecode does not tell.
        unread: Why parts of it are in doubt.
    """

    around: Surroundings
    context: Context
    text: str
    cells: dict[int, Cell] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def match(self, condition: Condition) -> None:
        """The rule goes on only for these packets."""
        if condition == IS_TCP:
            self.context.is_tcp = True
        elif condition in (IS_V4, IS_V6):
            self.context.version = 4 if condition == IS_V4 else 6
        if condition != ALWAYS:
            self.steps.append(Match(condition))

    def put(self, register: str, row: Vector, *, is_name: bool = False) -> None:
        """A register, and those after it as far as needed, hold this."""
        at = word_of(register)
        for number, word in enumerate(rows_of(row)):
            self.cells[at + number] = Cell(word, starts=number == 0, is_name=is_name and number == 0)

    def put_loaded(self, register: str, loaded: Loaded) -> None:
        """A register holds what was loaded; packets without it end the rule."""
        self.match(loaded.guard)
        self.put(register, loaded.vector, is_name=loaded.is_name)

    def row(self, register: int | str, words: int) -> Vector:
        """What so many words from a register on hold."""
        at = word_of(register)
        return joined(part for number in range(words) for part in self.cell(at + number).row)

    def cell(self, at: int) -> Cell:
        """One word; it must have been loaded."""
        cell = self.cells.get(at)
        if cell is None:
            raise NotUnderstoodError(_("a register that nothing was loaded into"))
        return cell

    def key(self, register: str, words: int) -> list[Vector]:
        """The parts of a key: each begins where a load did."""
        at = word_of(register)
        cells = [self.cell(at + number) for number in range(words)]
        starts = [number for number, cell in enumerate(cells) if cell.starts or number == 0]
        ends = [*starts[1:], len(cells)]
        return [
            joined(part for cell in cells[first:end] for part in cell.row)
            for first, end in zip(starts, ends, strict=True)
        ]

    def forget(self, of: Field) -> None:
        """What was loaded from a field before it changed is no longer what the field says."""
        for at, cell in list(self.cells.items()):
            if any(part.source and (part.source.field is of or part.source.field is None) for part in cell.row):
                del self.cells[at]

    def blur(self, of: Field) -> None:
        """A field gets what we cannot know."""
        self.steps.append(Blur(of, cannot_tell(f"{self.context.place}: {of.name} is set")))

    def verdict(self, words: Sequence[str]) -> Verdict:
        """A verdict as nft prints it."""
        if len(words) == 1 and words[0] in VERDICTS:
            return VERDICTS[words[0]]
        if len(words) == 3 and words[0] in ("jump", "goto") and words[1] == "->":  # noqa: PLR2004 - verb, arrow, chain
            return Verdict(Verb(words[0]), self.around.chain(words[2]))
        raise NotUnderstoodError(_("the verdict {words}").format(words=" ".join(words)))


def word_of(register: int | str) -> int:
    """The word that a register begins at: the first registers have four words, later numbers are words."""
    number = int(register)
    return number if number >= FIRST_WORD else FIRST_WORD + WORDS_PER_REGISTER * (number - 1)


def host_number(row: Vector) -> Vector:
    """A word as the number that the host takes it for."""
    return swapped(row, 4, 4)
