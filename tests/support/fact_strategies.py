"""Facts of every kind, drawn at random from their own types; what a fact refuses is drawn again."""

import dataclasses
import types
from datetime import date
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import assume
from hypothesis import strategies as st

from qianyun.errors import FactError
from qianyun.estate.identity import KINDS, Fact

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
DECIMALS = st.decimals(min_value=0, max_value=100, allow_nan=False, allow_infinity=False)


def of_type(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type or an alias
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of([of_type(member) for member in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(of_type(get_args(hint)[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: of_type(hints[field.name]) for field in dataclasses.fields(hint)})
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    known: dict[type, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        bool: st.booleans(),
        int: st.integers(1, 100),
        float: st.floats(0, 1),
        str: st.just("") | NAMES,
        Decimal: DECIMALS,
        date: st.dates(),
        IPv4Address: st.ip_addresses(v=4),
        IPv6Address: st.ip_addresses(v=6),
    }
    return known[hint]


@st.composite
def facts(draw: st.DrawFn, name: str | None = None) -> Fact:
    kind = KINDS[name or draw(st.sampled_from(list(KINDS)))].type
    hints = get_type_hints(kind)
    required = {
        field.name: (NAMES.map(str.strip).filter(bool) if hints[field.name] is str else of_type(hints[field.name]))
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
    }
    if "region_code" in required:
        required["region_code"] = st.from_regex(r"[0-9]{6}([0-9]{3}([0-9]{3})?)?", fullmatch=True)
    values = {name: draw(strategy) for name, strategy in required.items()}
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING and draw(st.booleans()):
            candidate = {**values, field.name: draw(of_type(hints[field.name]))}
            if _stands(kind, candidate):
                values = candidate
    assume(_stands(kind, values))
    return kind(**values)


def _stands(kind: Any, values: dict[str, Any]) -> bool:  # noqa: ANN401 - a kind of fact
    try:
        kind(**values)
    except FactError:
        return False
    return True
