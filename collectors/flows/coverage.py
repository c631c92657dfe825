"""Coverage: how many relations are still unseen, and how much longer to look.

Every stretch of time is an occasion; a relation is seen in some of them. From those seen once and twice
follows how many were never seen (Chao2), a bound from below where some relations are much rarer than
others: what happens once a month is not foretold by a week.

Sources:
    A. Chao, Estimating the population size for capture-recapture data with unequal catchability,
    Biometrics 43 (1987) 783-791: the estimator, its variance and interval.
    C.-H. Chiu et al., An improved nonparametric lower bound of species richness via a modified
    Good-Turing frequency formula, Biometrics 70 (2014) 671-682: the addition for unlike relations.
    A. Chao, L. Jost, Coverage-based rarefaction and extrapolation, Ecology 93 (2012) 2533-2547: coverage.
    A. Chao et al., Sufficient sampling for asymptotic minimum species richness estimators, Ecology 90
    (2009) 1125-1133: how many further occasions.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.flows.joining import Relation

Z_95 = 1.959964
ENOUGH = 0.99
"""Share of all relations at which one may stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was seen and what not.

    Attributes:
        occasions: Stretches of time in which somebody looked.
        seen: Relations seen.
        total: About how many there are at least.
        low: With 95 % certainty there are no fewer, where all are alike in kind.
        high: Nor more.
        share: Share of all that happens which belongs to relations seen (sample coverage).
        further: Occasions still needed to see `ENOUGH` of them; `None` when it cannot be said yet.
    """

    occasions: int
    seen: int
    total: float
    low: float
    high: float
    share: float
    further: int | None

    @property
    def is_enough(self) -> bool:
        """Whether one may stop."""
        return self.further == 0


def coverage(incidences: Iterable[int], occasions: int) -> Coverage:
    """Estimate from the number of occasions in which each relation was seen.

    Args:
        incidences: One number a relation, at least 1.
        occasions: How many there were; at least as many as any relation was seen in.
    """
    counts = [each for each in incidences if each > 0]
    seen, once, twice = len(counts), counts.count(1), counts.count(2)
    if occasions < 2 or not counts:  # noqa: PLR2004 - one occasion tells nothing of the next
        return Coverage(occasions=occasions, seen=seen, total=seen, low=seen, high=math.inf, share=0.0, further=None)
    factor = (occasions - 1) / occasions
    unseen = factor * (once * once / (2 * twice) if twice else once * (once - 1) / 2)
    low, high = _interval(seen, unseen, _variance(once, twice, seen + unseen, factor))
    unseen += _rarer(counts, occasions)
    return Coverage(
        occasions=occasions,
        seen=seen,
        total=seen + unseen,
        low=low,
        high=high,
        share=1 - once / sum(counts) * _missing(once, twice, occasions),
        further=_further(seen, unseen, once, occasions),
    )


def _rarer(counts: Sequence[int], occasions: int) -> float:
    """What the relations seen three and four times add to the bound, where some are rarer than others (iChao2)."""
    once, twice, thrice, four = (counts.count(times) for times in range(1, 5))
    if occasions <= 3 or not thrice:  # noqa: PLR2004 - as above
        return 0.0
    four = max(four, 1)
    more = once - (occasions - 3) / (2 * (occasions - 1)) * twice * thrice / four
    return (occasions - 3) / (4 * occasions) * thrice / four * max(0.0, more)


def _variance(once: int, twice: int, total: float, factor: float) -> float:
    if twice:
        ratio = once / twice
        return twice * (factor / 2 * ratio**2 + factor**2 * ratio**3 + factor**2 / 4 * ratio**4)
    spread = factor * once * (once - 1) / 2 + factor**2 * once * (2 * once - 1) ** 2 / 4
    return max(0.0, spread - factor**2 * once**4 / (4 * total))


def _interval(seen: int, unseen: float, variance: float) -> tuple[float, float]:
    """Log-normal, so that it never falls below what was seen."""
    if unseen <= 0:
        return seen, seen
    width = math.exp(Z_95 * math.sqrt(math.log(1 + variance / unseen**2)))
    return math.floor(seen + unseen / width), math.ceil(seen + unseen * width)


def _missing(once: int, twice: int, occasions: int) -> float:
    """How likely what is seen for the first time in the next occasion was seen once at most so far."""
    if once == 0:
        return 0.0
    pairs = (occasions - 1) * (once if twice else once - 1)
    return pairs / (pairs + (2 * twice if twice else 2))


def _further(seen: int, unseen: float, once: int, occasions: int) -> int | None:
    wanted = ENOUGH * (seen + unseen) - seen
    if wanted <= 0:
        return 0
    rate = once / (occasions * unseen + once)
    return math.ceil(math.log(1 - wanted / unseen) / math.log(1 - rate))


def coverage_of(relations: Iterable[Relation], looked: Mapping[tuple[str, int], set[int]]) -> tuple[Coverage, int]:
    """Of relations between answered ends, in stretches of the longest length that an observer used; and that length."""
    unit = max((length for _observer, length in looked), default=1)
    occasions = {block * length // unit for (_observer, length), blocks in looked.items() for block in blocks}
    incidences = [
        len({block * length // unit for length, blocks in each.blocks.items() for block in blocks} & occasions)
        for each in relations
        if each.is_answered
    ]
    return coverage(incidences, len(occasions)), unit
