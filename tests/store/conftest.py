"""Stores to test: SQLite in a file, and PostgreSQL on a server that the tests start and stop."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from own_postgresql import running
from sqlalchemy import create_engine, text

from qianyun.store import Store

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server of our own."""
    with running() as folder:
        yield f"postgresql://qianyun@/postgres?host={folder}"


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
