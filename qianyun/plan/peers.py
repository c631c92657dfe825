"""What users had before: rule-based rankings of servers and applications, and conditions on waves.

A ranking scores each system by its servers, sorts, and fills the waves in that order, joined
systems side by side; the facts and demands are ours, so the plan compares with ours yuan by yuan.
The conditions judge any plan, however it was made.

Source: AWS, Cloud Migration Factory, wave planning rules (scoring, sorting, inclusive and exclusive
grouping); Microsoft, Automatic wave planning in Azure Migrate, planning conditions 1 to 8.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Server, SystemKey
from qianyun.estate.kinds import Environment, MlpsLevel
from qianyun.plan.gates import servers_of
from qianyun.plan.greedy import construct
from qianyun.plan.grouping import rule_joints
from qianyun.plan.kernel import empty_state
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.tables import tables_of
from qianyun.plan.wishes import Grouping, Sharing

ENVIRONMENTS = {Environment.PRODUCTION: "prod", Environment.TEST: "test", Environment.STAGING: "qa"}
COMPLEX_EFFORT = 3
EARLY_SHARE = 10
"""The first tenth of the waves, one at least, are the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What a value scores: one that is equal, that matches a pattern, or that lies in a range."""

    score: int
    value: str = ""
    pattern: str = ""
    low: Decimal | None = None
    high: Decimal | None = None

    def fits(self, given: str | Decimal) -> bool:
        """Whether a value is meant; a lower bound is in the range, an upper one is not."""
        if self.value:
            return str(given) == self.value
        if self.pattern:
            return re.search(self.pattern, str(given), re.IGNORECASE) is not None
        if not isinstance(given, Decimal):
            return False
        return (self.low or 0) <= given and (self.high is None or given < self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The first criterion that fits gives a server its score for an attribute."""

    attribute: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """One level of sorting; with `values`, in their order and all others after them."""

    attribute: str
    values: tuple[str, ...] = ()
    is_descending: bool = False


NO_GROUPING = Grouping()


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A set of rules."""

    scores: tuple[Score, ...] = ()
    sorts: tuple[Sort, ...] = ()
    grouping: Grouping = NO_GROUPING


SIMPLE_FIRST = Ranking(
    scores=(
        Score(
            attribute="server_environment",
            criteria=(
                Criterion(value="test", score=20),
                Criterion(value="qa", score=30),
                Criterion(value="prod", score=50),
            ),
        ),
        Score(
            attribute="storage_size",
            criteria=tuple(
                Criterion(low=Decimal(low), high=Decimal(high) if high else None, score=score)
                for low, high, score in (
                    (0, 200, 20),
                    (200, 500, 40),
                    (500, 1000, 60),
                    (1000, 2000, 80),
                    (2000, 0, 100),
                )
            ),
        ),
    ),
    sorts=(Sort(attribute="server_count"), Sort(attribute="complexity_score")),
    grouping=Grouping(joins=(Sharing.SERVER, Sharing.DATABASE)),
)
"""Few servers first, then what scores low, as the factory's own defaults have it."""
TRIAL_FIRST = Ranking(
    scores=SIMPLE_FIRST.scores,
    sorts=(Sort(attribute="is_production"), Sort(attribute="criticality"), Sort(attribute="complexity_score")),
)
"""Test before production, then what is less critical, then what is simpler: the conditions' own order."""
ATTRIBUTES: Mapping[str, Callable[[Server], str | Decimal]] = {
    "server_environment": lambda server: ENVIRONMENTS[server.environment],
    "server_os_version": lambda server: f"{server.operating_system} {server.operating_system_version}".strip(),
    "storage_size": lambda server: (server.system_disk_gib or Decimal(0)) + (server.data_disk_gib or Decimal(0)),
}
SORTED = ("server_count", "complexity_score", "app_department", "app_owner", "app_name", "is_production", "criticality")


def ranked(problem: Problem, estate: Estate, ranking: Ranking) -> Plan | None:
    """The plan of a ranking on our facts and demands; `None` where some group finds no week in its turn."""
    servers = servers_of(estate.servers)
    keys = {move.system: _key(move.whole, problem, servers.get(move.whole, []), ranking) for move in problem.moves}
    joints, _stopped = rule_joints(estate, problem.move_of, problem.groups, ranking.grouping)
    best = [min(keys[key] for key in group.systems) for group in problem.groups]
    place = {key: n for n, group in enumerate(problem.groups) for key in group.systems}
    for one, other in (*joints, *reversed(joints)):
        a, b = place[one], place[other]
        best[a] = best[b] = min(best[a], best[b])
    order = np.array(sorted(range(len(best)), key=lambda n: (best[n], n)), dtype=np.int64)
    tables = tables_of(problem)
    state = empty_state(tables)
    if construct(tables, state, order, False):  # noqa: FBT003 - compiled code takes no keywords
        return None
    weeks = {group.number: problem.weeks[slot] for group, slot in zip(problem.groups, state.slot.tolist(), strict=True)}
    return make_plan(problem, weeks, Status.FEASIBLE)


def score_of(servers: list[Server], ranking: Ranking) -> int:
    """The sum over a system's servers and the rules."""
    total = 0
    for rule in ranking.scores:
        for server in servers:
            given = ATTRIBUTES[rule.attribute](server)
            total += next((criterion.score for criterion in rule.criteria if criterion.fits(given)), 0)
    return total


def _key(
    system: SystemKey, problem: Problem, servers: list[Server], ranking: Ranking
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """One comparable pair a level: a number, and a text as the numbers of its letters."""
    move = problem.move_of[system]
    numbers = {
        "server_count": len(servers),
        "complexity_score": score_of(servers, ranking),
        "is_production": int(not servers or any(s.environment is Environment.PRODUCTION for s in servers)),
        "criticality": move.level,
    }
    texts = {"app_department": system.department, "app_owner": system.department, "app_name": system.name}
    found: list[tuple[int, tuple[int, ...]]] = []
    for rule in ranking.sorts:
        sign = -1 if rule.is_descending else 1
        text = texts.get(rule.attribute, "")
        if rule.values:
            held = text or str(numbers.get(rule.attribute, ""))
            number = rule.values.index(held) if held in rule.values else len(rule.values)
            found.append((sign * number, ()))
        else:
            found.append((sign * numbers.get(rule.attribute, 0), tuple(sign * ord(letter) for letter in text)))
    return tuple(found)


class Condition(StrEnum):
    """The published conditions, in their order."""

    TWO_WAY = "two_way"
    APPLICATION = "application"
    TARGET_FIRST = "target_first"
    TEST_FIRST = "test_first"
    UNMIXED = "unmixed"
    CRITICAL_LATER = "critical_later"
    COMPLEX_LATER = "complex_later"
    WAVE_SIZE = "wave_size"


def broken_conditions(
    problem: Problem, plan: Plan, estate: Estate, sizes: tuple[int, int] = (1, 50)
) -> Mapping[Condition, int]:
    """How often a plan breaks each condition: pairs, systems or waves; `sizes` are the fewest and most of a wave."""
    wave, servers = plan.wave_of, servers_of(estate.servers)
    counts = dict.fromkeys(Condition, 0)
    pairs = {(d.source, d.target) for d in estate.dependencies if d.source in wave and d.target in wave}
    counts[Condition.TWO_WAY] = sum(wave[a] != wave[b] for a, b in pairs if (b, a) in pairs and str(a) < str(b))
    counts[Condition.APPLICATION] = sum(wave[move.system] != wave.get(move.whole) for move in problem.moves)
    counts[Condition.TARGET_FIRST] = sum(wave[b] > wave[a] for a, b in pairs)
    tests = {key for key in wave if servers.get(key) and not any(_is_production(server) for server in servers[key])}
    first = min((wave[key] for key in wave if key not in tests), default=0)
    counts[Condition.TEST_FIRST] = sum(wave[key] > first for key in tests)
    counts[Condition.UNMIXED] = len({wave[key] for key in tests} & {wave[key] for key in wave if key not in tests})
    early = max(1, len(plan.waves) // EARLY_SHARE)
    soon = [move for move in problem.moves if wave[move.system] <= early]
    counts[Condition.CRITICAL_LATER] = sum(move.level >= MlpsLevel.THREE for move in soon)
    counts[Condition.COMPLEX_LATER] = sum(move.effort >= COMPLEX_EFFORT for move in soon)
    counts[Condition.WAVE_SIZE] = sum(not sizes[0] <= len(each.placements) <= sizes[1] for each in plan.waves)
    return counts


def _is_production(server: Server) -> bool:
    return server.environment is Environment.PRODUCTION


def told_conditions(counts: Mapping[Condition, int]) -> Iterator[tuple[int, Condition, int]]:
    """Number, condition and count, in the published order."""
    for number, condition in enumerate(Condition, start=1):
        yield number, condition, counts[condition]
