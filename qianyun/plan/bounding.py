"""The bound while a search runs: beside it in a thread, or, where it is long, in a process of its own.

A country's bound takes as much memory as its search, and an hour's bound is not waited for by
somebody who interrupts. Both come to the same figure.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Protocol

from qianyun.plan.bound import WHOLE, lower_bound
from qianyun.plan.tables import Tables

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SHORT = 100
"""Units of work up to which a bound is waited for: ten seconds of a search."""


class Bounding(Protocol):
    """A bound that is being found."""

    def known(self) -> int | None:
        """The bound; `None` while it is not found."""

    def last(self, *, hurried: bool) -> int | None:
        """The bound, waited for; somebody who is in a hurry may go without."""


@contextmanager
def bounding(tables: Tables, work: int) -> Iterator[Bounding]:
    """Find the bound of some tables meanwhile; what is not found when the block ends is given up.

    Tables go to the other process column by column: all at once would be a copy of them, twice.
    """
    if len(tables.size) <= WHOLE and work <= SHORT:
        with ThreadPoolExecutor(1) as pool:
            yield _Thread(pool, tables, work)
        return
    process = _Process(tables, work)
    try:
        yield process
    finally:
        process.end()


class _Thread:
    def __init__(self, pool: ThreadPoolExecutor, tables: Tables, work: int) -> None:
        self.found = pool.submit(lower_bound, tables, work)

    def known(self) -> int | None:
        return self.found.result() if self.found.done() else None

    def last(self, *, hurried: bool) -> int | None:  # noqa: ARG002 - it is soon there
        return self.found.result()


class _Process:
    def __init__(self, tables: Tables, work: int) -> None:
        self.tables, self.work = tables, work
        self.found: int | None = None
        context = get_context("spawn")
        self.answer, other = context.Pipe()
        self.process = context.Process(target=_tell, args=(other, work), daemon=True)
        self.process.start()
        other.close()
        with suppress(ConnectionError):  # it died; `_read` will notice
            for column in tables:
                self.answer.send(column)

    def known(self) -> int | None:
        if self.found is None and self.answer.poll():
            self._read()
        return self.found

    def last(self, *, hurried: bool) -> int | None:
        if self.known() is None and not hurried:
            self._read()
        return self.found

    def _read(self) -> None:
        """What it tells; where it died, for want of memory say, it is done here after all."""
        try:
            self.found = self.answer.recv()
        except (EOFError, ConnectionError):
            self.found = lower_bound(self.tables, self.work)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.answer.close()


def _tell(asked: "Connection[int, Any]", work: int) -> None:
    """The work of that process: columns of every type come, one figure goes. Ctrl-C means the search, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tables = Tables(*(asked.recv() for _column in Tables._fields))
    asked.send(lower_bound(tables, work))
