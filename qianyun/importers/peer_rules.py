"""Rules of AWS Cloud Migration Factory's wave planning, as its JSON has them, plain or with DynamoDB's types.

`GROUPING_INCLUSIVE` joins, `GROUPING_EXCLUSIVE` splits, `PRIORITIZING` scores or sorts. Rules that are not
enabled are read over; what we have no facts for is told by its name and place, all at once.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from qianyun.errors import DeclarationError, Fault
from qianyun.plan.peers import ATTRIBUTES, SORTED, Criterion, Ranking, Score, Sort
from qianyun.plan.wishes import Difference, Grouping, Sharing
from qianyun.words import _

TYPES = {"S", "N", "L", "M", "BOOL", "NULL"}
JOINERS = {
    "server_ids": Sharing.SERVER,
    "database_ids": Sharing.DATABASE,
    "app_owner": Sharing.DEPARTMENT,
    "app_department": Sharing.DEPARTMENT,
}
SPLITTERS = {"server_environment": Difference.ENVIRONMENT, "app_owner": Difference.OWNER}
Rule = Mapping[str, Any]  # a parse boundary: JSON holds anything


def load_ranking(path: Path) -> Ranking:
    """The enabled rules of a file.

    Raises:
        DeclarationError: It is no list of rules, or some cannot be followed; says all.
    """
    try:
        rules = _plain(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError) as error:
        raise DeclarationError(Fault(place=str(path), what=_("is no JSON: {error}").format(error=error))) from error
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise DeclarationError(Fault(place=str(path), what=_("is no list of rules")))
    read, faults = _Read(), list[Fault]()
    for number, rule in enumerate(rules, start=1):
        if rule.get("status", "ENABLED") == "ENABLED" and "rule_type" in rule:
            place = f"{path.name}: rule {number} ({rule.get('rule_name', '?')})"
            faults += _take(read, rule, place)
    if faults:
        raise DeclarationError(faults)
    return Ranking(
        scores=tuple(read.scores),
        sorts=tuple(rule for _level, rule in sorted(read.sorts, key=lambda entry: entry[0])),
        grouping=Grouping(joins=tuple(dict.fromkeys(read.joins)), apart=tuple(dict.fromkeys(read.apart))),
    )


@dataclass(slots=True)
class _Read:
    """What is read so far; sorting rules with their levels."""

    scores: list[Score] = field(default_factory=list)
    sorts: list[tuple[int, Sort]] = field(default_factory=list)
    joins: list[Sharing] = field(default_factory=list)
    apart: list[Difference] = field(default_factory=list)


def _take(read: _Read, rule: Rule, place: str) -> Iterator[Fault]:
    """Add one rule, or say why it cannot be followed."""
    kind = (str(rule["rule_type"]), str(rule.get("sub_type", "")))
    try:
        if kind[0] == "GROUPING_INCLUSIVE":
            read.joins += [JOINERS[key] for key in _keys(rule)]
        elif kind[0] == "GROUPING_EXCLUSIVE":
            read.apart += [SPLITTERS[key] for key in _keys(rule)]
        elif kind == ("PRIORITIZING", "SCORING"):
            read.scores.append(_score(rule))
        elif kind == ("PRIORITIZING", "SORTING"):
            read.sorts.append((int(rule.get("sort_level", 1)), _sort(rule)))
        else:
            yield Fault(place=place, what=_("is of the unknown kind {kind}").format(kind="/".join(kind)))
    except KeyError as error:
        what = _("goes by {name}, of which we keep no facts").format(name=error)
        yield Fault(place=place, what=what, mend=_("disable the rule, or choose another attribute"))
    except (TypeError, ValueError, InvalidOperation, re.error) as error:
        yield Fault(place=place, what=_("cannot be read: {error}").format(error=error))


def _plain(value: Any) -> Any:  # noqa: ANN401 - a parse boundary
    """Without DynamoDB's types: `{"S": "x"}` is `x`."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in TYPES:
        return _plain(next(iter(value.values())))
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _keys(rule: Rule) -> Iterator[str]:
    for each in rule["relationships"]:
        yield each["asset_key"]


def _score(rule: Rule) -> Score:
    attribute = rule["attr_key"]
    if attribute not in ATTRIBUTES:
        raise KeyError(attribute)
    return Score(attribute=attribute, criteria=tuple(_criterion(each) for each in rule["scoring_criteria"]))


def _criterion(given: Rule) -> Criterion:
    re.compile(given.get("pattern", ""))
    bounds = {
        name: Decimal(str(given[key]))
        for name, key in (("low", "lower_bound"), ("high", "upper_bound"))
        if key in given
    }
    return Criterion(
        score=int(given["complexity_score"]),
        value=str(given.get("value", "")),
        pattern=str(given.get("pattern", "")),
        low=bounds.get("low"),
        high=bounds.get("high"),
    )


def _sort(rule: Rule) -> Sort:
    if rule["attr_key"] not in SORTED:
        raise KeyError(rule["attr_key"])
    return Sort(
        attribute=rule["attr_key"],
        values=tuple(str(value) for value in rule.get("sort_by_value", ())),
        is_descending=rule.get("sort_order") == "DSC",
    )
