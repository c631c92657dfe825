"""Facts as lists: which fields a screen shows, what a column is called, what a value looks like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum

from qianyun.cli.listing import Format, Listing
from qianyun.estate.identity import KINDS, Fact
from qianyun.importers.columns import LEDGERS
from qianyun.words import _, label, language
from reports.content import Cell

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


class Field(StrEnum):
    """Fields that no column of a ledger fills alone."""

    CONTACT_NAME = "contact_name"
    OPERATING_SYSTEM = "operating_system"
    PORT = "port"
    PRODUCT = "product"
    SOURCE = "source"
    TARGET = "target"


SCREEN: Mapping[str, tuple[str, ...]] = {
    "department": ("name", "short_name", "level", "region_code", "parent"),
    "room": ("name", "department", "kind", "grade", "area_m2", "rack_count", "outcome", "withdraw_by"),
    "line": ("number", "department", "room", "network", "operator", "bandwidth_mbps", "contract_end"),
    "vendor": ("name", "roles", "parallel_capacity"),
    "system": ("department", "name", "mlps_level", "room", "vcpu", "memory_gib", "zone", "disposition", "ready_on"),
    "server": ("department", "system", "name", "cpu_arch", "vcpu", "memory_gib", "operating_system", "addresses"),
    "database": ("department", "system", "server", "product", "version", "data_gib"),
    "middleware": ("department", "system", "server", "product", "version"),
    "dependency": ("source", "target", "kind", "protocol", "port", "daily_mib", "is_hard"),
    "pool": ("zone", "starts_on", "vcpu", "memory_gib", "storage_gib", "safety_percent"),
}
"""What fits on a screen; JSON and CSV hold every field."""


def facts_listing(kind: str, facts: Sequence[Fact], form: Format) -> Listing:
    """Facts of one kind, one a row."""
    every = tuple(field.name for field in fields(KINDS[kind].type))
    names = SCREEN[kind] if form is Format.TABLE else every
    return Listing(
        titles={name: title_of(kind, name) for name in names},
        rows=[[_cell(name, getattr(fact, name)) for name in names] for fact in facts],
    )


def counts_listing(facts: Iterable[Fact]) -> Listing:
    """How many facts there are of each kind."""
    counts = dict.fromkeys(KINDS, 0)
    for fact in facts:
        counts[type(fact).__name__.lower()] += 1
    rows = [(kind, label("Fact", kind), count) for kind, count in counts.items()]
    return Listing(titles={"kind": _("kind"), "name": _("name"), "count": _("count")}, rows=rows)


def title_of(kind: str, field: str) -> str:
    """What people call a field: the heading of its column in ledgers, or its English name."""
    if language() == "en":
        return field.replace("_", " ")
    ledgers = (ledger for ledger in LEDGERS if ledger.kind == KINDS[kind].held_in)
    headings = (ledger.column_of[field].headings[0] for ledger in ledgers if field in ledger.column_of)
    return next(headings, None) or label("Field", field)


def _cell(field: str, value: object) -> Cell:
    """A port is a name made of digits, which nobody groups by thousands."""
    return shown(None if value is None else str(value)) if field == Field.PORT else shown(value)


def shown(value: object) -> Cell:
    """A value as a person reads it."""
    match value:
        case StrEnum():
            return label(type(value).__name__, value.value)
        case tuple():
            return " ".join(str(shown(each)) for each in value) or None
        case None | int() | float() | Decimal() | date():
            return value
        case _:
            return str(value) or None


def plain(value: object) -> Plain:
    """A value as JSON has it: numbers as numbers, days and addresses as text."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case tuple():
            return [plain(each) for each in value]
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)
