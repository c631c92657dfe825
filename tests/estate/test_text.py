"""Facts as text, and what identifies them."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from fact_strategies import facts
from hypothesis import given, settings

from qianyun.errors import FactError
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Pool, Room, System
from qianyun.estate.identity import KINDS, Fact, key_of, kind_of
from qianyun.estate.text import fact_of, text_of

ROOM = Room(name="三楼机房", department="卫健委", area_m2=Decimal("82.50"))


@given(facts())
@settings(max_examples=300, deadline=None)
def test_a_fact_comes_back_from_its_text_as_it_was(fact: Fact) -> None:
    back = fact_of(type(fact), text_of(fact))

    assert repr(back) == repr(fact)


@given(facts())
@settings(deadline=None)
def test_text_is_the_same_for_the_same_fact(fact: Fact) -> None:
    assert text_of(fact_of(type(fact), text_of(fact))) == text_of(fact)


def test_what_is_empty_is_left_out_and_what_is_meant_is_spelled_out() -> None:
    assert text_of(ROOM) == '{"area_m2":"82.50","department":"卫健委","kind":"owned","name":"三楼机房"}'


def test_text_that_is_no_such_fact_is_refused() -> None:
    for text in ('{"name":"三楼机房"}', '{"name":"x","department":"y","area_m2":"many"}', "[]", '{"surprise":1}', "{"):
        with pytest.raises(FactError):
            fact_of(Room, text)


def test_every_kind_of_the_estate_has_an_identity() -> None:
    assert sorted(kind.held_in for kind in KINDS.values()) == sorted(field.name for field in dataclasses.fields(Estate))


def test_keys_are_readable_and_no_slash_forges_one() -> None:
    plain = System(department="卫健委", name="信息平台")
    forged = (System(department="a/b", name="c"), System(department="a", name="b/c"))

    assert key_of(plain) == "卫健委/信息平台"
    assert key_of(forged[0]) != key_of(forged[1])


def test_a_pool_is_known_by_its_zone_and_day() -> None:
    pool = Pool(zone="internet", starts_on=date(2026, 3, 1), vcpu=1, memory_gib=1, storage_gib=1)

    assert (kind_of(pool).name, key_of(pool)) == ("pool", "internet/2026-03-01")
