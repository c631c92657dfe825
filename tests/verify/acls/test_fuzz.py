"""Configurations as they should not be: no crash, no hang, and never two answers."""

import pytest
from acl_fuzz_rounds import READERS, SAMPLES, VENDORS, fuzz_round
from hypothesis import given, settings
from hypothesis import strategies as st

vendors = pytest.mark.parametrize("vendor", READERS)


@vendors
def test_a_configuration_of_every_construct_is_understood(vendor: str) -> None:
    configuration = READERS[vendor](SAMPLES[vendor].read_text(encoding="utf-8"), vendor)

    assert [line for filter_ in configuration.filters.values() for line in filter_.unread] == []
    assert configuration.filters


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_a_damaged_configuration_is_read_or_refused_with_words_of_our_own(vendor: str, seed: int) -> None:
    fuzz_round(vendor, seed)


def test_groups_that_hold_groups_twice_over_do_not_multiply() -> None:
    groups = [f"object-group network G{n}\n group-object G{n + 1}\n group-object G{n + 1}" for n in range(30)]
    text = "\n".join(
        [*groups, "object-group network G30", " host 10.0.0.1", "access-list 101 permit ip object-group G0 any", ""]
    )

    assert READERS["ios"](text, "r1").filters["ip 101"].unread == ()
