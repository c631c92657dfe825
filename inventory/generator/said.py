"""What the forms say: facts without what a form never asked for.

Whoever reads the ledgers must find exactly these facts; they are the measure of an importer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from typing import Any, TypeVar

from inventory.generator.forms import Layout
from qianyun.estate.facts import Database, Department, Line, Middleware, Room, Server, System, Vendor

Fact = TypeVar("Fact", Department, Room, Line, Vendor, System, Server, Database, Middleware)
SHARED_CELLS: Mapping[str, tuple[str, ...]] = {
    "hardware": ("vcpu", "memory_gib", "storage_gib"),
    "contact": ("contact_name", "contact_phone"),
    "is_deferred": ("disposition",),
}
"""Cells that hold several values, or one of another name."""


def said(facts: Sequence[Fact], layout: Layout) -> list[Fact]:
    """The facts as this form tells them."""
    asked = layout.fields | {name for cell in layout.fields for name in SHARED_CELLS.get(cell, ())}
    return [_only(fact, asked) for fact in facts]


def _only(fact: Fact, asked: Collection[str]) -> Fact:
    # Defaults of the fact's own fields: their types are right by construction.
    unasked: dict[str, Any] = {
        each.name: each.default for each in fields(fact) if each.name not in asked and each.default is not MISSING
    }
    return replace(fact, **unasked)
