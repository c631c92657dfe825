from plan_worlds import key, needs, problem, system

from qianyun.plan.components import components, shortest_cycle


def test_components_come_before_what_leads_to_them() -> None:
    graph = {1: [2], 2: [3], 3: [2, 4], 4: []}

    assert [sorted(part) for part in components(graph)] == [[4], [2, 3], [1]]


def test_a_chain_of_ten_thousand_is_no_deeper_than_a_pair() -> None:
    graph = {n: [n + 1] for n in range(10_000)} | {10_000: []}

    assert len(components(graph)) == 10_001


def test_the_shortest_cycle_is_shown() -> None:
    graph = {1: [2], 2: [3, 1], 3: [1]}

    assert shortest_cycle(graph, [1, 2, 3]) == (1, 2, 1)


def members(*dependencies: tuple[str, str, bool, bool]) -> list[tuple[str, ...]]:
    names = ("甲", "乙", "丙", "丁")
    given = problem(
        [system(name) for name in names],
        dependencies=[needs(key(a), key(b), hard=hard, close=close) for a, b, hard, close in dependencies],
    )
    return sorted(tuple(sorted(member.name for member in group.systems)) for group in given.groups)


def test_a_latency_sensitive_link_joins() -> None:
    assert ("乙", "甲") in members(("甲", "乙", False, True))


def test_a_hard_dependency_alone_joins_nothing() -> None:
    assert members(("甲", "乙", True, False)) == [("丁",), ("丙",), ("乙",), ("甲",)]


def test_a_hard_cycle_through_a_joint_is_one_group() -> None:
    assert ("丙", "乙", "甲") in members(
        ("甲", "乙", True, False), ("乙", "丙", True, False), ("丙", "甲", False, True)
    )


def test_a_cycle_of_hard_dependencies_is_told_by_name() -> None:
    given = problem(
        [system(name) for name in ("甲", "乙", "丙")],
        dependencies=[needs(key("甲"), key("乙")), needs(key("乙"), key("丙")), needs(key("丙"), key("甲"))],
    )

    assert [fault.what for fault in given.notices] == [
        "hard dependencies run in a circle: 数据局/丙 → 数据局/甲 → 数据局/乙 → 数据局/丙; they are planned as one move"
    ]


def test_the_order_of_facts_changes_no_problem() -> None:
    systems = [system(name) for name in ("甲", "乙", "丙")]
    links = [needs(key("甲"), key("乙")), needs(key("乙"), key("丙"))]

    assert problem(systems, dependencies=links).digest == problem(systems[::-1], dependencies=links[::-1]).digest
