r"""What identifies a fact: its kind, and its natural key among that kind.

Two facts with one key are two statements about the same thing. A key is text that people can
read and type, `department/name`; a slash inside a name is written `\/`, so that no two facts
share a key by accident.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qianyun.estate.facts import (
    Database,
    Department,
    Dependency,
    Line,
    Middleware,
    Pool,
    Room,
    Server,
    System,
    Vendor,
)

Fact = Department | Room | Line | Vendor | System | Server | Database | Middleware | Dependency | Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fact.

    Attributes:
        name: As users and the store write it.
        held_in: The tuple of `Estate` that holds its facts.
        parts: What identifies a fact, the widest first.
        department: Whom it belongs to; empty for what belongs to all.
    """

    name: str
    type: type[Fact]
    held_in: str
    parts: Callable[[Any], tuple[object, ...]]
    department: Callable[[Any], str]


def _own(fact: Any) -> str:  # noqa: ANN401 - any fact with a department
    return str(fact.department)


def _nobody(_fact: object) -> str:
    return ""


def _of_product(part: Database | Middleware) -> tuple[object, ...]:
    return part.department, part.system, part.server, part.product, part.port


def _of_dependency(link: Dependency) -> tuple[object, ...]:
    ends = (link.source.department, link.source.name, link.target.department, link.target.name)
    return *ends, link.kind, link.protocol, link.port, link.known_from


def _kind(
    held_in: str, of: type[Fact], parts: Callable[[Any], tuple[object, ...]], department: Callable[[Any], str] = _own
) -> Kind:
    return Kind(name=of.__name__.lower(), type=of, held_in=held_in, parts=parts, department=department)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("departments", Department, lambda d: (d.name,), lambda d: str(d.name)),
        _kind("rooms", Room, lambda r: (r.name,)),
        _kind("lines", Line, lambda line: (line.number,)),
        _kind("vendors", Vendor, lambda v: (v.name,), _nobody),
        _kind("systems", System, lambda s: (s.department, s.name)),
        _kind("servers", Server, lambda s: (s.department, s.system, s.name)),
        _kind("databases", Database, _of_product),
        _kind("middleware", Middleware, _of_product),
        _kind("dependencies", Dependency, _of_dependency, lambda d: str(d.source.department)),
        _kind("pools", Pool, lambda p: (p.zone, p.starts_on), _nobody),
    )
}
"""Every kind by name, in the order in which an estate tells them."""

_BY_TYPE: Mapping[type, Kind] = {kind.type: kind for kind in KINDS.values()}
_ESCAPES = str.maketrans({"\\": "\\\\", "/": "\\/", "\0": "\\0"})


def kind_of(fact: Fact) -> Kind:
    """The kind of a fact."""
    return _BY_TYPE[type(fact)]


def key_of(fact: Fact) -> str:
    """The fact's natural key, unique among its kind."""
    return "/".join(["" if part is None else str(part).translate(_ESCAPES) for part in kind_of(fact).parts(fact)])
