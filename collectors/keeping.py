"""A collection goes into the store: the run, then each device's observations as soon as it is done."""

from dataclasses import replace
from types import TracebackType
from typing import Self

from collectors.outcome import Outcome, Run, State
from qianyun.estate.observation import Observation, Value
from qianyun.store import Store

COLLECTOR = "collect"


class Keeper:
    """Keeps one run; use in a `with`, which closes the run."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._run = run
        self._counts = dict.fromkeys(State, 0)
        self._kept: set[str] = set()

    def __enter__(self) -> Self:
        self._store.begin_run(self._run.id, COLLECTOR, self._run.began_at)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            summary: dict[str, Value] = {str(state): count for state, count in self._counts.items()}
            self._store.end_run(self._run.id, summary)

    def keep(self, outcome: Outcome) -> None:
        """Keep one device; one that was reached before, over another target, is kept once and both targets named."""
        self._counts[outcome.state] += 1
        subjects = {each.subject for each in outcome.observations}
        fresh = [each for each in outcome.observations if each.subject not in self._kept]
        again = [also(outcome, subject) for subject in sorted(subjects & self._kept)]
        self._kept |= subjects
        if fresh or again:
            self._store.record([*fresh, *again])


def also(outcome: Outcome, subject: str) -> Observation:
    """What stays of a device that the run reached before, over another target."""
    target = outcome.target
    first = next(each for each in outcome.observations if each.subject == subject)
    return replace(first, attribute=f"device.also.{target.name}", value=target.address)
