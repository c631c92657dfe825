"""Hosts a second over SSH, 50 at once: our collector, and paramiko driven by hand for the same script."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import paramiko
from ssh_load import USER, WORD, server

from collectors import ssh
from collectors.credentials import Login, Secret
from collectors.host_keys import HostKeys, host_name
from collectors.linux_script import COMMAND, SCRIPT
from collectors.outcome import State
from collectors.run import new_run
from qianyun.estate.targets import Target, Transport

HOSTS, AT_ONCE, ROUNDS = 200, 50, 8


def _rate(ask: Callable[[int], bool]) -> float:
    """Hosts a second in the quickest of some rounds; one that fails ends the benchmark."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return max(_round(threads, ask) for _number in range(ROUNDS))


def _round(threads: ThreadPoolExecutor, ask: Callable[[int], bool]) -> float:
    began = time.monotonic()
    if not all(threads.map(ask, range(HOSTS))):
        raise SystemExit("a host was not asked to the end")
    return HOSTS / (time.monotonic() - began)


def ours() -> float:
    """Hosts a second of our collector: host key, log-in, script, observations."""
    run, login = new_run(), Login(user=USER, password=Secret(WORD))
    with server() as (port, key):
        target = Target(name="h", room="r", address="127.0.0.1", port=port, transport=Transport.SSH, credential="ops")
        keys = HostKeys({host_name("127.0.0.1", port): (key,)})
        return _rate(lambda _n: ssh.collect(target, login, keys, run).state is State.FOUND)


def raw() -> float:
    """Hosts a second of paramiko alone: the same script, its output thrown away."""
    with server() as (port, key):

        def ask(_number: int) -> bool:
            link = socket.create_connection(("127.0.0.1", port))
            with paramiko.Transport(link) as transport:
                transport.connect(hostkey=key, username=USER, password=WORD)
                with transport.open_session() as channel:
                    channel.exec_command(COMMAND)
                    channel.sendall(SCRIPT.encode())
                    channel.shutdown_write()
                    size = 0
                    while part := channel.recv(1 << 16):
                        size += len(part)
            return size > 0

        return _rate(ask)


BENCHMARKS = {
    "ssh-paramiko": {
        "ours": ours,
        "peer": raw,
        "peer_name": "paramiko by hand",
        "unit": "hosts/s",
        "goal": "ratio >= 0.95",
    },
}
