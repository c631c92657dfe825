"""A PostgreSQL server of the tests' own: a fresh cluster, a socket in its own folder, no port."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _as_server() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextmanager
def running() -> Iterator[Path]:
    """The folder of its socket; user `qianyun`, database `postgres`, no password."""
    binaries = _binaries()
    if binaries is None:
        lack = "the program initdb is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{lack}, and with CI=true nothing may be skipped")
        pytest.skip(lack)
    folder = Path(tempfile.mkdtemp(prefix="qianyun-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster, prefix = folder / "cluster", _as_server()
    make = [*prefix, str(binaries / "initdb"), "-D", str(cluster), "-U", "qianyun", "-A", "trust", "-E", "UTF8", "-N"]
    subprocess.run([*make, "--locale=C.UTF-8"], cwd=folder, check=True, capture_output=True)
    settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    with folder.joinpath("log").open("w") as log:
        server = subprocess.Popen(
            [*prefix, str(binaries / "postgres"), "-D", str(cluster), *settings], cwd=folder, stderr=log, stdout=log
        )
        try:
            _wait(binaries, folder, server)
            yield folder
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            server.wait(20)
            shutil.rmtree(folder)


def _wait(binaries: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    ready = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-U", "qianyun", "-d", "postgres"]
    for _ in range(200):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        assert server.poll() is None, folder.joinpath("log").read_text()
        time.sleep(0.05)
    pytest.fail(folder.joinpath("log").read_text())
