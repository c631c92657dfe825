"""The database under the store: SQLite that keeps what it acknowledged, or PostgreSQL by URL.

SQLite runs in WAL mode with `synchronous=FULL`: a commit that returned survives the loss of
power. A writer takes the one write lock when it begins, on either database, so that what it
reads is still true when it writes, and nobody is ever told that the database is locked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from qianyun.errors import Fault, StoreError
from qianyun.words import _

LOCK_WAIT_S = 60
WRITERS_LOCK = 0x7169616E
"""PostgreSQL's advisory lock that writers hold, one at a time."""


class Database:
    """Connections to one database, for reading and for writing."""

    def __init__(self, url: str) -> None:
        """Take a URL such as `sqlite:///state/province.db`; nothing is opened yet.

        Raises:
            StoreError: The URL is none, or names a database that the store is not kept in.
        """
        self._url = _parsed(url)
        self._engine = _engine(self._url)

    @property
    def place(self) -> str:
        """The URL without its password, for messages."""
        return self._url.set(drivername=self._url.get_backend_name()).render_as_string(hide_password=True)

    @property
    def is_missing(self) -> bool:
        """Whether it is a SQLite file that is not there; opening it would make it."""
        path = _file(self._url)
        return path is not None and not path.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view: what others commit meanwhile is not seen."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone among writers; all of it is kept, or nothing."""
        with self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        isolation = {} if self._url.get_backend_name() == "sqlite" or writes else {"isolation_level": "REPEATABLE READ"}
        try:
            with self._engine.execution_options(writes=writes, **isolation).begin() as connection:
                if writes and connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITERS_LOCK})
                yield connection
        except SQLAlchemyError as error:
            what = _("the database refuses: {error}").format(error=_reason(error))
            raise StoreError(Fault(place=self.place, what=what)) from error

    def make_place(self) -> None:
        """Make the folder of a SQLite file."""
        path = _file(self._url)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _parsed(url: str) -> URL:
    known = _("use sqlite:///file.db or postgresql://user@host/name")
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(Fault(place=url, what=_("is no database URL"), mend=known)) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        what = _("the store is kept in SQLite or PostgreSQL")
        raise StoreError(Fault(place=parsed.render_as_string(), what=what, mend=known))
    if parsed.get_backend_name() == "sqlite":
        return parsed
    if find_spec("psycopg") is None:
        mend = _("install the extra: pip install 'qianyun[postgresql]'")
        raise StoreError(Fault(place=parsed.render_as_string(), what=_("the driver psycopg is missing"), mend=mend))
    return parsed.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None  # we say BEGIN ourselves, so that DDL is part of the transaction
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _file(url: URL) -> Path | None:
    """The file of a SQLite database; `None` for one in memory, and for PostgreSQL."""
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if is_file else None


def _reason(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())
