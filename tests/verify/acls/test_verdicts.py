"""Another engine's verdicts on packets at the edges of real lists: ours are the same, line by line."""

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from verdicts import Judged, judged

from qianyun.verify.acls.filters import Configuration, Sets, judge
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.chains import Hook
from qianyun.verify.iptables import read_iptables
from qianyun.verify.passing import Passing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace


@pytest.mark.parametrize("table", ["stanford", "example-live"])
def test_every_packet_meets_the_verdict_and_the_line_that_another_engine_gives(
    shared: Callable[[str], Path], table: str
) -> None:
    zones = shared("zones")
    rows = [row for row in judged(zones / "verdicts" / f"{table}.csv.gz") if not row.file.endswith(".iptables")]

    differing = [
        text for file, found in groupby(rows, key=lambda row: row.file) for text in compared(zones, file, [*found])
    ]

    assert len(rows) >= 3960
    assert differing == []


def compared(zones: Path, file: str, rows: list[Judged]) -> list[str]:
    configuration = read_ios((zones / file).read_text(encoding="latin-1"), file)
    return [
        text
        for name, found in groupby(rows, key=lambda row: row.filter)
        for text in compared_at(configuration, name, [*found])
    ]


def compared_at(configuration: Configuration, name: str, rows: list[Judged]) -> list[str]:
    """Rule by rule, and by packet sets: what is permitted, and what each line decides."""
    filter_ = configuration.filters[f"ip {name}"]
    sets = Sets(filter_)
    decided = dict(sets.list.remainders())
    differing = []
    for row in rows:
        ours = judge(filter_, row.values)
        by_sets = sets.may.holds(dict(row.values)), sets.must.holds(dict(row.values))
        line = next((index for index, rest in decided.items() if rest.holds(dict(row.values))), None)
        if (ours.passes, ours.line) != (row.permits, row.index) or by_sets != (row.permits,) * 2 or line != row.index:
            differing.append(f"{row.file} {name}: {row} but {ours}, {by_sets}, {line}")
    return differing


def test_public_configurations_are_read_without_error_and_no_list_keeps_a_secret(
    shared: Callable[[str], Path],
) -> None:
    zones = shared("zones")
    paths = [*zones.glob("stanford-backbone/*_config.txt"), *zones.glob("batfish-*/**/*.cfg")]
    read = [read_ios(path.read_text(encoding="latin-1"), path.name) for path in paths]
    filters = [found for configuration in read for found in configuration.filters.values()]

    assert len(filters) >= 300
    assert [line for found in filters for line in found.unread] == []


HOOK_OF = {"ingress": Hook.PREROUTING, "egress": Hook.POSTROUTING}


@pytest.mark.parametrize("table", ["example-live", "iptables"])
def test_every_packet_meets_the_rule_of_iptables_that_another_engine_gives(
    shared: Callable[[str], Path], table: str
) -> None:
    zones = shared("zones")
    rows = [row for row in judged(zones / "verdicts" / f"{table}.csv.gz") if row.file.endswith((".iptables", ".v4"))]

    differing = [
        text
        for key, found in groupby(rows, key=lambda row: (row.file, row.filter))
        for text in chains(zones, *key, [*found])
    ]

    assert len(rows) >= 600
    assert differing == []


def chains(zones: Path, file: str, name: str, rows: list[Judged]) -> list[str]:
    """One entry chain alone, as the other engine judged it: rule by rule, and by packet sets."""
    ruleset = read_iptables((zones / file).read_text(encoding="utf-8"), file)
    if "::" in name:
        hook, chain = Hook[name.partition("::")[2]], f"ip {name.replace('::', ' ')}"
    else:
        hook = HOOK_OF[name.rpartition("_")[2]]
        chain = f"ip mangle {hook.name}"
    alone = replace(ruleset, chains={chain: ruleset.chains[chain]})
    passing = Passing(alone, Space(alone.conditions())).through((hook,))
    differing = []
    for row in rows:
        traced = trace(alone, row.values, (hook,))
        rule = traced.met[-1].rule
        text = "default" if rule is None else " ".join(rule.text.split()[2:])
        if (traced.passes, text) != (row.permits, row.text) or passing.holds(dict(row.values)) != row.permits:
            differing.append(f"{row} but {traced.passes} by {text}")
    return differing
