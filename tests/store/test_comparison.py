"""Laws of merging what a source says into what is held."""

from hypothesis import given
from hypothesis import strategies as st

from qianyun.estate.facts import System
from qianyun.estate.identity import Fact
from qianyun.estate.text import text_of
from qianyun.store.comparison import Difference, Verdict, difference, merged

FIELDS = ("code", "office", "function", "domain")
PLACE = ("system", "卫健委/信息平台")


@st.composite
def systems(draw: st.DrawFn) -> System:
    code, office, function, domain = (draw(st.sampled_from(("", "甲", "乙"))) for _ in FIELDS)
    return System(department="卫健委", name="信息平台", code=code, office=office, function=function, domain=domain)


def values(fact: Fact | None) -> dict[str, str]:
    return {name: getattr(fact, name) for name in FIELDS}


def clashes(found: Difference) -> set[str]:
    return {clash.name for clash in found.clashes}


@given(systems(), systems())
def test_what_nobody_else_touched_becomes_what_the_source_says(base: System, said: System) -> None:
    found = difference(PLACE, said, text_of(base), text_of(base))

    assert found.kept == said
    assert found.verdict is (Verdict.SAME if said == base else Verdict.CHANGED)


@given(systems(), systems())
def test_a_source_that_repeats_itself_changes_nothing(base: System, held: System) -> None:
    found = difference(PLACE, base, text_of(held), text_of(base))

    assert (found.kept, found.verdict) == (held, Verdict.SAME)


@given(systems(), systems(), systems())
def test_two_sides_clash_on_the_same_fields_whichever_comes_first(base: System, one: System, other: System) -> None:
    there, back = merged(PLACE, one, other, base), merged(PLACE, other, one, base)

    assert clashes(there) == clashes(back)
    assert {name: value for name, value in values(there.kept).items() if name not in clashes(there)} == {
        name: value for name, value in values(back.kept).items() if name not in clashes(back)
    }


@given(systems(), systems(), systems())
def test_in_a_clash_the_store_stays_and_taking_takes_the_source(base: System, held: System, said: System) -> None:
    found = merged(PLACE, said, held, base)

    for name in clashes(found):
        assert values(found.kept)[name] == values(held)[name]
        assert values(found.taken())[name] == values(said)[name]
    assert (found.verdict is Verdict.CONFLICT) == bool(found.clashes)


@given(systems(), systems(), systems())
def test_every_value_comes_from_a_side_that_changed_it_or_from_neither(
    base: System, held: System, said: System
) -> None:
    kept = values(merged(PLACE, said, held, base).kept)

    for name in FIELDS:
        changed = {values(side)[name] for side in (held, said) if values(side)[name] != values(base)[name]}
        assert kept[name] in (changed or {values(base)[name]})


@given(systems(), systems())
def test_a_source_speaking_for_the_first_time_erases_nothing(held: System, said: System) -> None:
    found = difference(PLACE, said, text_of(held), None)

    assert all(
        after for after, before in zip(values(found.kept).values(), values(held).values(), strict=True) if before
    )
