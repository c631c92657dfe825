"""All that one device answered, looked up by name."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from collectors.ber import ABSENT, MalformedError, Oid, Varbind, decode_oid, parse_oid
from collectors.decoding import number_of, oid_of, text_of


class Answers:
    """Varbinds of one device; later answers to the same name win.

    Names are given dotted (`1.3.6.1.2.1.1.1.0`); indexes come back as arcs.
    """

    def __init__(self, varbinds: Iterable[Varbind]) -> None:
        found: dict[Oid, Varbind] = {}
        for varbind in varbinds:
            if varbind.tag in ABSENT:
                continue
            try:
                found[decode_oid(varbind.oid)] = varbind
            except MalformedError:
                continue
        self._by_oid = found

    def __len__(self) -> int:
        return len(self._by_oid)

    def __iter__(self) -> Iterator[tuple[Oid, Varbind]]:
        return ((oid, self._by_oid[oid]) for oid in self._order)

    @cached_property
    def _order(self) -> list[Oid]:
        return sorted(self._by_oid)

    def scalar(self, name: str) -> Varbind | None:
        """The value of exactly this name."""
        return self._by_oid.get(parse_oid(name))

    def text(self, name: str) -> str | None:
        """The text of exactly this name; `None` when absent or blank."""
        return text_of(self.scalar(name))

    def number(self, name: str) -> int | None:
        """The number of exactly this name."""
        return number_of(self.scalar(name))

    def column(self, name: str) -> Mapping[Oid, Varbind]:
        """All values below a name, by what follows it, in order."""
        prefix = parse_oid(name)
        size = len(prefix)
        rows: dict[Oid, Varbind] = {}
        for position in range(bisect_left(self._order, prefix), len(self._order)):
            oid = self._order[position]
            if oid[:size] != prefix:
                break
            rows[oid[size:]] = self._by_oid[oid]
        return rows

    def texts(self, name: str) -> Mapping[Oid, str]:
        """The texts below a name that are not blank."""
        found = ((index, text_of(value)) for index, value in self.column(name).items())
        return {index: text for index, text in found if text}

    @property
    def object_id(self) -> Oid:
        """sysObjectID; empty when the agent has none."""
        return oid_of(self.scalar("1.3.6.1.2.1.1.2.0")) or ()

    @property
    def description(self) -> str:
        """sysDescr; empty when the agent has none."""
        return self.text("1.3.6.1.2.1.1.1.0") or ""
