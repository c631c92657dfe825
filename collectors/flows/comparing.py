"""What departments declared beside what was seen between their systems: declared and not seen, seen and not declared.

Silence counts only where somebody looked: a declared dependency neither of whose ends was watched is told
as that, and no department is asked about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collectors.flows.folding import Observed
from qianyun.estate.facts import Dependency, SystemKey
from qianyun.estate.kinds import DependencySource

Ends = tuple[SystemKey, SystemKey]


class LinkDifference(StrEnum):
    """How declared and seen dependencies differ."""

    NOT_DECLARED = "not_declared"
    """Seen, and declared by nobody."""
    NOT_SEEN = "not_seen"
    """Declared, an end of it was watched, and it was not seen."""
    NOT_WATCHED = "not_watched"
    """Declared, and neither end was watched."""
    OTHER_PORT = "other_port"
    """Declared and seen at other ports."""
    OTHER_WAY = "other_way"
    """Seen only from the declared target to the declared source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """One line to send back to the department of the system that asks.

    Attributes:
        evidence: What speaks for what was seen.
    """

    source: SystemKey
    target: SystemKey
    kind: LinkDifference
    declared: str = ""
    observed: str = ""
    confidence: float | None = None
    evidence: str = ""


def compare_links(
    declared: Iterable[Dependency], observed: Sequence[Observed], watched: Iterable[SystemKey]
) -> tuple[LinkLine, ...]:
    """All differences, by source and target.

    Args:
        declared: Dependencies that people declared; others are passed over.
        observed: What was folded.
        watched: Systems of which at least one server was sampled, or that were seen otherwise.
    """
    said = _by_ends(each for each in declared if each.known_from is DependencySource.DECLARED)
    seen = _by_ends(each.dependency for each in observed)
    proof: dict[Ends, list[Observed]] = {}
    for each in observed:
        proof.setdefault((each.dependency.source, each.dependency.target), []).append(each)
    known = set(watched)
    lines = [_silent(ends, said[ends], known, seen) for ends in said if ends not in seen]
    for ends, links in seen.items():
        if ends not in said and (ends[1], ends[0]) not in said:
            lines.append(_line(ends, LinkDifference.NOT_DECLARED, (), links, proof[ends]))
        elif ends in said and _elsewhere(said[ends], links):
            lines.append(_line(ends, LinkDifference.OTHER_PORT, said[ends], links, proof[ends]))
        elif ends not in said and (ends[1], ends[0]) not in seen:
            lines.append(_line(ends, LinkDifference.OTHER_WAY, said[ends[1], ends[0]], links, proof[ends]))
    return tuple(sorted(lines, key=lambda each: (str(each.source), str(each.target), each.kind)))


def _by_ends(links: Iterable[Dependency]) -> Mapping[Ends, list[Dependency]]:
    found: dict[Ends, list[Dependency]] = {}
    for each in links:
        found.setdefault((each.source, each.target), []).append(each)
    return found


def _silent(ends: Ends, links: Sequence[Dependency], known: set[SystemKey], seen: Mapping[Ends, object]) -> LinkLine:
    is_watched = not known.isdisjoint(ends) or (ends[1], ends[0]) in seen
    kind = LinkDifference.NOT_SEEN if is_watched else LinkDifference.NOT_WATCHED
    return LinkLine(source=ends[0], target=ends[1], kind=kind, declared=_ports(links))


def _elsewhere(said: Sequence[Dependency], seen: Sequence[Dependency]) -> bool:
    """Whether people named ports and none of them was seen."""
    named = {each.port for each in said}
    return None not in named and named.isdisjoint({each.port for each in seen})


def _line(
    ends: Ends, kind: LinkDifference, said: Sequence[Dependency], seen: Sequence[Dependency], proof: Sequence[Observed]
) -> LinkLine:
    observers = sorted({observer for each in proof for link in each.relations for observer, _run in link.evidence})
    return LinkLine(
        source=ends[0],
        target=ends[1],
        kind=kind,
        declared=_ports(said),
        observed=_ports(seen),
        confidence=max(each.confidence for each in seen),
        evidence=", ".join(observers),
    )


def _ports(links: Sequence[Dependency]) -> str:
    return ", ".join(sorted({f"{each.protocol}/{each.port}" if each.port else each.protocol for each in links}))
