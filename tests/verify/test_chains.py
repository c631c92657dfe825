"""Laws of chains: the sets, on both engines, say of every packet what the rules say of it one by one."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianyun.errors import ReadError
from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import (
    ACCEPT,
    CONTINUE,
    DROP,
    RETURN,
    Assign,
    Chain,
    Decide,
    Entry,
    Hook,
    Match,
    Rule,
    Ruleset,
    Verb,
    Verdict,
    decide,
)
from qianyun.verify.conditions import ALWAYS, All, Condition, In, Not
from qianyun.verify.diagrams import Engine
from qianyun.verify.fields import MARK, OUT_INTERFACE, STATE, VERSION, Field, merged
from qianyun.verify.intervals import IntervalEngine
from qianyun.verify.passing import Passing
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

X = Field(name="x", top=15)
WORLD = (VERSION, OUT_INTERFACE, X, STATE, MARK)
ENGINES = [pytest.param(BitEngine, id="bits"), pytest.param(IntervalEngine, id="intervals")]
CHAINS = ("a", "b", "c")


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field, top = draw(st.sampled_from([(X, 15), (X, 15), (STATE, 4), (MARK, 3), (OUT_INTERFACE, 3), (VERSION, 1)]))
    ends = st.integers(0, top)
    pairs = draw(st.lists(st.tuples(ends, ends), min_size=1, max_size=2))
    condition = In(field, merged((min(pair), max(pair)) for pair in pairs))
    return Not(condition) if draw(st.booleans()) else condition


@st.composite
def rules(draw: st.DrawFn, level: int) -> Rule:
    verdicts = [ACCEPT, DROP, RETURN, CONTINUE]
    verdicts += [Verdict(verb, name) for name in CHAINS[level:] for verb in (Verb.JUMP, Verb.GOTO)]
    verdict = st.sampled_from(verdicts)
    steps = st.one_of(
        conditions().map(Match),
        st.builds(Assign, st.sampled_from([MARK, STATE]), st.integers(0, 3)),
        verdict.map(decide),
        st.lists(st.tuples(conditions(), verdict), max_size=3).map(lambda arms: Decide(tuple(arms))),
    )
    return Rule(steps=tuple(draw(st.lists(steps, max_size=4))))


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    chains = [
        Chain(name=name, rules=tuple(draw(st.lists(rules(level), max_size=3)))) for level, name in enumerate(CHAINS, 1)
    ]
    for number in range(draw(st.integers(1, 3))):
        entry = Entry(
            hook=draw(st.sampled_from([Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING])),
            priority=draw(st.integers(-1, 1)),
            accepts=draw(st.booleans()),
            only_new=draw(st.booleans()),
        )
        version = draw(st.sampled_from([0, 4, 6]))
        body = tuple(draw(st.lists(rules(0), max_size=4)))
        chains.append(Chain(name=f"entry{number}", rules=body, version=version, entry=entry))
    return Ruleset(name="test", chains={chain.name: chain for chain in chains})


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=150, deadline=None)
@given(ruleset=rulesets(), data=st.data())
def test_the_sets_agree_with_following_each_packet(
    engine: Callable[[Sequence[int]], Engine], ruleset: Ruleset, data: st.DataObject
) -> None:
    space = Space(ruleset.conditions(), fields=WORLD, engine=engine)

    passing = Passing(ruleset, space).through()

    for _packet in range(30):
        tops = {VERSION: 1, OUT_INTERFACE: 4, X: 15, STATE: 4, MARK: 4}
        values = {field: data.draw(st.integers(0, top)) for field, top in tops.items()}
        assert passing.holds(values) == trace(ruleset, values).passes, values


def ruleset_of(**chains: Rule) -> Ruleset:
    return Ruleset(name="fw-core", chains={name: Chain(name=name, rules=(rule,)) for name, rule in chains.items()})


def test_chains_that_jump_in_a_circle_are_named() -> None:
    jumps = ruleset_of(
        a=Rule(steps=(decide(Verdict(Verb.JUMP, "b")),)),
        b=Rule(steps=(Match(ALWAYS), decide(Verdict(Verb.GOTO, "a")))),
    )

    with pytest.raises(ReadError) as caught:
        Passing(jumps, Space(jumps.conditions()))

    assert str(caught.value) == "fw-core: chains jump in a circle: a → b → a"


def test_a_chain_that_is_not_there_is_named_with_its_caller() -> None:
    jumps = ruleset_of(a=Rule(steps=(decide(Verdict(Verb.JUMP, "web")),)))

    with pytest.raises(ReadError) as caught:
        Passing(jumps, Space(jumps.conditions()))

    assert str(caught.value) == "fw-core: chain 'web' is jumped to from 'a', but is not there"


def test_an_accepted_packet_still_meets_the_entry_chains_that_come_later() -> None:
    accept, drop = Rule(steps=(decide(ACCEPT),)), Rule(steps=(Match(All(())), decide(DROP)))
    entry = Entry(hook=Hook.FORWARD, priority=0)
    chains = {
        "first": Chain(name="first", rules=(accept,), entry=entry),
        "second": Chain(name="second", rules=(drop,), entry=Entry(hook=Hook.FORWARD, priority=5)),
    }
    ruleset = Ruleset(name="test", chains=chains)

    assert not Passing(ruleset, Space(ruleset.conditions())).through()
