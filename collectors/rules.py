"""The language in which a vendor's devices are described: where model, version and serial stand.

A rule says which devices it is for (by the registered root of their sysObjectID, and by what they
say of themselves) and holds clues in the order in which they are believed. A clue reads one value
from what a device answered, and knows which names must be asked for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from collectors.answers import Answers
from collectors.ber import Oid, parse_oid, show_oid
from collectors.oids import ENTITY, SYS_DESCR, SYS_OBJECT_ID

ENTITY_CLASS, ENTITY_PARENT = 5, 4
CHASSIS, STACK = 3, 11
DESCRIPTION, NAME, SOFTWARE, SERIAL, MODEL = 2, 7, 10, 11, 13
"""Columns of entPhysicalTable."""

MEANINGLESS = re.compile(
    r"(?i)(<private>|private|none|n/?a|null|unknown|unspecified|default string|to be filled.*|system serial number|"
    r"not (specified|available|applicable)|[f0x.\-*\s]+|uninitialized|redacted)"
)
"""What agents say when they do not know."""


class Kind(StrEnum):
    """What a device is for."""

    SWITCH = "switch"
    ROUTER = "router"
    FIREWALL = "firewall"
    SECURITY = "security"
    BALANCER = "balancer"
    ACCESS = "access"
    UPS = "ups"
    PDU = "pdu"
    COOLING = "cooling"
    SENSOR = "sensor"
    BMC = "bmc"
    SERVER = "server"
    HYPERVISOR = "hypervisor"
    STORAGE = "storage"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value and the name it was read from."""

    value: str
    source: str


class Clue(Protocol):
    """A place where a value may stand."""

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""

    def read(self, answers: Answers) -> Reading | None:
        """The value; `None` where the device does not tell."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """The value of one name, or the first group (all groups, joined) of a pattern in it."""

    name: str
    pattern: str = ""

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""
        return (parse_oid(self.name),)

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""
        return ()

    def read(self, answers: Answers) -> Reading | None:
        """The value, if there is one."""
        return _reading(answers.text(self.name), self.pattern, self.name)


def described(pattern: str) -> Scalar:
    """A clue in sysDescr."""
    return Scalar(SYS_DESCR, pattern)


@dataclass(frozen=True, slots=True)
class Column:
    """The first row of a column with a value that fits, among rows that another column (or the index) marks."""

    name: str
    pattern: str = ""
    marked_by: str = ""
    mark: str = ""

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""
        return ()

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""
        return tuple(parse_oid(name) for name in (self.name, self.marked_by) if name)

    def read(self, answers: Answers) -> Reading | None:
        """The value, if there is one."""
        marks = answers.texts(self.marked_by) if self.marked_by else {}
        for index, text in answers.texts(self.name).items():
            if self.mark and not re.search(self.mark, marks.get(index, "") if self.marked_by else _index_text(index)):
                continue
            found = _reading(text, self.pattern, f"{self.name}.{show_oid(index)}")
            if found:
                return found
        return None


def _index_text(index: Oid) -> str:
    """An index that is a text, as SMI writes it: its length, then its bytes."""
    return "".join(chr(arc) for arc in index[1:] if arc < 0x110000)  # noqa: PLR2004 - the last character there is


@dataclass(frozen=True, slots=True)
class Entity:
    """A column of the chassis in entPhysicalTable; the first chassis with a value, else the first part with one."""

    column: int
    pattern: str = ""
    parts_too: bool = False

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""
        return ()

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""
        return ()

    def read(self, answers: Answers) -> Reading | None:
        """The value, if there is one."""
        texts = answers.texts(f"{ENTITY}.{self.column}")
        for index in _chassis(answers, parts_too=self.parts_too):
            found = _reading(texts.get(index), self.pattern, f"{ENTITY}.{self.column}.{show_oid(index)}")
            if found:
                return found
        return None


def _chassis(answers: Answers, *, parts_too: bool) -> list[Oid]:
    """Rows that are a chassis, in order; then, if wanted or where no row says what it is, all others."""
    classes = answers.texts(f"{ENTITY}.{ENTITY_CLASS}")
    chassis = [index for index, kind in classes.items() if kind == str(CHASSIS)]
    if parts_too or not classes:
        rows = {*answers.texts(f"{ENTITY}.{DESCRIPTION}"), *answers.texts(f"{ENTITY}.{MODEL}")}
        chassis += sorted(rows - set(chassis))
    return chassis


@dataclass(frozen=True, slots=True)
class Always:
    """A value that is known without asking."""

    value: str

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""
        return ()

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""
        return ()

    def read(self, answers: Answers) -> Reading | None:
        """The value, if there is one."""
        return Reading(value=self.value, source=SYS_OBJECT_ID) if len(answers) else None


@dataclass(frozen=True, slots=True)
class Joined:
    """Several clues in one value; `{}` for each. All must be there."""

    form: str
    clues: tuple[Clue, ...]

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""
        return tuple(name for clue in self.clues for name in clue.asked)

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""
        return tuple(name for clue in self.clues for name in clue.walked)

    def read(self, answers: Answers) -> Reading | None:
        """The value, if there is one."""
        found = [reading for clue in self.clues if (reading := clue.read(answers))]
        if len(found) < len(self.clues):
            return None
        return Reading(value=self.form.format(*(reading.value for reading in found)), source=found[0].source)


@dataclass(frozen=True, slots=True)
class Translated:
    """A clue whose value is a code that a table explains; without an entry there is no value."""

    clue: Clue
    names: Mapping[str, str]

    @property
    def asked(self) -> tuple[Oid, ...]:
        """Scalars to ask for."""
        return self.clue.asked

    @property
    def walked(self) -> tuple[Oid, ...]:
        """Columns to ask for."""
        return self.clue.walked

    def read(self, answers: Answers) -> Reading | None:
        """The value, if there is one."""
        found = self.clue.read(answers)
        name = self.names.get(found.value) if found else None
        return Reading(value=name, source=found.source) if found and name else None


def _reading(text: str | None, pattern: str, source: str) -> Reading | None:
    if text is None:
        return None
    if pattern:
        match = re.search(pattern, text)
        if match is None:
            return None
        text = " ".join(group for group in (match.groups() or (match.group(),)) if group)
    text = text.strip(" \"'*,;")
    return None if not text or MEANINGLESS.fullmatch(text) else Reading(value=text, source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Devices of one family.

    Attributes:
        vendor: The maker's name as it is written on the device.
        family: The operating system or product line, a word of our own.
        roots: Registered roots of sysObjectID; empty for any.
        says: What sysDescr must match; empty for anything.
        shown_by: A clue that must have a value; for appliances that hide behind another's sysObjectID.
    """

    vendor: str
    family: str
    kind: Kind
    roots: tuple[str, ...] = ()
    says: str = ""
    shown_by: Clue | None = None
    model: tuple[Clue, ...] = ()
    version: tuple[Clue, ...] = ()
    serial: tuple[Clue, ...] = ()
    patch: tuple[Clue, ...] = ()

    def rank(self, object_id: Oid, description: str) -> int:
        """How closely it fits by first sight: what shows itself, what says so, the longest root; -1 if it does not."""
        if self.says and not re.search(self.says, description):
            return -1
        fitting = [len(root) for root in map(parse_oid, self.roots) if object_id[: len(root)] == root]
        if self.roots and not fitting:
            return -1
        return 200 * bool(self.shown_by) + 100 * bool(self.says) + max(fitting, default=1)

    @property
    def clues(self) -> Iterator[Clue]:
        """All clues."""
        if self.shown_by:
            yield self.shown_by
        yield from (*self.model, *self.version, *self.serial, *self.patch)
