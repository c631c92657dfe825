"""Masks: what they hide, what they keep, and that joins survive."""

import json

import pytest
from exchange_sides import identity
from hypothesis import given
from hypothesis import strategies as st

from qianyun.exchange.identity import is_identity, traces
from qianyun.exchange.masking import Masking, MisfitError
from qianyun.policy.channels import (
    Channel,
    ContentKind,
    Delivery,
    DeliveryKind,
    Mask,
    Side,
    Source,
    SourceKind,
    Treatment,
)

KEY = b"k" * 32
NUMBERS = st.integers(0, 10**9).map(identity)
VALUES = st.text(min_size=1, max_size=30).filter(str.strip)


def channel(content: ContentKind, *masks: Mask) -> Channel:
    return Channel(
        name="c",
        label="c",
        begins_at=Side.OUTER,
        pull=Source(kind=SourceKind.FOLDER),
        deliver=Delivery(kind=DeliveryKind.FOLDER),
        content=content,
        masks=masks,
    )


def masked(treatment: Treatment, value: str, key: bytes = KEY) -> str:
    return Masking(channel(ContentKind.CSV), key).value(treatment, value)


@pytest.mark.parametrize(
    ("treatment", "value", "shown"),
    [
        (Treatment.NAME, "测试甲", "测**"),
        (Treatment.NAME, "测", "测*"),
        (Treatment.IDENTITY, "990101199001010012", "990101************"),
        (Treatment.PHONE, "13800001234", "138******34"),
        (Treatment.PHONE, "0001234", "*******"),
        (Treatment.ADDRESS, "某省某市某区某路1号", "某省某市某区***"),
        (Treatment.ADDRESS, "某自治区某自治州某旗三号院", "某自治区某自治州某旗***"),
        (Treatment.ADDRESS, "某省某市幸福小区3号", "某省某市***"),
        (Treatment.ADDRESS, "幸福小区3号楼", "***"),
        (Treatment.EMPTY, "anything", ""),
        (Treatment.KEEP, "anything", "anything"),
    ],
)
def test_a_value_is_masked_as_declared(treatment: Treatment, value: str, shown: str) -> None:
    assert masked(treatment, value) == shown


@given(VALUES, VALUES)
def test_pseudonyms_are_equal_exactly_where_values_are(one: str, other: str) -> None:
    same = one.strip().upper() == other.strip().upper()

    assert (masked(Treatment.PSEUDONYM, one) == masked(Treatment.PSEUDONYM, other)) == same


@given(NUMBERS)
def test_a_pseudonym_needs_the_key(number: str) -> None:
    assert masked(Treatment.PSEUDONYM, number) != masked(Treatment.PSEUDONYM, number, b"other" * 8)


@given(NUMBERS)
def test_a_pseudonym_in_the_shape_of_an_identity_number_is_nobodys(number: str) -> None:
    shown = masked(Treatment.PSEUDONYM_IDENTITY, number)

    assert len(shown) == len(number)
    assert not is_identity(shown)
    assert shown == masked(Treatment.PSEUDONYM_IDENTITY, number.lower())


@given(NUMBERS, st.sampled_from([Treatment.IDENTITY, Treatment.PSEUDONYM, Treatment.PSEUDONYM_IDENTITY]))
def test_no_mask_of_an_identity_number_leaves_a_trace(number: str, treatment: Treatment) -> None:
    assert list(traces(number)) == ["identity"]
    assert list(traces(masked(treatment, number))) == []


def test_fields_deep_in_json_are_masked_and_nothing_else() -> None:
    masks = (
        Mask(field="applicant.name", treatment=Treatment.NAME),
        Mask(field="applicant.phones[]", treatment=Treatment.PHONE),
        Mask(field="items[].identity", treatment=Treatment.IDENTITY),
    )
    document = {
        "applicant": {"name": "测试甲", "phones": ["13800001234", "13800005678"], "level": 3},
        "items": [{"identity": "990101199001010012"}, {"other": "stays"}],
    }

    shown = Masking(channel(ContentKind.JSON, *masks), KEY).apply(json.dumps(document).encode())

    assert json.loads(shown) == {
        "applicant": {"name": "测**", "phones": ["138******34", "138******78"], "level": 3},
        "items": [{"identity": "990101************"}, {"other": "stays"}],
    }


@pytest.mark.parametrize("document", [{"name": ["测试甲"]}, {"name": {"first": "测"}}, ["name"]])
def test_a_document_of_another_shape_is_refused_and_not_passed(document: object) -> None:
    masking = Masking(channel(ContentKind.JSON, Mask(field="name", treatment=Treatment.NAME)), KEY)

    with pytest.raises(MisfitError):
        masking.apply(json.dumps(document).encode())
