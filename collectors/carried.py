"""Hosts that are reached over somebody else's connection: Ansible's, through its jump hosts.

The manifest still says who may be asked, and the fixed script is all that is asked; only the way there is
another one. What came back lies in a folder, one file a target, and is read as if we had asked ourselves.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from collectors.outcome import Outcome, Run, State
from collectors.ssh import CommandError, read_script
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.targets import Manifest, Profile, RoomTargets, Target, Transport
from qianyun.words import _

SUFFIX = ".txt"


def may_ask(manifest: Manifest, name: str, now: datetime) -> Target:
    """The target of a name, when the manifest lets it be asked by the script now.

    Raises:
        DeclarationError: It is not named, not to be touched, not now, or no Linux host.
    """
    for room in manifest.rooms:
        for target in room.targets:
            if target.name == name:
                if why := _objection(room, target, now):
                    raise DeclarationError(Fault(place=target.source, what=f"{name}: {why}"))
                return target
    known = ", ".join(sorted(target.name for target in _scripted(manifest)))
    what = _("the manifest does not name {name!r}").format(name=name)
    raise DeclarationError(
        Fault(place="collect.yml", what=what, mend=_("hosts that may be asked: {names}").format(names=known))
    )


def _objection(room: RoomTargets, target: Target, now: datetime) -> str:
    if target not in _linux(room.targets):
        return _("is asked over {transport} as {profile}, not by the script for Linux hosts").format(
            transport=target.transport, profile=target.profile
        )
    if not room.may_touch(target):
        return _("lies in a network that is not to be touched")
    if room.window is not None and not room.window.holds(now.time()):
        return _("the room is asked between {begin} and {end}").format(begin=room.window.begin, end=room.window.end)
    return ""


def carried(manifest: Manifest, folder: Path, run: Run) -> Iterator[Outcome]:
    """What a folder says of the manifest's hosts, in its order; a host without a file was not asked."""
    for room in manifest.rooms:
        for target in _linux(room.targets):
            path = folder / f"{target.name}{SUFFIX}"
            if path.exists() and room.may_touch(target):
                yield _read(path, target, run)


def _read(path: Path, target: Target, run: Run) -> Outcome:
    try:
        observations = read_script(path.read_text(encoding="utf-8", errors="replace"), target, run)
    except CommandError as error:
        return Outcome(target=target, state=State.PARTIAL, reasons=(str(error),), requests=1)
    subject = observations[0].subject
    return Outcome(target=target, state=State.FOUND, subject=subject, observations=observations, requests=1)


def _linux(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(each for each in targets if (each.transport, each.profile) == (Transport.SSH, Profile.LINUX))


def _scripted(manifest: Manifest) -> tuple[Target, ...]:
    return tuple(target for room in manifest.rooms for target in _linux(room.targets))
