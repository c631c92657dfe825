"""An SSH server in a process of its own, so that only the asker's CPU counts."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import paramiko

from collectors.agents.province import ed25519_key
from collectors.agents.ssh import answering, recorded_answers
from collectors.credentials import Login, Secret

ANSWERS = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices" / "h0001-db01"
USER, WORD = "qianyun", "ssh-word-1234"


@contextmanager
def server() -> Iterator[tuple[int, paramiko.PKey]]:
    """A server in a process of its own, that answers the script from a recording."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    there.close()  # or a process that died would be waited for
    try:
        port, blob = here.recv()
        yield port, paramiko.Ed25519Key(data=blob)
    finally:
        here.send(None)
        process.join(30)


def _serve(link: Connection) -> None:
    key = ed25519_key()
    with answering(recorded_answers(ANSWERS), Login(user=USER, password=Secret(WORD)), key) as port:
        link.send((port, key.asbytes()))
        link.recv()
