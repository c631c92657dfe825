"""Devices as observations tell them: attributes by subject, and what changed since they were last seen."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.outcome import Outcome, State
from qianyun.estate.observation import Observation, Value

IDENTIFYING = ("device.address", "device.model", "device.name", "device.serial", "device.version")
"""A device has changed when one of these has."""

UNHEARD = (State.SILENT, State.REFUSED, State.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One device.

    Attributes:
        subject: Its identity: serial, engine id, base MAC or address.
        attributes: Value by attribute.
    """

    subject: str
    attributes: Mapping[str, Value]

    def text(self, attribute: str) -> str:
        """An attribute as text; empty when it was not seen."""
        value = self.attributes.get(attribute)
        return "" if value is None else str(value)

    @property
    def target(self) -> str:
        """Name of the target that was asked."""
        return self.text("device.target")

    @property
    def room(self) -> str:
        """Room of the target that was asked."""
        return self.text("device.room")

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses, the one it was asked at first among them."""
        own = {name.removeprefix("address.") for name in self.attributes if name.startswith("address.")}
        return frozenset({*own, self.text("device.address")} - {"", "127.0.0.1", "::1"})


def devices(observations: Iterable[Observation]) -> tuple[Seen, ...]:
    """Observations by device, in the order of their first mention; the last value of an attribute wins."""
    found: dict[str, dict[str, Value]] = {}
    for observation in observations:
        found.setdefault(observation.subject, {})[observation.attribute] = observation.value
    return tuple(Seen(subject=subject, attributes=attributes) for subject, attributes in found.items())


def of_targets(observations: Sequence[Observation], targets: Collection[str]) -> tuple[Observation, ...]:
    """What is known of the devices that these targets reached last."""
    subjects = {each.subject for each in observations if each.attribute == "device.target" and each.value in targets}
    return tuple(each for each in observations if each.subject in subjects)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSummary:
    """One room of one run, in numbers.

    Attributes:
        found: Devices that answered, wholly or in part.
        gone: Devices seen here before that this run did not see, though nothing there was silent in their place.
    """

    room: str
    found: int
    new: int
    changed: int
    gone: int
    refused: int
    silent: int
    skipped: int
    reasons: tuple[tuple[str, str], ...]
    """Target and why, for all that are not simply found."""


def summarise(outcomes: Sequence[Outcome], before: Iterable[Observation]) -> tuple[RoomSummary, ...]:
    """Numbers by room, in the order of the outcomes.

    Args:
        outcomes: Of one run.
        before: The latest observations of earlier runs.
    """
    earlier = devices(before)
    rooms = dict.fromkeys(outcome.target.room for outcome in outcomes)
    return tuple(_summary(room, [o for o in outcomes if o.target.room == room], earlier) for room in rooms)


def _summary(room: str, outcomes: Sequence[Outcome], earlier: Sequence[Seen]) -> RoomSummary:
    return room_summary(
        room,
        counts=Counter(str(outcome.state) for outcome in outcomes),
        unheard={o.target.name for o in outcomes if o.state in UNHEARD},
        reasons=tuple((o.target.name, reason) for o in outcomes for reason in o.reasons),
        now=devices(observation for outcome in outcomes for observation in outcome.observations),
        earlier=earlier,
    )


def room_summary(
    room: str,
    *,
    counts: Mapping[str, int],
    unheard: Collection[str],
    reasons: tuple[tuple[str, str], ...],
    now: Sequence[Seen],
    earlier: Sequence[Seen],
) -> RoomSummary:
    """One room of one run in numbers.

    Args:
        room: Its name.
        counts: Outcomes by state.
        unheard: Targets that told nothing, so that nobody can say what became of their devices.
        reasons: Target and why, for all that are not simply found.
        now: The devices of this run.
        earlier: The devices as they were known before it, of all rooms.
    """
    known = {seen.subject: seen for seen in earlier}
    present = {seen.subject for seen in now}
    return RoomSummary(
        room=room,
        found=counts.get(State.FOUND, 0) + counts.get(State.PARTIAL, 0),
        new=sum(seen.subject not in known for seen in now),
        changed=sum(_has_changed(known.get(seen.subject), seen) for seen in now),
        gone=sum(s.room == room and s.subject not in present and s.target not in unheard for s in earlier),
        refused=counts.get(State.REFUSED, 0),
        silent=counts.get(State.SILENT, 0),
        skipped=counts.get(State.SKIPPED, 0),
        reasons=reasons,
    )


def _has_changed(before: Seen | None, after: Seen) -> bool:
    return before is not None and any(before.text(name) != after.text(name) for name in IDENTIFYING)
