"""Sightings in the store: one observation an edge and observer, with the sampler, the run and the answers' hash.

`flow:tcp/10.0.0.1>10.0.0.2:1521` is the subject of an edge; `flows:OBSERVER` tells when the observer looked
and what it passed over, `flows:host:NAME` which addresses a host has and what it translates.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import cast

from collectors.flows.direction import BEGAN
from collectors.flows.sightings import Address, Edge, Endpoint, edge_of
from collectors.flows.tally import Count, Row, Tally, blocks_of, blocks_text
from collectors.flows.translations import Translations
from collectors.flows.watching import Watch
from collectors.outcome import Run
from qianyun.estate.observation import Observation, Value
from qianyun.estate.targets import Target

EDGE, OBSERVER, HOST = "flow:", "flows:", "flows:host:"
SEEN, LOOKED, PASSED_OVER = "flow.seen.", "flow.looked", "flow.passed_over"
NOTHING = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A sampled host.

    Attributes:
        address: Under which it was asked; it stands for the inner ones.
        inner: Addresses in its containers' namespaces.
        askers: From where it was asked, and at which port.
    """

    name: str
    room: str
    address: Address
    addresses: frozenset[Address] = frozenset()
    inner: frozenset[Address] = frozenset()
    askers: frozenset[tuple[Address, int]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One edge as one observer saw it in one run."""

    edge: Edge
    observer: str
    count: Count
    block_s: int
    run: str
    source: str
    raw_sha256: str


@dataclass(slots=True)
class Evidence:
    """All that was seen.

    Attributes:
        looked: When each observer looked, by observer and length of a stretch.
        translations: By the host that translates; the empty name for others.
    """

    seen: list[Seen] = field(default_factory=list)
    hosts: dict[str, Host] = field(default_factory=dict)
    looked: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    translations: dict[str, Translations] = field(default_factory=dict)
    passed_over: dict[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> Mapping[str, int]:
        """For how long each observer looked."""
        found: dict[str, int] = {}
        for (observer, block_s), blocks in self.looked.items():
            found[observer] = found.get(observer, 0) + block_s * len(blocks)
        return found


def host_observations(target: Target, watch: Watch, run: Run, at: datetime) -> tuple[Observation, ...]:
    """All that is worth keeping of a sampled host; nothing of one that never answered."""
    if not watch.samples:
        return ()
    facts: dict[str, Value] = {
        "flow.target": target.name,
        "flow.room": target.room,
        "flow.address": target.address,
        "flow.addresses": tuple(sorted(map(str, watch.addresses))),
        "flow.inner": tuple(sorted(map(str, watch.inner))),
        "flow.askers": tuple(sorted((str(address), port) for address, port in watch.askers)),
        "flow.samples": watch.samples,
        "flow.unread": watch.unread,
        "flow.hidden": watch.is_hidden,
        "flow.translations": watch.translations.to_rows(),
    }
    told = [_note(f"{HOST}{target.name}", name, value, watch.sockets, run, at) for name, value in facts.items()]
    tallies = [watch.sockets, *([watch.conntrack] if watch.conntrack.looked else [])]
    return (*told, *(each for tally in tallies for each in tally_observations(tally, run, at)))


def tally_observations(
    tally: Tally, run: Run, at: datetime, translations: Translations | None = None
) -> Iterator[Observation]:
    """What an observer saw, edge by edge."""
    about: dict[str, Value] = {
        LOOKED: (tally.block_s, blocks_text(tally.looked)),
        PASSED_OVER: tuple(sorted(tally.passed_over.items())),
    }
    if translations is not None:
        about["flow.translations"] = translations.to_rows()
    for name, value in about.items():
        yield _note(f"{OBSERVER}{tally.observer}", name, value, tally, run, at)
    for edge, count in tally.counts.items():
        row: Value = (*count.to_row(), tally.block_s)
        seen_at = datetime.fromtimestamp(count.last, UTC) if count.last else at
        yield _note(f"{EDGE}{edge}", f"{SEEN}{tally.observer}", row, tally, run, seen_at)


def _note(  # noqa: PLR0917 - the columns of a note
    subject: str, attribute: str, value: Value, tally: Tally, run: Run, at: datetime
) -> Observation:
    return Observation(
        subject=subject,
        attribute=attribute,
        value=value,
        source=tally.source,
        raw_sha256=tally.digest,
        seen_at=at,
        run=run.id,
    )


def evidence_of(observations: Iterable[Observation]) -> Evidence:
    """What observations say of flows; others are passed over."""
    evidence = Evidence()
    about: dict[str, dict[str, Value]] = {}
    for each in observations:
        if each.subject.startswith(EDGE) and each.attribute.startswith(SEEN):
            evidence.seen.append(_seen(each))
        elif each.subject.startswith(OBSERVER):
            about.setdefault(each.subject, {})[each.attribute] = each.value
            _looked(evidence, each)
    for subject, facts in about.items():
        is_host = subject.startswith(HOST)
        rows = cast("tuple[tuple[object, ...], ...]", facts.get("flow.translations", ()))
        if rows:
            name = subject.removeprefix(HOST) if is_host else NOTHING
            evidence.translations.setdefault(name, Translations()).add(Translations.from_rows(rows))
        if is_host:
            host = _host(facts)
            evidence.hosts[host.name] = host
    return evidence


def _seen(each: Observation) -> Seen:
    *row, block_s = cast("tuple[int, int, int, float, float, float, bool, str, int]", each.value)  # what we wrote above
    return Seen(
        edge=edge_of(each.subject.removeprefix(EDGE)),
        observer=each.attribute.removeprefix(SEEN),
        count=Count.from_row(cast("Row", tuple(row))),
        block_s=block_s,
        run=each.run,
        source=each.source,
        raw_sha256=each.raw_sha256,
    )


def _looked(evidence: Evidence, each: Observation) -> None:
    if each.attribute == LOOKED:
        block_s, blocks = cast("tuple[int, str]", each.value)
        key = (each.subject.removeprefix(OBSERVER), block_s)
        evidence.looked.setdefault(key, set()).update(blocks_of(blocks))
    elif each.attribute == PASSED_OVER:
        for reason, count in cast("tuple[tuple[str, int], ...]", each.value):
            evidence.passed_over[reason] = evidence.passed_over.get(reason, 0) + count


def _host(facts: Mapping[str, Value]) -> Host:
    return Host(
        name=str(facts["flow.target"]),
        room=str(facts["flow.room"]),
        address=ip_address(str(facts["flow.address"])),
        addresses=frozenset(map(ip_address, cast("tuple[str, ...]", facts["flow.addresses"]))),
        inner=frozenset(map(ip_address, cast("tuple[str, ...]", facts["flow.inner"]))),
        askers=frozenset(
            (ip_address(address), port) for address, port in cast("tuple[tuple[str, int], ...]", facts["flow.askers"])
        ),
    )


def services_from(evidence: Evidence) -> dict[tuple[str, Endpoint], float]:
    """Who is known to serve, and how sure that is, from all that was seen before."""
    found: dict[tuple[str, Endpoint], float] = {}
    for each in evidence.seen:
        key = (each.edge.protocol, Endpoint(each.edge.server, each.edge.port))
        if each.count.certainty >= BEGAN:
            found[key] = max(found.get(key, 0.0), each.count.certainty)
    return found
