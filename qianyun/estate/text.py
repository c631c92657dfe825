"""Facts as JSON text, and back without loss.

Equal text means equal facts. Decimals keep their digits, dates and addresses their types, tuples
their order. A field that is empty as it would be by default is left out, so that a field added
to a fact later changes no text already written; every other default is spelled out, so that a
default changed later changes no fact already written.
"""

import json
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from qianyun.errors import FactError, Fault

T = TypeVar("T")
Turn = Callable[[Any], Any]  # a parse boundary: JSON holds anything
_write_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_read_json = json.JSONDecoder().decode
_UNIONS: dict[frozenset[type], Turn] = {
    frozenset((IPv4Address, IPv6Address)): ip_address,
    frozenset((IPv4Network, IPv6Network)): ip_network,
}
_EMPTY: tuple[object, ...] = (None, "", ())


def text_of(fact: object) -> str:
    """The fact as one line of JSON, keys sorted."""
    kind: Any = type(fact)
    return _write_json(_writer(kind)(fact))


def fact_of(kind: type[T], text: str) -> T:
    """The fact that `text_of` wrote.

    Raises:
        FactError: The text is no such fact.
    """
    shape: Any = kind
    try:
        fact: T = _reader(shape)(_read_json(text))
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        place, what = kind.__name__.lower(), f"{text[:200]} is no {kind.__name__}: {error}"
        raise FactError(Fault(place=place, what=what)) from error
    return fact


@cache
def _writer(kind: Any) -> Turn:  # noqa: ANN401 - a dataclass; typeshed's type for it is private
    """How facts of a kind become what JSON can hold."""
    hints = get_type_hints(kind)
    plan = [
        (field.name, field.default if field.default in _EMPTY else MISSING, _out(hints[field.name]))
        for field in fields(kind)
    ]

    def write(fact: object) -> dict[str, object]:
        row = {}
        for name, empty, out in plan:
            value = getattr(fact, name)
            if value is not empty and value != empty:
                row[name] = value if out is None or value is None else out(value)
        return row

    return write


@cache
def _reader(kind: Any) -> Turn:  # noqa: ANN401 - as above
    """How facts of a kind come back from what JSON held."""
    turns = {name: _in(hint) for name, hint in get_type_hints(kind).items()}

    def read(row: dict[str, Any]) -> object:
        return kind(
            **{
                name: value if (turn := turns.get(name)) is None or value is None else turn(value)
                for name, value in row.items()
            }
        )

    return read


def _out(hint: Any) -> Turn | None:  # noqa: ANN401 - a type or an alias
    """How values of a type are written; `None` where JSON takes them as they are."""
    members = _members(hint)
    if get_origin(hint) is tuple:
        each = _out(get_args(hint)[0])
        return list if each is None else lambda values: [each(value) for value in values]
    if len(members) == 1 and is_dataclass(members[0]):
        return _writer(members[0])
    if all(issubclass(member, Enum) for member in members):
        return lambda value: value.value
    if all(issubclass(member, date) for member in members):
        return lambda value: value.isoformat()
    return None if all(issubclass(member, str | int | float) for member in members) else str


def _in(hint: Any) -> Turn | None:  # noqa: ANN401 - a type or an alias
    """How values of a type are read; `None` where they come as they are."""
    if get_origin(hint) is tuple:
        each = _in(get_args(hint)[0])
        return tuple if each is None else lambda values: tuple([each(value) for value in values])
    members = _members(hint)
    if len(members) > 1:
        return _UNIONS[frozenset(members)]
    [member] = members
    if is_dataclass(member):
        return _reader(member)
    if member in (date, datetime):
        parse: Turn = member.fromisoformat
        return parse
    if issubclass(member, Enum | Decimal | IPv4Address | IPv6Address | IPv4Network | IPv6Network):
        return member
    return None


def _members(hint: Any) -> tuple[type, ...]:  # noqa: ANN401 - a type or an alias
    """The types that a field may hold, apart from `None`."""
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(member for member in get_args(hint) if member is not types.NoneType)
    return (hint,)
