"""SNMP agents in a process of their own, so that only the asker's CPU counts; and one table to walk."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from collectors.agents.recording import Recording
from collectors.agents.swarm import Line, swarm
from collectors.ber import COUNTER64, OCTETS, Oid, Varbind, encode_oid
from collectors.credentials import Community, Secret, User
from collectors.oids import Table

IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
TABLE = Table(name="ifXTable", first=IF_X_ENTRY, stop=(*IF_X_ENTRY[:-1], 2))
PORTS, COLUMNS, REPETITIONS = 48, 19, 25
VARBINDS = PORTS * COLUMNS
REQUESTS = VARBINDS // REPETITIONS + 1
"""What one walk of the table takes when nothing is lost."""

COMMUNITY, USER, AUTH_WORD, PRIV_WORD = "public", "bench", "authpass1234", "privpass1234"


def credential(version: str) -> Community | User:
    """`2c`, or `3` with SHA-1 and AES-128."""
    if version == "2c":
        return Community(community=Secret(COMMUNITY))
    return User(name=USER, auth="sha1", auth_password=Secret(AUTH_WORD), priv_password=Secret(PRIV_WORD))


def switch() -> Recording:
    """ifXTable of a switch with 48 ports."""
    rows: list[tuple[Oid, Varbind]] = []
    for column in range(1, COLUMNS + 1):
        for port in range(1, PORTS + 1):
            oid = (*IF_X_ENTRY, column, port)
            name = f"GigabitEthernet0/0/{port}".encode()
            value = (OCTETS, name) if column in (1, 18) else (COUNTER64, (123456789012 * port).to_bytes(8))
            rows.append((oid, Varbind(encode_oid(oid), *value)))
    return Recording.of(rows)


@contextmanager
def agents(count: int, version: str, line: Line | None = None) -> Iterator[list[int]]:
    """So many switches; gives their ports."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(there, count, version, line), daemon=True)
    process.start()
    there.close()  # or a process that died would be waited for
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join(10)


def _serve(link: Connection, count: int, version: str, line: Line | None) -> None:
    async def serve() -> None:
        recording = switch()
        named = [(f"switch{number}", recording) for number in range(count)]
        with swarm(named, credential(version), line) as ports:
            link.send(list(ports.values()))
            await asyncio.get_running_loop().run_in_executor(None, link.recv)

    asyncio.run(serve())
