"""OpenSSH's own server on loopback, with host and user keys made for the moment."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import paramiko

START_S, TRIES = 60, 5


@contextmanager
def sshd(
    program: str, folder: Path, key: Sequence[str] = ("ed25519",), **options: str
) -> Iterator[tuple[int, paramiko.PKey]]:
    """Let a server run while the block does; gives its port and host key. `folder` gets `user_key`, which it lets in.

    Args:
        program: Path of sshd.
        folder: For its files.
        key: Kind of the keys, as `ssh-keygen -t` takes it, and more words for it.
        options: Of sshd_config, beside those that a test needs.
    """
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", *key, "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_text((folder / "user_key.pub").read_text())
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    for _attempt in range(TRIES):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with subprocess.Popen(
            [program, "-D", "-f", "/dev/null", *_words(folder, port, options)], stderr=subprocess.DEVNULL
        ) as process:
            try:
                if _answers(port, process):
                    yield port, paramiko.PKey.from_path(str(folder / "host_key"))
                    return
            finally:
                process.terminate()
    raise RuntimeError(f"{program} did not start")


def _words(folder: Path, port: int, options: dict[str, str]) -> list[str]:
    every = {
        "Port": str(port),
        "ListenAddress": "127.0.0.1",
        "HostKey": str(folder / "host_key"),
        "AuthorizedKeysFile": str(folder / "authorized"),
        "PidFile": str(folder / "pid"),
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        **options,
    }
    return [text for name, value in every.items() for text in ("-o", f"{name}={value}")]


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    """Whether it answers before it ends; a port that somebody else took meanwhile makes it end."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
