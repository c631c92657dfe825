"""Stores to test: SQLite in a file, and PostgreSQL on a server that the tests start and stop."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from qianyun.store import Store

_numbers = itertools.count()


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server of our own: a fresh cluster, a socket in its own folder, no port."""
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
            yield f"postgresql://qianyun@/postgres?host={folder}"
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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """`fresh()` gives the URL of a new, empty place for a store: a file, or a schema of its own on the server."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(_numbers)}/store.db"
    server: str = request.getfixturevalue("postgresql")

    def make() -> str:
        name = f"store_{next(_numbers)}"
        engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        engine.dispose()
        return f"{server}&options=-csearch_path%3D{name}"

    return make


@pytest.fixture
def url(fresh: Callable[[], str]) -> str:
    return fresh()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, create=True) as opened:
        yield opened
