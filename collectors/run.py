"""A collection: every target of the manifest is asked once, gently, side by side; what came back, room by room.

Only what the manifest names is asked. Devices are asked side by side, each with one request in
flight; SSH sessions run in threads. Nothing that one device does ends the run.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from collectors import openstack, redfish, snmp, ssh, vsphere
from collectors.asking import Conversation
from collectors.credentials import Account, Community, Credential, Login, User, private_file, resolve
from collectors.fast_asker import FastEngine, can_ask
from collectors.gentle import Breaker, Pace, TokenBucket
from collectors.host_keys import HostKeys
from collectors.https import Round, Service, over_https
from collectors.journal import Journal, NoJournal
from collectors.outcome import Outcome, Run, State
from collectors.pysnmp_asker import PysnmpEngine
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.targets import CredentialKind, CredentialReference, Manifest, RoomTargets, Target, Transport
from qianyun.words import _

SIDE_BY_SIDE, IN_ONE_ROOM = 128, 32
"""Devices under way at a time; few in one room, so that its breaker sees silence before the rest is asked."""

SSH_THREADS = 50
SERVICES: Mapping[Transport, Service] = {
    Transport.REDFISH: redfish.ask,
    Transport.VSPHERE: vsphere.ask,
    Transport.OPENSTACK: openstack.ask,
}
"""What is asked over HTTPS, by transport."""

Told = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a run brought back, in the order of the manifest."""

    run: Run
    outcomes: tuple[Outcome, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every device that was to be asked answered."""
        return all(outcome.state in (State.FOUND, State.SKIPPED) for outcome in self.outcomes)

    def of_room(self, room: str) -> tuple[Outcome, ...]:
        """The outcomes of one room."""
        return tuple(outcome for outcome in self.outcomes if outcome.target.room == room)


def new_run(now: datetime | None = None) -> Run:
    """A run with an id that sorts by time."""
    began = now or datetime.now(UTC)
    return Run(id=f"{began:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", began_at=began)


def collect(
    manifest: Manifest,
    run: Run,
    *,
    rooms: Iterable[str] = (),
    journal: Journal | None = None,
    environment: Mapping[str, str] | None = None,
    told: Told = lambda _outcome: None,
    now: Callable[[], datetime] = datetime.now,
) -> Collection:
    """Ask every target of the manifest, or of some of its rooms.

    Args:
        manifest: What may be asked.
        run: The run that the observations name.
        rooms: Names of rooms; all when empty.
        journal: Where whole tables are remembered.
        environment: Instead of the process's own, for credentials.
        told: Called for each device as soon as its outcome is known.
        now: Local time, for the rooms' windows.

    Raises:
        DeclarationError: A room is unknown, or credentials or host keys cannot be resolved; says all.
    """
    chosen = choose_rooms(manifest, rooms)
    credentials = resolve_credentials(manifest, chosen, environment)
    keys = enrolled_keys(manifest, chosen)
    work = _Work(run=run, credentials=credentials, keys=keys, journal=journal or NoJournal(), told=told, now=now)
    return Collection(run=run, outcomes=asyncio.run(work.ask(chosen)))


def choose_rooms(manifest: Manifest, names: Iterable[str]) -> tuple[RoomTargets, ...]:
    """The rooms of these names, in the manifest's order; all when there are no names.

    Raises:
        DeclarationError: The manifest lacks some of them; says all.
    """
    wanted = tuple(names)
    known = {room.room for room in manifest.rooms}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise DeclarationError(
            [Fault(place="collect.yml", what=_("there is no room {room!r}").format(room=name)) for name in unknown]
        )
    return tuple(room for room in manifest.rooms if not wanted or room.room in wanted)


def resolve_credentials(
    manifest: Manifest, rooms: Sequence[RoomTargets], environment: Mapping[str, str] | None
) -> Mapping[str, Credential]:
    """The credentials that these rooms' targets use.

    Raises:
        DeclarationError: Some cannot be resolved; says all, and no secret.
    """
    used = {target.credential for room in rooms for target in room.targets}
    found: dict[str, Credential] = {}
    faults: list[Fault] = []
    for name, reference in manifest.credentials.items():
        if name in used:
            try:
                found[name] = _credential(reference, manifest.folder, environment)
            except DeclarationError as error:
                faults += error.faults
    if faults:
        raise DeclarationError(faults)
    return found


def _credential(reference: CredentialReference, folder: Path, environment: Mapping[str, str] | None) -> Credential:
    settings = reference.settings
    hidden = {field: resolve(text, reference.source, folder, environment) for field, text in reference.secrets.items()}
    match reference.kind:
        case CredentialKind.SNMP_V2C:
            return Community(community=hidden["community"])
        case CredentialKind.SNMP_V3:
            return User(
                name=settings["user"],
                auth=settings.get("auth", "sha256"),
                auth_password=hidden["auth_password"],
                priv=settings.get("priv", "aes128"),
                priv_password=hidden["priv_password"],
                context=settings.get("context", ""),
            )
        case CredentialKind.ACCOUNT:
            return Account(
                user=settings["user"],
                password=hidden["password"],
                project=settings.get("project", ""),
                domain=settings.get("domain", "Default"),
            )
        case CredentialKind.SSH:
            key = settings.get("key_file")
            return Login(
                user=settings["user"],
                password=hidden.get("password"),
                key_file=private_file(key, reference.source, folder) if key else None,
                passphrase=hidden.get("passphrase"),
            )


def enrolled_keys(manifest: Manifest, rooms: Sequence[RoomTargets]) -> HostKeys:
    """The host keys and certificates that somebody signed off, for rooms with targets over SSH or HTTPS.

    Raises:
        DeclarationError: There are such targets and no known hosts.
    """
    if all(target.transport is Transport.SNMP for room in rooms for target in room.targets):
        return HostKeys({})
    if manifest.known_hosts is None:
        raise DeclarationError(
            Fault(
                place="collect.yml",
                what=_("there are targets over SSH or HTTPS and no known_hosts"),
                mend=_("enrol the hosts' keys and name the file under known_hosts"),
            )
        )
    return HostKeys.read(manifest.known_hosts)


def _wait(pace: Pace, loop: asyncio.AbstractEventLoop) -> None:
    """Wait in a thread until a request is allowed."""
    asyncio.run_coroutine_threadsafe(pace.take(), loop).result()


@dataclass(slots=True, kw_only=True)
class RoomUnderWay:
    """A room under way."""

    declared: RoomTargets
    bucket: TokenBucket
    breaker: Breaker = field(default_factory=Breaker)
    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_ONE_ROOM))

    def pace(self) -> Pace:
        """The pace of one more device."""
        rate = self.declared.device_rate_per_s
        return Pace(device=TokenBucket(rate, burst=max(1.0, rate / 2)), room=self.bucket)

    def forbids(self, target: Target, now: datetime) -> str:
        """Why a target is not asked; empty when it may be."""
        if not self.declared.may_touch(target):
            return _("it is on the do-not-touch list")
        window = self.declared.window
        if window and not window.holds(now.time()):
            words = _("it is not time: the room may be asked from {begin} to {end}")
            return words.format(begin=window.begin, end=window.end)
        if not self.breaker.allows():
            return _("the room does not answer, so the rest of it was left alone")
        return ""


@dataclass(slots=True, kw_only=True)
class _Work:
    """One run under way."""

    run: Run
    credentials: Mapping[str, Credential]
    keys: HostKeys
    journal: Journal
    told: Told
    now: Callable[[], datetime]
    stack: ExitStack = field(default_factory=ExitStack)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SSH_THREADS, "ssh"))
    engines: dict[str, FastEngine | PysnmpEngine] = field(default_factory=dict)

    async def ask(self, rooms: Sequence[RoomTargets]) -> tuple[Outcome, ...]:
        """All targets, in the order given."""
        free = asyncio.Semaphore(SIDE_BY_SIDE)
        under_way = [RoomUnderWay(declared=room, bucket=TokenBucket(room.rate_per_s)) for room in rooms]
        with self.stack, self.threads:
            asking = [self._one(room, target, free) for room in under_way for target in room.declared.targets]
            return tuple(await asyncio.gather(*asking))

    async def _one(self, room: RoomUnderWay, target: Target, free: asyncio.Semaphore) -> Outcome:
        async with room.free, free:
            why = room.forbids(target, self.now())
            if why:
                outcome = Outcome(target=target, state=State.SKIPPED, reasons=(why,))
            else:
                outcome = await self._guarded(target, room.pace())
                room.breaker.heard(is_silent=outcome.state is State.SILENT)
        self.told(outcome)
        return outcome

    async def _guarded(self, target: Target, pace: Pace) -> Outcome:
        """One device's own trouble, whatever it is, stays with it; its words are left out, they may hold a secret."""
        try:
            return await self._transport(target, pace)
        except Exception as error:  # noqa: BLE001 - nothing that one device does ends the run
            why = _("it could not be understood ({kind})").format(kind=type(error).__name__)
            return Outcome(target=target, state=State.PARTIAL, reasons=(why,))

    async def _transport(self, target: Target, pace: Pace) -> Outcome:
        credential = self.credentials[target.credential]
        loop = asyncio.get_running_loop()
        if isinstance(credential, Login):
            await pace.take()
            ask = partial(ssh.collect, target, credential, self.keys, self.run, self.journal)
            return await loop.run_in_executor(self.threads, ask)
        if isinstance(credential, Account):
            of = Round(keys=self.keys, run=self.run, journal=self.journal, wait=partial(_wait, pace, loop))
            ask = partial(over_https, SERVICES[target.transport], target, credential, of)
            return await loop.run_in_executor(self.threads, ask)
        engine = self.engines.get(target.credential)
        if engine is None:
            engine = FastEngine(credential) if can_ask(credential) else PysnmpEngine(credential)
            self.stack.enter_context(engine)
            self.engines[target.credential] = engine
        conversation = Conversation(await engine.asker(*target.endpoint), pace.take)
        return await snmp.collect(target, conversation, self.run, self.journal)
