"""What an import would do: each fact it brings beside what the store holds.

Three texts are compared, field by field: what the source said last (its claim), what the store
holds now, and what the source says today. A field that only the source changed follows the
source; a field that somebody else changed meanwhile stays; a field that both changed, to
different values, is a conflict, and a person decides. So a department's next ledger does not
undo what a planner decided, and what it did not change does not count as its word.

A source that speaks of a fact for the first time is taken to have said the defaults before:
what it leaves blank overwrites nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from qianyun.errors import FactError, Fault, StoreError
from qianyun.estate.identity import KINDS, Fact, key_of, kind_of
from qianyun.estate.text import fact_of, text_of
from qianyun.words import _, label

Place = tuple[str, str]
"""Kind and key."""


class Verdict(StrEnum):
    """What an import would do to one fact."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"


class Conflicts(StrEnum):
    """What becomes of a field that two sources changed to different values."""

    REFUSE = "refuse"
    """Nothing is written; all conflicts are told."""
    KEEP = "keep"
    """The store's value stays, and the source's next repetition of its own is no conflict any more."""
    TAKE = "take"
    """The source's value is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a fact, with its value before and after."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact of an import beside what the store holds.

    Attributes:
        said: What the source says today; `text` is its text.
        held: What the store holds; `None` when it holds nothing of that key.
        kept: What the store would hold then, conflicting fields as they are held; `None` for
            a fact that was removed and stays so.
        clashes: Fields in conflict, from the store's value to the source's; without any, a
            conflict is told by `reason`.
    """

    verdict: Verdict
    kind: str
    key: str
    said: Fact
    text: str
    held: Fact | None
    kept: Fact | None
    clashes: tuple[FieldChange, ...] = ()
    reason: str = ""

    @property
    def place(self) -> str:
        """The fact in words, for messages."""
        return f"{label('Fact', self.kind)} {self.key}"

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """Fields that would change, in the fact's order; for a new fact those that say anything."""
        return changes(self.held, self.kept)

    def taken(self) -> Fact:
        """What the store would hold if the source were right wherever there is a conflict."""
        if self.kept is None or self.reason:
            return self.said
        try:
            return _with(self.kept, {clash.name: clash.after for clash in self.clashes})
        except FactError:
            return self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An import beside the store.

    Attributes:
        differences: One for each fact, in their order.
        absent: What the source said before and does not name any more, sorted; nothing is
            removed on that account.
        claims: What the source said last, by kind and key, as text.
    """

    differences: tuple[Difference, ...]
    absent: tuple[Place, ...] = ()
    claims: Mapping[Place, str] = field(default_factory=dict, repr=False)

    def of(self, verdict: Verdict) -> tuple[Difference, ...]:
        """Those with one verdict."""
        return tuple(each for each in self.differences if each.verdict is verdict)

    def counts(self) -> Mapping[Verdict, int]:
        """How many there are of each verdict, all four named."""
        return {verdict: len(self.of(verdict)) for verdict in Verdict}

    def refuse_conflicts(self) -> None:
        """Raise `StoreError` with every conflict, if there is one."""
        faults = [fault for each in self.of(Verdict.CONFLICT) for fault in _faults(each)]
        if faults:
            raise StoreError(faults)


def keyed(facts: Iterable[Fact]) -> dict[Place, Fact]:
    """Facts by kind and key; the same fact given twice counts once.

    Raises:
        StoreError: Two different facts have one key; all such are told.
    """
    found: dict[Place, Fact] = {}
    faults = []
    for fact in facts:
        kind, key = kind_of(fact).name, key_of(fact)
        first = found.setdefault((kind, key), fact)
        if first is not fact and first != fact:
            names = ", ".join(change.name for change in changes(first, fact))
            what = _("is given twice, with different values of {names}").format(names=names)
            faults.append(Fault(place=f"{label('Fact', kind)} {key}", what=what, mend=_("leave one of the two")))
    if faults:
        raise StoreError(faults)
    return found


def difference(place: Place, said: Fact, held: str | None, base: str | None) -> Difference:
    """One fact beside the text that the store holds and the text that its source said last."""
    kind, key = place
    text = text_of(said)
    if held is None and base is None:
        return Difference(verdict=Verdict.NEW, kind=kind, key=key, said=said, text=text, held=None, kept=said)
    if held is None:
        return _removed(place, said, text, is_repeated=base == text)
    if held == text:
        return Difference(verdict=Verdict.SAME, kind=kind, key=key, said=said, text=text, held=said, kept=said)
    known = fact_of(KINDS[kind].type, held)
    if base == text:
        return Difference(verdict=Verdict.SAME, kind=kind, key=key, said=said, text=text, held=known, kept=known)
    if base == held and known != said:
        return Difference(verdict=Verdict.CHANGED, kind=kind, key=key, said=said, text=text, held=known, kept=said)
    return merged(place, said, known, None if base is None else fact_of(KINDS[kind].type, base))


def merged(place: Place, said: Fact, held: Fact, base: Fact | None) -> Difference:
    """Merge what the source changed since `base` into what is held."""
    kind, key = place
    ours, clashes = {}, []
    for each in fields(held):
        before, now, then = _base(base, each), getattr(held, each.name), getattr(said, each.name)
        if then in (now, before):
            continue
        if now == before:
            ours[each.name] = then
        else:
            clashes.append(FieldChange(name=each.name, before=now, after=then))
    try:
        kept, reason = _with(held, ours), ""
    except FactError as error:
        kept, reason = held, str(error)
    return Difference(
        verdict=Verdict.CONFLICT if clashes or reason else Verdict.SAME if kept == held else Verdict.CHANGED,
        kind=kind,
        key=key,
        said=said,
        text=text_of(said),
        held=held,
        kept=kept,
        clashes=tuple(clashes),
        reason=reason,
    )


def changes(before: Fact | None, after: Fact | None) -> tuple[FieldChange, ...]:
    """Fields that differ between two facts of a kind; a fact that is not there has all defaults."""
    shape = after if after is not None else before
    if shape is None:
        return ()
    pairs = ((each.name, _value(before, each), _value(after, each)) for each in fields(shape))
    return tuple(FieldChange(name=name, before=old, after=new) for name, old, new in pairs if old != new)


def _with(fact: Fact, values: Mapping[str, Any]) -> Fact:
    return replace(fact, **values)


def _removed(place: Place, said: Fact, text: str, *, is_repeated: bool) -> Difference:
    kind, key = place
    verdict = Verdict.SAME if is_repeated else Verdict.CONFLICT
    reason = "" if is_repeated else _("it was removed since, and the source changed it")
    return Difference(verdict=verdict, kind=kind, key=key, said=said, text=text, held=None, kept=None, reason=reason)


def _base(base: Fact | None, of: Field[object]) -> object:
    return of.default if base is None else getattr(base, of.name)


def _value(fact: Fact | None, of: Field[object]) -> object:
    if fact is not None:
        return getattr(fact, of.name)
    return None if of.default is MISSING else of.default


def _faults(conflict: Difference) -> Iterable[Fault]:
    mend = _("decide: keep what the store holds, or take the source's word")
    if conflict.reason:
        yield Fault(place=conflict.place, what=conflict.reason, mend=mend)
    for clash in conflict.clashes:
        what = _("{field} was changed to {held} since the source's last word, and the source now says {said}")
        said = {"field": clash.name, "held": _shown(clash.before), "said": _shown(clash.after)}
        yield Fault(place=conflict.place, what=what.format(**said), mend=mend)


def _shown(value: object) -> str:
    """A value as it stands in the store's own text."""
    if isinstance(value, tuple):
        return "(" + ", ".join(str(each) for each in value) + ")"
    return repr(value) if value is None or type(value) is str else str(value)
