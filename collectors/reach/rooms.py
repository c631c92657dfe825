"""A run inside one room: what the manifest names and is not done yet is asked, and put into the outbox.

The same for an agent and for a bundle; `collect run` at the centre calls the same collector.
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from collectors.flows.keeping import host_observations
from collectors.flows.sampling import Schedule, sample
from collectors.journal import FileJournal
from collectors.outcome import Outcome
from collectors.reach.outbox import Outbox
from collectors.run import Told, collect
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.observation import Observation
from qianyun.estate.targets import Manifest, Window
from qianyun.words import _

Seen = tuple[Observation, ...]


def name_of(room: str) -> str:
    """A room's name for servers and folders, in ASCII: `room-` and twelve digits of its digest."""
    return f"room-{hashlib.sha256(room.encode()).hexdigest()[:12]}"


def only_room(manifest: Manifest) -> str:
    """The room of a manifest that was cut for one.

    Raises:
        DeclarationError: It names several rooms, or none.
    """
    rooms = [each.room for each in manifest.rooms]
    if len(rooms) != 1:
        what = _("the manifest names {count} rooms; who stands in a room gets that room's alone").format(
            count=len(rooms)
        )
        raise DeclarationError(Fault(place="collect.yml", what=what, mend=_("qianyun collect sign --room cuts one")))
    return rooms[0]


def waits_s(window: Window | None, now: datetime) -> float:
    """Seconds until a room may be asked; none when it may be now."""
    if window is None or window.holds(now.time()):
        return 0.0
    begin = datetime.combine(now.date(), window.begin, now.tzinfo)
    if begin < now:
        begin += timedelta(days=1)
    return (begin - now).total_seconds()


def ask_room(
    manifest: Manifest,
    outbox: Outbox,
    *,
    environment: Mapping[str, str] | None = None,
    told: Told = lambda _outcome: None,
    now: Callable[[], datetime] = datetime.now,
    flows: Schedule | None = None,
) -> None:
    """Ask what is not done yet of the run in the outbox, to the run's end.

    Args:
        manifest: What may be asked.
        outbox: What is told goes here.
        environment: Instead of the process's own, for credentials.
        told: Called for each device as soon as its outcome is known.
        now: Local time, for the room's window.
        flows: How long the sockets of its Linux servers are sampled before; not at all when `None`.
    """
    if outbox.is_ended:
        return
    done = {each.target for each in outbox.settled}
    seen: dict[str, Seen] = {}

    def keep(outcome: Outcome) -> None:
        found = seen.get(outcome.target.name, ())
        if found:
            subject = outcome.subject or found[0].subject
            outcome = replace(outcome, subject=subject, observations=(*outcome.observations, *found))
        outbox.put(outcome)
        told(outcome)

    rooms = tuple(
        replace(room, targets=tuple(target for target in room.targets if target.name not in done))
        for room in manifest.rooms
    )
    if flows is not None:
        sampled = sample(replace(manifest, rooms=rooms), flows, outbox.flows, environment=environment, now=now)
        at = datetime.now(UTC)
        seen = {each.target.name: host_observations(each.target, each.watch, outbox.run, at) for each in sampled}
    with FileJournal(outbox.journal, outbox.run.id, manifest.digest, resume=True) as journal:
        collect(
            replace(manifest, rooms=rooms),
            outbox.run,
            journal=journal,
            environment=environment,
            told=keep,
            now=now,
        )
        shutil.rmtree(outbox.flows, ignore_errors=True)
        outbox.end()
