"""Intake: letters from the rooms go into the store, each once for ever, a parcel whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from collectors.reach.keys import OpeningKey
from collectors.reach.letters import Letter
from collectors.reach.parcel import Parcel, unpack
from collectors.seen import UNHEARD, RoomSummary, devices, room_summary
from qianyun.errors import Fault, ReadError
from qianyun.estate.trust import Trust
from qianyun.store import Delivery, Store
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a parcel brought.

    Attributes:
        known: Letters that had come before.
        summary: The run in numbers, when it ends with this parcel.
    """

    room: str
    run: str
    letters: int
    known: int
    observations: int
    summary: RoomSummary | None = None


def take_in(store: Store, parcel: Parcel, collector: str) -> Taken:
    """Take in what is new of a parcel, in one transaction.

    Raises:
        StoreError: A letter contradicts what its run said before; nothing is taken in.
    """
    fresh = set(store.receive(_delivery(each, collector) for each in parcel.letters))
    return _taken(parcel, fresh, store)


def ingest(path: Path, trust: Trust, key: OpeningKey, store: Store) -> Taken:
    """Take in a bundle that was carried.

    Raises:
        ReadError: It cannot be believed, or was taken in before; nothing of it is taken in.
        StoreError: It contradicts what its run said before; nothing of it is taken in.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise ReadError(Fault(place=str(path), what=_("cannot be read: {why}").format(why=error.strerror))) from error
    parcel = unpack(octets, trust, key, path.name)
    receipt = f"parcel/{parcel.id}"
    before = store.received_at(receipt)
    if before is not None:
        what = _("it was taken in on {day}; a bundle is taken in once").format(day=f"{before:%Y-%m-%d %H:%M} UTC")
        raise ReadError(Fault(place=path.name, what=what))
    whole = [_delivery(each, "bundle") for each in parcel.letters]
    run = parcel.letters[0].run
    whole.append(Delivery(message=receipt, run=run.id, collector="bundle", started_at=run.began_at))
    return _taken(parcel, set(store.receive(whole)), store)


def _delivery(letter: Letter, collector: str) -> Delivery:
    return Delivery(
        message=letter.name,
        run=letter.run.id,
        collector=collector,
        started_at=letter.run.began_at,
        observations=letter.observations,
        summary=None if letter.counts is None else {**letter.counts, "room": letter.room, "reasons": letter.reasons},
    )


def _taken(parcel: Parcel, fresh: set[str], store: Store) -> Taken:
    end = next((each for each in parcel.letters if each.is_end and each.name in fresh), None)
    new = [each for each in parcel.letters if each.name in fresh]
    return Taken(
        room=parcel.room,
        run=parcel.letters[0].run.id if parcel.letters else "",
        letters=len(new),
        known=len(parcel.letters) - len(new),
        observations=sum(len(each.observations) for each in new),
        summary=_summary(end, store) if end else None,
    )


def _summary(end: Letter, store: Store) -> RoomSummary:
    latest = store.latest(attribute="device.")
    return room_summary(
        end.room,
        counts=end.counts or {},
        unheard={target for target, state, _why in end.reasons if state in UNHEARD},
        reasons=tuple((target, why) for target, _state, why in end.reasons),
        now=devices(each for each in latest if each.run == end.run.id),
        earlier=devices(store.latest(attribute="device.", until=end.run.began_at)),
    )
