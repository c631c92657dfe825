from itertools import pairwise

from hypothesis import given, settings

from qianyun.policy.intervals import merged_prefixes
from qianyun.policy.model import Policy
from qianyun.policy.rules import covered_rules, rules_of
from worlds import TODAY, is_declared, packets, permits, policies


@settings(max_examples=40, deadline=None)
@given(policies())
def test_rules_permit_exactly_what_the_flows_say(policy: Policy) -> None:
    rules = rules_of(policy, TODAY)

    wrong = [p for p in packets() if any(permits(rule, p) for rule in rules) != is_declared(p, policy)]

    assert wrong == []


@settings(max_examples=40, deadline=None)
@given(policies())
def test_every_rule_permits_a_packet_that_no_rule_before_it_does(policy: Policy) -> None:
    rules = rules_of(policy, TODAY)

    reached = {next((n for n, rule in enumerate(rules) if permits(rule, p)), None) for p in packets()}

    assert reached >= set(range(len(rules)))


@settings(max_examples=40, deadline=None)
@given(policies())
def test_a_rule_left_out_permits_nothing_that_the_others_do_not(policy: Policy) -> None:
    rules = rules_of(policy, TODAY)

    left_out = covered_rules(policy, TODAY)

    assert all(any(permits(rule, p) for rule in rules) for p in packets() if any(permits(rule, p) for rule in left_out))


@given(policies())
def test_prefixes_of_a_rule_are_merged_and_sorted(policy: Policy) -> None:
    for rule in rules_of(policy, TODAY):
        for prefixes in (rule.sources, rule.destinations):
            assert prefixes == merged_prefixes(prefixes)
        assert all(before.last + 1 < after.first for before, after in pairwise(rule.ports))


@given(policies())
def test_the_same_policy_gives_the_same_rules(policy: Policy) -> None:
    assert rules_of(policy, TODAY) == rules_of(policy, TODAY)
