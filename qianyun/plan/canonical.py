"""Canonical JSON of the planner's facts: equal facts have equal text, and text gives the fact back.

Keys are sorted and nothing is indented, so that a digest of the text is a digest of the fact.
"""

import hashlib
import json
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

Fact = TypeVar("Fact")
Decoder = Callable[[Any], Any]  # a parse boundary: JSON holds anything


def to_text(fact: object) -> str:
    """Canonical JSON of a dataclass instance."""
    return "".join(_pieces(fact))


def digest_of(fact: object) -> str:
    """`sha256:` of the canonical JSON, of which no more than a piece is ever held."""
    digest = hashlib.sha256()
    for piece in _pieces(fact):
        digest.update(piece.encode())
    return f"sha256:{digest.hexdigest()}"


def _pieces(fact: object) -> Iterator[str]:
    """The canonical JSON of a fact, each entry of its lists by itself."""
    if not is_dataclass(fact):
        yield _dumped(fact)
        return
    for n, name in enumerate(sorted(field.name for field in fields(fact))):
        value = getattr(fact, name)
        yield f"{',' if n else '{'}{_dumped(name)}:"
        if isinstance(value, tuple | list):
            for m, each in enumerate(value):
                yield f"{',' if m else '['}{_dumped(each)}"
            yield "]" if value else "[]"
        else:
            yield _dumped(value)
    yield "}" if fields(fact) else "{}"


def _dumped(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_text(kind: type[Fact], text: str) -> Fact:
    """The fact that `to_text` wrote.

    Raises:
        DeclarationError: The text is no such fact.
    """
    try:
        fact: Fact = _decoder(kind)(json.loads(text))  # type: ignore[arg-type] # types are hashable
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = _("is no {kind} that this program wrote: {error}").format(kind=kind.__name__, error=error)
        raise DeclarationError(Fault(place=text[:60], what=what)) from error
    return fact


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@cache
def _decoder(kind: Any) -> Decoder:  # noqa: ANN401, PLR0911 - a type or an alias; one line a kind
    """How values of a type are read back."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        [inner] = [_decoder(member) for member in arguments if member is not type(None)]
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        each = _decoder(arguments[0])
        return lambda values: tuple(each(value) for value in values)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        held = _decoder(arguments[1])
        return lambda entries: {key: held(value) for key, value in entries.items()}
    if is_dataclass(kind):
        return _record(kind)
    if kind in (date, time):
        parse: Decoder = kind.fromisoformat
        return parse
    if isinstance(kind, type) and issubclass(kind, Enum | Decimal):
        return kind
    return lambda value: value


def _record(kind: Any) -> Decoder:  # noqa: ANN401 - a dataclass; typeshed's type for it is private
    hints = get_type_hints(kind)
    decoders = {field.name: _decoder(hints[field.name]) for field in fields(kind)}
    return lambda value: kind(**{name: decoders[name](each) for name, each in value.items()})
