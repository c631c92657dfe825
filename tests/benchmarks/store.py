"""How fast the store takes facts in: 50,000 of them, beside the bare driver writing the same rows."""

import sqlite3
import tempfile
import time
from dataclasses import replace

from ledger_facts import estate_of

from qianyun.estate.facts import Server
from qianyun.estate.identity import key_of, kind_of
from qianyun.estate.kinds import Environment
from qianyun.estate.text import text_of
from qianyun.store import Store

COUNT = 50_000


def new() -> float:
    facts = estate_of(COUNT)
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/store.db", create=True) as store:
        started = time.perf_counter()
        store.upsert(facts, who="bench", why="speed", source="made")
        return time.perf_counter() - started


def changed() -> float:
    facts = estate_of(COUNT)
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/store.db", create=True) as store:
        store.upsert(facts, who="bench", why="speed", source="made")
        other = [replace(fact, environment=Environment.TEST) if isinstance(fact, Server) else fact for fact in facts]
        started = time.perf_counter()
        store.upsert(other, who="bench", why="speed", source="made")
        return time.perf_counter() - started


def bare_driver() -> float:
    """The same text into one table without comparing, merging or keeping a history."""
    facts = estate_of(COUNT)
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/bare.db")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE fact (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))")
        started = time.perf_counter()
        rows = [(kind_of(fact).name, key_of(fact), text_of(fact)) for fact in facts]
        connection.executemany("INSERT INTO fact VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", rows)
        connection.commit()
        took = time.perf_counter() - started
        connection.close()
        return took


BENCHMARKS = {
    "store-50k-new": {
        "ours": new, "peer": bare_driver, "peer_name": "bare sqlite3, no history", "unit": "s", "goal": "ours <= 3",
    },
    "store-50k-changed": {
        "ours": changed, "peer": bare_driver, "peer_name": "bare sqlite3, no history", "unit": "s", "goal": "ours <= 5",
    },
}  # fmt: skip
