"""Rankings as other tools make them, on our facts; their conditions, on any plan."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from plan_samples import sample, sample_estate
from plan_worlds import BUREAU, FREE, estate, key, needs, plan_with, problem, system

from qianyun.errors import DeclarationError
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Server
from qianyun.estate.kinds import Environment, MlpsLevel
from qianyun.importers.peer_rules import load_ranking
from qianyun.plan.check import check
from qianyun.plan.peers import SIMPLE_FIRST, TRIAL_FIRST, Condition, Ranking, broken_conditions, ranked, score_of
from qianyun.plan.solve import solve
from qianyun.plan.wishes import Difference, Sharing

FREE_ONE_A_WAVE = replace(FREE, wave_systems=1)


def server(system_name: str, name: str, disk: int, environment: Environment = Environment.PRODUCTION) -> Server:
    return Server(
        department=BUREAU,
        system=system_name,
        name=name,
        environment=environment,
        system_disk_gib=Decimal(disk),
        operating_system="RHEL",
        operating_system_version="8.4",
    )


RULES = [
    {"rule_name": "joins", "rule_type": "GROUPING_INCLUSIVE", "relationships": [{"asset_key": "database_ids"}]},
    {"rule_name": "splits", "rule_type": "GROUPING_EXCLUSIVE", "relationships": [{"asset_key": "server_environment"}]},
    {
        "rule_name": "system",
        "rule_type": "PRIORITIZING",
        "sub_type": "SCORING",
        "attr_key": "server_os_version",
        "scoring_criteria": [
            {"value": "RHEL 9", "complexity_score": 1},
            {"pattern": r"^RHEL 8\.(\d+)$", "complexity_score": 20},
        ],
    },
    {
        "rule_name": "disk",
        "rule_type": "PRIORITIZING",
        "sub_type": "SCORING",
        "attr_key": "storage_size",
        "scoring_criteria": [
            {"upper_bound": 200, "complexity_score": 3},
            {"lower_bound": 200, "complexity_score": 7},
        ],
    },
    {
        "rule_name": "second",
        "rule_type": "PRIORITIZING",
        "sub_type": "SORTING",
        "attr_key": "app_department",
        "sort_by_value": ["财政局"],
        "sort_level": 2,
    },
    {
        "rule_name": "first",
        "rule_type": "PRIORITIZING",
        "sub_type": "SORTING",
        "attr_key": "complexity_score",
        "sort_order": "DSC",
        "sort_level": 1,
    },
    {"rule_name": "off", "rule_type": "MAGIC", "status": "DISABLED"},
]


def typed(value: object) -> object:
    """As DynamoDB writes it."""
    match value:
        case dict():
            return {"M": {name: typed(each) for name, each in value.items()}}
        case list():
            return {"L": [typed(each) for each in value]}
        case int():
            return {"N": str(value)}
    return {"S": value}


def read(folder: Path, rules: object) -> Ranking:
    file = folder / "rules.json"
    file.write_text(json.dumps(rules), encoding="utf-8")
    return load_ranking(file)


def test_rules_are_read_plain_and_with_types_alike(tmp_path: Path) -> None:
    plain, other = read(tmp_path, RULES), read(tmp_path, [typed(rule)["M"] for rule in RULES])  # type: ignore[index] # a dict

    assert plain == other
    assert (plain.grouping.joins, plain.grouping.apart) == ((Sharing.DATABASE,), (Difference.ENVIRONMENT,))
    assert [(rule.attribute, rule.is_descending) for rule in plain.sorts] == [
        ("complexity_score", True),
        ("app_department", False),
    ]


def test_a_server_scores_by_value_pattern_and_range(tmp_path: Path) -> None:
    ranking = read(tmp_path, RULES)

    assert score_of([server("甲", "一", 199), server("甲", "二", 200)], ranking) == (20 + 3) + (20 + 7)


def test_rules_that_cannot_be_followed_are_all_told_by_name(tmp_path: Path) -> None:
    bad = [
        {"rule_name": "tags", "rule_type": "GROUPING_INCLUSIVE", "relationships": [{"asset_key": "tag"}]},
        {"rule_name": "magic", "rule_type": "MAGIC"},
        {
            "rule_name": "broken",
            "rule_type": "PRIORITIZING",
            "sub_type": "SCORING",
            "attr_key": "storage_size",
            "scoring_criteria": [{"pattern": "(", "complexity_score": 1}],
        },
    ]

    with pytest.raises(DeclarationError) as caught:
        read(tmp_path, bad)

    told = [str(fault) for fault in caught.value.faults]
    assert [("tags" in each, "magic" in each, "broken" in each) for each in told] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


@pytest.mark.parametrize("rules", [{}, 3, ["x"], [["x"]]])
def test_what_is_no_list_of_rules_is_refused(tmp_path: Path, rules: object) -> None:
    with pytest.raises(DeclarationError, match="is no list of rules"):
        read(tmp_path, rules)


@pytest.mark.parametrize("ranking", [SIMPLE_FIRST, TRIAL_FIRST])
def test_a_ranked_plan_keeps_every_demand_and_costs_more_than_ours(ranking: Ranking) -> None:
    plan = ranked(sample("city"), sample_estate("city"), ranking)

    assert plan is not None
    assert check(sample("city"), plan) == ()
    assert plan.cost.total > solve(sample("city"), work=0).cost.total


def test_few_servers_go_first() -> None:
    facts = estate([system("甲"), system("乙")])
    facts = Estate(
        departments=facts.departments,
        systems=facts.systems,
        servers=(server("甲", "一", 10), server("甲", "二", 10), server("乙", "三", 10)),
    )
    given = problem(facts.systems, FREE_ONE_A_WAVE)

    plan = ranked(given, facts, SIMPLE_FIRST)

    assert plan is not None
    assert plan.days[key("乙")] < plan.days[key("甲")]


def counts(weeks: dict[str, int], *servers: Server, **more: object) -> dict[Condition, int]:
    links = [needs(key("甲"), key("乙"), hard=False), needs(key("乙"), key("甲"), hard=False)]
    systems = [replace(system("甲"), **more), system("乙")]  # type: ignore[arg-type] # fields of System
    given = problem(systems, dependencies=links)
    facts = Estate(systems=tuple(systems), dependencies=tuple(links), servers=servers)
    found = broken_conditions(given, plan_with(given, weeks), facts, (1, 1))
    return {condition: count for condition, count in found.items() if count}


def test_each_condition_counts_what_breaks_it() -> None:
    test = server("甲", "一", 10, Environment.TEST)

    assert counts({"甲": 1, "乙": 4}) == {Condition.TWO_WAY: 1, Condition.TARGET_FIRST: 1}
    assert counts({"甲": 4, "乙": 1}, test) == {
        Condition.TWO_WAY: 1,
        Condition.TARGET_FIRST: 1,
        Condition.TEST_FIRST: 1,
    }
    assert counts({"甲": 1, "乙": 1}, test) == {Condition.UNMIXED: 1, Condition.WAVE_SIZE: 1}
    assert counts({"甲": 1, "乙": 1}, mlps_level=MlpsLevel.THREE, vcpu=100) == {
        Condition.CRITICAL_LATER: 1,
        Condition.COMPLEX_LATER: 1,
        Condition.WAVE_SIZE: 1,
    }
