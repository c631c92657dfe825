"""Host keys and certificates for enrolment: what the hosts show, in the form of known_hosts, for somebody to sign off.

Nothing is enrolled by this; a person compares the fingerprints over another way and puts the lines
into the estate's file. Hosts that are enrolled already are left out, even when they show another key.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import paramiko

from collectors import old_ssh
from collectors.host_keys import CERTIFICATE, HostKeys, UnknownHostError, host_name
from collectors.https import shown_certificate
from collectors.ssh import shown_key
from qianyun.estate.targets import TLS, Manifest, RoomTargets, Target, Transport
from qianyun.words import _

THREADS = 20


def shown_keys(
    manifest: Manifest, rooms: Sequence[RoomTargets], now: Callable[[], datetime] = datetime.now
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Lines for known_hosts, each with its fingerprint as a comment, and the targets that showed none and why.

    Rooms outside their hours are left alone, as in a run.
    """
    path = manifest.known_hosts
    keys = HostKeys.read(path) if path is not None and path.is_file() else HostKeys({})
    wanted = [
        target
        for room in rooms
        if room.window is None or room.window.holds(now().time())
        for target in room.targets
        if target.transport is not Transport.SNMP and room.may_touch(target) and not _is_enrolled(keys, target)
    ]
    with ThreadPoolExecutor(THREADS) as threads:
        shown = list(threads.map(_shown, wanted))
    lines = tuple(line for line, _why in shown if line)
    silent = tuple((target.name, why) for target, (line, why) in zip(wanted, shown, strict=True) if not line)
    early = tuple(
        (room.room, _("it is not time: the room may be asked from {begin} to {end}").format(begin=w.begin, end=w.end))
        for room in rooms
        if (w := room.window) and not w.holds(now().time())
    )
    return lines, (*silent, *early)


def _is_enrolled(keys: HostKeys, target: Target) -> bool:
    try:
        (keys.digests_of if target.transport in TLS else keys.of)(*target.endpoint)
    except UnknownHostError:
        return False
    return True


def _key(target: Target) -> paramiko.PKey:
    try:
        return shown_key(target)
    except paramiko.ssh_exception.IncompatiblePeer:
        if not target.allows_sha1:
            raise
        return old_ssh.shown_key(target)


def _shown(target: Target) -> tuple[str, str]:
    """The line, or why there is none."""
    host = host_name(*target.endpoint)
    try:
        if target.transport in TLS:
            return f"{host} {CERTIFICATE} {shown_certificate(target.endpoint)} {target.name}", ""
        key = _key(target)
    except (OSError, EOFError, paramiko.SSHException) as error:
        return "", str(error) or type(error).__name__
    return f"{host} {key.get_name()} {key.get_base64()} {target.name} {key.fingerprint}", ""
