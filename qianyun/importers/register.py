"""The register: which departments, rooms, vendors and systems a name in a cell may mean.

A name leads to what the store knows, what the files themselves declare, or an alias of the table
`aliases.yml`; short names of departments count. What leads nowhere is told with the nearest name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qianyun.estate.estate import Estate
from qianyun.estate.facts import SystemKey
from qianyun.importers.values import Wrong, nearest
from qianyun.words import _, label


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """Other names of departments, rooms, vendors and systems.

    Attributes:
        systems: By department (its full name) and alias.
    """

    departments: Mapping[str, str] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)
    vendors: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Register:
    """Names that may be referred to; grows while ledgers are judged."""

    def __init__(self, known: Estate, aliases: Aliases) -> None:
        self._names: dict[str, dict[str, str]] = {
            "department": dict(aliases.departments),
            "room": dict(aliases.rooms),
            "vendor": dict(aliases.vendors),
        }
        self._system_aliases = aliases.systems
        self._systems: dict[str, set[str]] = defaultdict(set)
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._doubtful: set[str] = set()
        self._misses: dict[tuple[str, str], Wrong] = {}
        for department in known.departments:
            self.add_department(department.name, department.short_name)
        for kind, names in (("room", (r.name for r in known.rooms)), ("vendor", (v.name for v in known.vendors))):
            for name in names:
                self.add(kind, name)
        for system in known.systems:
            self.add_system(system.department, system.name)

    def add(self, kind: str, name: str) -> None:
        """A room or a vendor."""
        self._names[kind][name] = name

    def add_department(self, name: str, short_name: str = "") -> None:
        """A department; its short name leads to it unless another has it already."""
        names = self._names["department"]
        names[name] = name
        if short_name:
            names.setdefault(short_name, name)

    def add_system(self, department: str, name: str) -> None:
        """A system of a department."""
        self._systems[department].add(name)
        self._owners[name].add(department)

    def add_doubtful_system(self, name: str) -> None:
        """A system whose row names no department that we know: whoever refers to it is not to blame."""
        self._doubtful.add(name)

    def knows_departments(self) -> bool:
        """Anybody declared a department."""
        return bool(self._names["department"])

    def find(self, kind: str, text: str) -> str | Wrong:
        """The full name of a department, room or vendor."""
        found = self._names[kind].get(text)
        if found is not None:
            return found
        miss = self._misses.get((kind, text))
        if miss is None:
            miss = self._misses[kind, text] = _unknown(kind, text, self._names[kind])
        return miss

    def system_name(self, department: str, text: str) -> str:
        """The name that an alias of a system stands for; the text itself where it is none."""
        return self._system_aliases.get((department, text), text)

    def find_system(self, department: str, text: str) -> SystemKey | Wrong:
        """A system by its name: the department's own first, else the only one of that name."""
        name = self.system_name(department, text)
        if name in self._systems[department]:
            return SystemKey(department=department, name=name)
        owners = self._owners.get(name, set())
        if len(owners) == 1:
            return SystemKey(department=next(iter(owners)), name=name)
        if owners:
            return Wrong(
                _("{text!r} is the name of systems of several departments").format(text=text),
                _("name the department too: one of {words}").format(words="、".join(sorted(owners))),
            )
        return self._no_system(department, text)

    def own_system(self, department: str, text: str) -> SystemKey | Wrong:
        """A system of this very department."""
        name = self.system_name(department, text)
        if name in self._systems[department]:
            return SystemKey(department=department, name=name)
        return self._no_system(department, text)

    def _no_system(self, department: str, text: str) -> SystemKey | Wrong:
        if text in self._doubtful:
            return SystemKey(department=department, name=text)
        miss = self._misses.get((department, text))
        if miss is None:
            near = nearest(text, self._systems[department]) or nearest(text, self._owners)
            miss = self._misses[department, text] = _unknown("system", text, [near] if near else [])
        return miss

    def split(self, department: str, texts: Iterable[str]) -> list[str]:
        """Names out of a list: a piece that is no system as a whole is split at blanks and strokes."""
        found: list[str] = []
        for text in texts:
            parts = [part for mark in ("、", ",", ";", "/", " ") if mark in text for part in [text.split(mark)]]
            whole = self.system_name(department, text)
            is_known = whole in self._systems[department] or whole in self._owners
            better = next((p for p in parts if all(x.strip() in self._owners for x in p if x.strip())), None)
            found.extend([text] if is_known or better is None else [x.strip() for x in better if x.strip()])
        return found


def _unknown(kind: str, text: str, names: Iterable[str]) -> Wrong:
    near = nearest(text, names)
    what = _("{text!r} is no {kind} that anybody declared").format(text=text, kind=label("Fact", kind))
    mend = (
        _("did you mean {near}? Otherwise declare it in its own ledger").format(near=near)
        if near
        else _("declare it in its own ledger, in the same import or before")
    )
    return Wrong(what, mend)
