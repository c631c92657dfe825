"""Configuration of FortiOS: `config` opens a table, `edit` an entry, `set` a value; `next` and `end` close them.

Source: Fortinet FortiOS CLI Reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qianyun.verify.acls.statements import NotUnderstoodError, Statement, statements
from qianyun.words import _

INNER = ("edit", "set", "append", "unset", "next", "end")
"""First words of lines that stand inside a table."""
DIVIDING = ("vdom", "global")
"""Tables that hold tables."""


@dataclass(slots=True)
class Entry:
    """One entry of a table, with the words of each `set`.

    Attributes:
        table: What stands behind `config`, for example `firewall policy`.
        domain: The virtual domain it belongs to; empty where the device is not divided.
        broken: What of it could not be read.
    """

    table: str
    name: str
    place: str
    domain: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    broken: str = ""

    def words(self, key: str) -> list[str]:
        """The words of a value; none where it is not set."""
        return self.values.get(key, [])

    def word(self, key: str, default: str = "") -> str:
        """The first word of a value."""
        return next(iter(self.words(key)), default)

    def must_be_read(self) -> None:
        """Refuse an entry of which something could not be read."""
        if self.broken:
            raise NotUnderstoodError(self.broken)


@dataclass(slots=True)
class _Level:
    """An open `config`, and its open `edit`."""

    table: str
    entry: Entry | None = None


@dataclass(slots=True)
class Tables:
    """Everything a text holds, entry by entry.

    Attributes:
        opened: Where each table of each domain was opened first.
        strays: Lines that stand where none may stand.
    """

    name: str
    levels: list[_Level] = field(default_factory=list)
    strays: list[Statement] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    opened: dict[tuple[str, str], str] = field(default_factory=dict)
    domain: str = ""

    def read(self, text: str) -> None:
        """Lead every line to its entry.

        Raises:
            ReadError: The text holds what no configuration holds.
        """
        for statement in statements(_joined(text), self.name):
            self._line(statement)
        for level in self.levels:
            if level.entry is not None:
                level.entry.broken = _("the text ends inside this entry")

    @property
    def is_cut(self) -> bool:
        """Whether the text ends, or begins, inside a table."""
        return bool(self.levels) or any(stray.words[0] in INNER for stray in self.strays)

    def of(self, *tables: str) -> Iterator[Entry]:
        """The entries of some tables, in the order of the text."""
        return (entry for entry in self.entries if entry.table in tables)

    def _line(self, statement: Statement) -> None:
        words = statement.words
        match words[0], words[1:]:
            case "config", [_, *_] as named:
                self._open(statement, " ".join(named))
            case "edit", [name, *_]:
                self._edit(statement, name)
            case "next", []:
                self._next(statement)
            case "end", []:
                self._end(statement)
            case "set" | "append", [key, *values]:
                self._set(statement, key, values)
            case "unset", [key, *_]:
                self._unset(statement, key)
            case _:
                self.strays.append(statement)

    def _open(self, statement: Statement, table: str) -> None:
        above = self.levels[-1] if self.levels else None
        if above is not None and above.table not in DIVIDING:
            table = f"{above.table}/{table}"
        # in a table without entries values stand directly
        entry = Entry(table=table, name="", place=f"{self.name}:{statement.number}", domain=self.domain)
        self.opened.setdefault((table, self.domain), entry.place)
        self.levels.append(_Level(table, None if table in DIVIDING else entry))

    def _edit(self, statement: Statement, name: str) -> None:
        if not self.levels:
            self.strays.append(statement)
            return
        level = self.levels[-1]
        if level.table == "vdom":
            self.domain = name
            level.entry = Entry(table="vdom", name=name, place="")
            return
        level.entry = Entry(table=level.table, name=name, place=f"{self.name}:{statement.number}", domain=self.domain)
        self.entries.append(level.entry)

    def _next(self, statement: Statement) -> None:
        if self.levels and self.levels[-1].entry is not None:
            self.levels[-1].entry = None
            if self.levels[-1].table == "vdom":
                self.domain = ""
        else:
            self.strays.append(statement)

    def _end(self, statement: Statement) -> None:
        if not self.levels:
            self.strays.append(statement)
            return
        level = self.levels.pop()
        if level.table == "vdom":
            self.domain = ""
        if level.entry is not None and not level.entry.name and level.entry.values:
            self.entries.append(level.entry)

    def _set(self, statement: Statement, key: str, values: list[str]) -> None:
        entry = self.levels[-1].entry if self.levels else None
        if entry is None:
            self.strays.append(statement)
            return
        if not statement.whole:
            entry.broken = _("the text ends inside this line")
        entry.values[key] = [*entry.words(key), *values] if statement.words[0] == "append" else values

    def _unset(self, statement: Statement, key: str) -> None:
        entry = self.levels[-1].entry if self.levels else None
        if entry is None:
            self.strays.append(statement)
        else:
            entry.values.pop(key, None)


def _joined(text: str) -> str:
    """Every quoted value on one line, with blank lines after it so that numbers of lines stay."""
    if text.count('"') % 2:
        return text
    parts = text.split('"')
    for at in range(1, len(parts), 2):
        broken = parts[at].count("\n")
        if broken:
            parts[at] = parts[at].replace("\r", "").replace("\n", " ")
            head, line, rest = parts[at + 1].partition("\n")
            parts[at + 1] = f"{head}{line}{line * broken}{rest}"
    return '"'.join(parts)
