"""Seeded chance: one stream for each topic, so that a change in one leaves the others alone."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Chance with a name; the same seed and topic give the same draws."""

    def __init__(self, seed: int, topic: str) -> None:
        self._random = random.Random(f"{seed}/{topic}")  # noqa: S311 - sample facts are no secrets

    def chance(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def share(self, low: float, high: float) -> float:
        """A number between two."""
        return self._random.uniform(low, high)

    def one(self, choices: Sequence[T]) -> T:
        """One of several, all alike."""
        return self._random.choice(choices)

    def weighted(self, choices: Mapping[T, float]) -> T:
        """One of several, by weight."""
        return self._random.choices(list(choices), list(choices.values()))[0]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Several different ones; all of them where there are no more."""
        return self._random.sample(choices, min(count, len(choices)))

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """All, in another order."""
        return self._random.sample(choices, len(choices))

    def lognormal(self, mu: float, sigma: float) -> float:
        """A size with a long tail."""
        return self._random.lognormvariate(mu, sigma)

    def beta(self, alpha: float, beta: float) -> float:
        """A share between 0 and 1, leaning where the parameters say."""
        return self._random.betavariate(alpha, beta)

    def dealt(self, counts: Mapping[T, int]) -> list[T]:
        """Each choice exactly as often as stated, in a drawn order."""
        return self.shuffled([choice for choice, count in counts.items() for _ in range(count)])


def apportioned(total: int, weights: Sequence[float], least: int = 1) -> list[int]:
    """Split a total by weights, nobody below `least`; what is left goes to the largest remainders."""
    spare = total - least * len(weights)
    exact = [spare * weight / sum(weights) for weight in weights]
    counts = [least + int(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda n: (int(exact[n]) - exact[n], n))
    for n in order[: total - sum(counts)]:
        counts[n] += 1
    return counts
