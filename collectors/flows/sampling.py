"""Sampling: every Linux server of the manifest is asked for its sockets at least every 50 seconds, many side by side.

A TCP connection rests in TIME-WAIT for 60 seconds on the side that closed it first (TCP_TIMEWAIT_LEN of
Linux), so samples that are closer than that show every connection, however short, that a sampled host
closed; one that an unsampled end closed is seen while it lasts. Each host keeps one SSH session while it
is sampled. What was seen is on disk after every sample: a kill loses one sample of a host at most, and
what resumes asks only for the samples that are missing.
"""

import asyncio
import hashlib
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from collectors import ssh
from collectors.credentials import Login
from collectors.flows.sockets import read_answer
from collectors.flows.sockets_script import SCRIPT, is_whole
from collectors.flows.tally import BLOCK_S
from collectors.flows.watching import Watch
from collectors.gentle import TokenBucket
from collectors.host_keys import ChangedHostKeyError, HostKeys, UnknownHostError, host_name
from collectors.outcome import State
from collectors.run import RoomUnderWay, choose_rooms, enrolled_keys, resolve_credentials
from qianyun.estate.targets import Manifest, Profile, RoomTargets, Target, Transport
from qianyun.words import _

LONGEST_EVERY_S = 50.0
THREADS = 64
KEPT_OPEN = 200
"""Up to so many hosts, each keeps its session between samples; with more, each sample has one of its own."""

FAULTS = (UnknownHostError, ChangedHostKeyError, ssh.CommandError, OSError, EOFError, paramiko.SSHException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often and how long.

    Attributes:
        block_s: Stretch of time that counts as one occasion of the coverage.
    """

    every_s: float = LONGEST_EVERY_S
    lasts_s: float
    block_s: int = BLOCK_S

    @property
    def samples(self) -> int:
        """How often each host is asked, at least once."""
        return max(1, math.ceil(self.lasts_s / self.every_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What became of one host.

    Attributes:
        reasons: Why some samples are missing, each reason once.
    """

    target: Target
    state: State
    watch: Watch
    reasons: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


Told = Callable[[Target, Watch], None]


def sampled_targets(room: RoomTargets) -> tuple[Target, ...]:
    """The targets of a room whose sockets can be read: Linux over SSH, and not to be left alone."""
    return tuple(
        each
        for each in room.targets
        if each.transport is Transport.SSH and each.profile is Profile.LINUX and room.may_touch(each)
    )


def sample(
    manifest: Manifest,
    schedule: Schedule,
    folder: Path,
    *,
    rooms: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    told: Told = lambda _target, _watch: None,
    now: Callable[[], datetime] = datetime.now,
) -> tuple[Sampled, ...]:
    """Sample all Linux servers of the manifest, or of some of its rooms, in the manifest's order.

    Args:
        manifest: What may be asked.
        schedule: How often and how long.
        folder: Where each host's tally is kept after each sample; what it holds already is gone on with.
        rooms: Names of rooms; all when empty.
        environment: Instead of the process's own, for credentials.
        told: Called after each sample.
        now: Local time, for the rooms' windows.

    Raises:
        DeclarationError: A room is unknown, or credentials or host keys cannot be resolved; says all.
    """
    chosen = [replace(room, targets=sampled_targets(room)) for room in choose_rooms(manifest, rooms)]
    credentials = resolve_credentials(manifest, chosen, environment)
    logins = {name: each for name, each in credentials.items() if isinstance(each, Login)}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = _Work(
        schedule=schedule, folder=folder, logins=logins, keys=enrolled_keys(manifest, chosen), told=told, now=now
    )
    return asyncio.run(work.all_of(chosen))


@dataclass(slots=True, kw_only=True)
class _Link:
    """The way to one host; open from its first sample on."""

    target: Target
    login: Login
    keys: HostKeys
    stays_open: bool
    _open: ExitStack = field(default_factory=ExitStack)
    _transport: paramiko.Transport | None = None
    _is_old: bool = False

    def ask(self) -> str:
        """One answer of the script; blocks."""
        try:
            output = self._asked()
        except FAULTS:
            self.close()
            raise
        if not self.stays_open:
            self.close()
        if not is_whole(output):
            raise ssh.CommandError(_("the script did not run to its end"))
        return output

    def _asked(self) -> str:
        if self._transport is not None and not self._transport.is_active():
            self.close()  # the line was cut, or the host was started anew, since the last sample
        if self._transport is None and not self._is_old:
            try:
                self._transport = self._open.enter_context(ssh.session(self.target, self.login, self.keys))
            except IncompatiblePeer:
                if not self.target.allows_sha1:
                    raise
                self._is_old = True
        if self._transport is None:
            return ssh.run_script_of_old(self.target, self.login, self.keys, SCRIPT)
        return ssh.run_script(self._transport, SCRIPT)

    def close(self) -> None:
        """Let go of the session."""
        self._transport = None
        self._open.close()


@dataclass(slots=True, kw_only=True)
class _Work:
    """One sampling under way."""

    schedule: Schedule
    folder: Path
    logins: Mapping[str, Login]
    keys: HostKeys
    told: Told
    now: Callable[[], datetime]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "sampling"))

    async def all_of(self, rooms: Sequence[RoomTargets]) -> tuple[Sampled, ...]:
        """All hosts, spread over the time between two samples so that no room is asked all at once."""
        pairs = [(RoomUnderWay(declared=room, bucket=TokenBucket(room.rate_per_s)), room.targets) for room in rooms]
        count = sum(len(targets) for _room, targets in pairs)
        with self.threads:
            hosts = [
                self._host(
                    room, target, place / max(1, len(targets)) * self.schedule.every_s, stays_open=count <= KEPT_OPEN
                )
                for room, targets in pairs
                for place, target in enumerate(targets)
            ]
            return tuple(await asyncio.gather(*hosts))

    async def _host(self, room: RoomUnderWay, target: Target, offset_s: float, *, stays_open: bool) -> Sampled:
        watch = self._begun(target)
        reasons: dict[str, None] = {}
        findings: dict[str, None] = {}
        state = State.SKIPPED
        pace = room.pace()
        link = _Link(target=target, login=self.logins[target.credential], keys=self.keys, stays_open=stays_open)
        for moment in self._moments(watch, offset_s):
            await asyncio.sleep(max(0.0, moment - time.monotonic()))
            why = room.forbids(target, self.now())
            if not why:
                await pace.take()
                state, why, finding = await self._once(link, watch)
                if state in (State.FOUND, State.SILENT):
                    room.breaker.heard(is_silent=state is State.SILENT)
                findings |= dict.fromkeys(filter(None, [finding]))
            reasons |= dict.fromkeys(filter(None, [why]))
            watch.attempts += 1
            self._keep(target, watch)
            self.told(target, watch)
            if findings:
                break
        await asyncio.get_running_loop().run_in_executor(self.threads, link.close)
        whole = State.FOUND if watch.samples >= self.schedule.samples else State.PARTIAL
        return Sampled(
            target=target,
            state=whole if watch.samples else state,
            watch=watch,
            reasons=(*reasons, *_limits(watch)),
            findings=tuple(findings),
        )

    def _moments(self, watch: Watch, offset_s: float) -> Iterator[float]:
        """When to ask; a moment that passed while the host was slow is not made up for."""
        moment = time.monotonic() + min(offset_s, self.schedule.every_s)
        while watch.attempts < self.schedule.samples:
            yield moment
            moment = max(moment + self.schedule.every_s, time.monotonic())

    async def _once(self, link: _Link, watch: Watch) -> tuple[State, str, str]:
        """Ask once and take the answer in; state, reason and finding."""
        try:
            output = await asyncio.get_running_loop().run_in_executor(self.threads, link.ask)
        except FAULTS as error:
            return ssh.excuse(error, link.target, f"{host_name(*link.target.endpoint)}/tcp")
        watch.take(read_answer(output), time.time(), hashlib.sha256(output.encode()).hexdigest())
        return State.FOUND, "", ""

    def _place(self, target: Target) -> Path:
        return self.folder / f"{quote(target.name, safe='')}.json"

    def _begun(self, target: Target) -> Watch:
        """What a run that was cut off knows of a host; a file that cannot be read counts as none."""
        try:
            return Watch.from_text(self._place(target).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return Watch(name=target.name, block_s=self.schedule.block_s)

    def _keep(self, target: Target, watch: Watch) -> None:
        place = self._place(target)
        beside = place.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(watch.to_text())
        beside.replace(place)


def _limits(watch: Watch) -> Iterator[str]:
    """What the account could not see."""
    if watch.is_hidden:
        yield _("the host hides other users' processes (hidepid), so containers may go unseen")
    if watch.unread:
        yield _("the sockets of {n} containers could not be read").format(n=watch.unread)
