"""Extracts of a real PostgreSQL: each row once, from where the last extract ended, or nothing at all."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_sides import Sides, sides
from own_postgresql import running

from qianyun.errors import UnreachableError
from qianyun.exchange.broker import Broker
from qianyun.exchange.ledger import Ledger
from qianyun.exchange.pulling import found
from qianyun.policy.channels import Column, Side, Source, SourceKind

pytestmark = pytest.mark.postgresql

QUERY = "select id, state from results where id > :'since'::bigint order by id limit 3"
COLUMNS = (Column(name="id", required=True, pattern=r"\d+", unique=True), Column(name="state", required=True))


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    with running() as folder:
        yield folder


def sql(database: Path, text: str) -> None:
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(database), "-U", "qianyun", "-d", "postgres"]
    subprocess.run([*command, "-c", text], check=True)


@pytest.fixture
def both(database: Path, tmp_path: Path) -> Sides:
    sql(database, "drop table if exists results; create table results (id bigint primary key, state text)")
    source = Source(
        kind=SourceKind.POSTGRESQL,
        address=str(database),
        user="qianyun",
        database="postgres",
        query=QUERY,
        cursor="id",
        begins_with="0",
        every_s=0,
    )
    return sides(tmp_path, pull=source, columns=COLUMNS, masks=(), unmasked_why="no person in it")


def across(both: Sides, rounds: int = 3) -> None:
    """Both brokers, newly started."""
    with ExitStack() as opened:
        brokers = [
            Broker(both.settings(side), opened.enter_context(closing(Ledger(both.settings(side).home / "ledger.db"))))
            for side in Side
        ]
        for _round in range(rounds):
            for broker in brokers:
                broker.round()


def rows(both: Sides) -> list[str]:
    return [line for content in both.delivered().values() for line in content.decode().splitlines()[1:]]


def test_rows_arrive_once_in_order_over_restarts(both: Sides, database: Path) -> None:
    sql(database, "insert into results select n, 'done' from generate_series(1, 7) n")
    across(both, rounds=1)
    across(both)
    sql(database, "insert into results values (8, 'late, with a comma')")

    across(both)

    assert rows(both) == [*(f"{number},done" for number in range(1, 8)), '8,"late, with a comma"']


def test_nothing_new_is_no_parcel(both: Sides) -> None:
    across(both)

    assert both.delivered() == {}


def test_rows_that_do_not_fit_stay_in_quarantine_and_later_ones_go_on(both: Sides, database: Path) -> None:
    sql(database, "insert into results values (1, ''), (2, 'x'), (3, 'x'), (4, 'fits')")

    across(both)

    assert rows(both) == ["4,fits"]
    (why,) = (both.folder / "outer" / "quarantine").glob("*/why.json")
    assert "row 2, state: is empty" in why.read_text()


def test_a_query_that_fails_delivers_nothing_and_is_told(both: Sides) -> None:
    wrong = replace(both.channels[0], pull=replace(both.channels[0].pull, query="select nonsense"))

    with pytest.raises(UnreachableError, match='column "nonsense" does not exist'):
        list(found(wrong, both.settings(Side.OUTER), lambda _name: None, None))
