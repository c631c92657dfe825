"""What has been read so far of one rule of iptables, and what its options ask of the ruleset as a whole.

Source: iptables(8), iptables-extensions(8).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qianyun.verify.acls.statements import Cursor, NotUnderstoodError
from qianyun.verify.conditions import Condition, Doubts
from qianyun.verify.ipset_lookups import Lookups
from qianyun.verify.iptables_marks import Marks
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a rule's options ask of the ruleset as a whole.

    Attributes:
        astray: Later fragments come one by one, and nftables may run the rules, whose short loads of a port or of
            flags then read whatever stands there.
    """

    version: int
    astray: bool
    marks: Marks
    lookups: Lookups
    doubts: Doubts


@dataclass(slots=True)
class Options:
    """One rule while it is read.

    Attributes:
        cursor: Stands at an option, or at what follows it.
        place: Of the rule.
        protocol: The one that the rule asks for.
        module: The match that options belong to.
        begun: Where its options begin.
        unknown: Words we do not know; the rule may match fewer packets than its condition says.
    """

    cursor: Cursor
    around: Around
    place: str
    protocol: int | None = None
    module: str = ""
    begun: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def version(self) -> int:
        """Of the listing."""
        return self.around.version

    def words(self, known: Mapping[str, int], *, lower: bool = False) -> list[str]:
        """A list of words, all of them known."""
        words = [word.lower() if lower else word.upper() for word in self.cursor.take().split(",")]
        for word in words:
            if word not in known:
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
        return words


Reads = Callable[[Options], Condition]
"""Reads what follows an option."""
