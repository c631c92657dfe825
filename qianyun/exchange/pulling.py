"""Pulling: what stands ready at a channel's source, each piece whole or not at all.

A file is taken once it has not changed for the declared time and did not change while it was read. What an
other host offers is mirrored first (rsync resumes a file where it stopped), then read from the mirror. An
extract is one query in one statement, whose end is remembered with the parcel that carries it.
"""

import csv
import io
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qianyun.errors import UnreachableError
from qianyun.exchange.checking import MIB
from qianyun.exchange.parcel import beginning
from qianyun.exchange.settings import Settings
from qianyun.policy.channels import Channel, SourceKind
from qianyun.words import _

PATIENCE_S = 20
"""Until another host has answered at all."""

LONGEST_S = 3600
"""For one transfer; what it brought so far is kept."""

Stamped = Callable[[str], str | None]
"""What a source's file looked like last time, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that was pulled.

    Attributes:
        stamp: How its source looks; another stamp is another file.
        mark: Where an extract ends; empty for files.
    """

    name: str
    stamp: str
    content: bytes
    mark: str = ""


def found(channel: Channel, settings: Settings, stamped: Stamped, mark: str | None) -> Iterator[Found]:
    """What a source holds that has not been dealt with, in the order of names.

    Raises:
        UnreachableError: The source does not answer, or refuses.
    """
    match channel.pull.kind:
        case SourceKind.FOLDER:
            return files(Path(channel.pull.path), channel, stamped)
        case SourceKind.RSYNC:
            return files(_mirrored(channel, settings), channel, stamped)
        case SourceKind.POSTGRESQL:
            return _extract(channel, settings, mark or channel.pull.begins_with)


def files(folder: Path, channel: Channel, stamped: Stamped) -> Iterator[Found]:
    """Files of a folder that have settled, and are not as they were seen last."""
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UnreachableError(_("{path}: {why}").format(path=folder, why=error.strerror)) from error
    for name in names:
        path = folder / name
        before = _stamp(path)
        if before is None or before == stamped(name) or not _has_settled(path, channel.pull.settled_s):
            continue
        content = _content(path, channel.most_mib * MIB + 1)
        if content is not None and _stamp(path) == before:
            yield Found(name=name, stamp=before, content=content)


def _content(path: Path, most: int) -> bytes | None:
    """Nothing, if the file is taken away meanwhile; one byte too many tells that it is too large."""
    try:
        return beginning(path, most)
    except OSError:
        return None


def _stamp(path: Path) -> str | None:
    """How a plain file looks; `None` for anything else."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return None
    return f"{seen.st_size} {seen.st_mtime_ns}" if stat.S_ISREG(seen.st_mode) else None


def _has_settled(path: Path, seconds: int) -> bool:
    return abs(time.time() - path.stat().st_mtime) >= seconds


def ssh(settings: Settings, port: int) -> list[str]:
    """The program ssh with this side's key, which believes known hosts only."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(settings.keys / "known_hosts"),
        "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "ConnectTimeout": str(PATIENCE_S),
        "ServerAliveInterval": "10",
        "LogLevel": "ERROR",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "/dev/null", "-i", str(settings.keys / "ssh.key"), "-p", str(port or 22), *given]


def _mirrored(channel: Channel, settings: Settings) -> Path:
    pull, mirror = channel.pull, settings.home / "mirror" / channel.name
    mirror.mkdir(mode=0o700, parents=True, exist_ok=True)
    host = f"[{pull.address}]" if ":" in pull.address else pull.address
    command = [
        "rsync", "--dirs", "--times", "--delete", "--no-links", "--no-devices", "--no-specials",
        "--partial-dir=.partial", f"--max-size={channel.most_mib * MIB + 1}", f"--timeout={PATIENCE_S}",
        f"--rsh={' '.join(ssh(settings, pull.port))}", f"{pull.user}@{host}:{pull.path.rstrip('/')}/", f"{mirror}/",
    ]  # fmt: skip
    run(command, channel.name)
    return mirror


def _extract(channel: Channel, settings: Settings, since: str) -> Iterator[Found]:
    pull = channel.pull
    command = [
        "psql", "--no-psqlrc", "--quiet", "--csv", "--set=ON_ERROR_STOP=1", f"--set=since={since}",
        f"--host={pull.address}", f"--port={pull.port or 5432}", f"--username={pull.user}", f"--dbname={pull.database}",
        "--no-password", "--file=-",
    ]  # fmt: skip
    environment = {**os.environ, "PGPASSFILE": str(settings.keys / "pgpass"), "PGCONNECT_TIMEOUT": str(PATIENCE_S)}
    content = run(command, channel.name, asked=pull.query.encode(), environment=environment)
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    if rows:
        mark = rows[-1].get(pull.cursor) or ""
        yield Found(name=f"{channel.name}-{_plain(mark)}.csv", stamp=mark, content=content, mark=mark)


def _plain(mark: str) -> str:
    """A mark as part of a file's name."""
    return "".join(character if character.isalnum() else "-" for character in mark)


def run(command: list[str], name: str, asked: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
    """What a program says.

    Raises:
        UnreachableError: It is not there, it failed, or it took too long; says the end of what it said.
    """
    try:
        done = subprocess.run(
            command, input=asked, env=environment, capture_output=True, check=False, timeout=LONGEST_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreachableError(_("{name}: {why}").format(name=name, why=error)) from error
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip()[-500:] or str(done.returncode)
        raise UnreachableError(_("{name}: {why}").format(name=name, why=why))
    return done.stdout
