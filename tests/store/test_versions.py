"""Versions of the schema: forth and back, and what is refused."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from qianyun.errors import StoreError
from qianyun.store import Store, schema, versions
from qianyun.store.database import Database
from qianyun.store.versions import known_versions, migrate, version_of

LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9998", NEWEST, None, None


def upgrade():
    op.add_column("run", sa.Column("place", sa.Text))


def downgrade():
    op.drop_column("run", "place")
"""


def test_every_version_goes_forth_and_back_and_forth(url: str) -> None:
    database = Database(url)
    forth = list(reversed(known_versions()))
    migrate(database, forth[-1])

    for version in [*reversed(["base", *forth[:-1]]), *forth]:
        migrate(database, version)
        assert (version_of(database) or "base") == version

    database.close()


def test_the_newest_version_is_what_the_code_works_with(url: str) -> None:
    database = Database(url)
    migrate(database, known_versions()[0])
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, schema.metadata) == []

    database.close()


def test_a_missing_store_is_not_made_by_asking(url: str) -> None:
    with pytest.raises(StoreError, match="there is no store; qianyun estate import makes one"):
        Store.open(url)


def test_asking_for_a_missing_file_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Store.open(f"sqlite:///{tmp_path}/typo.db")

    assert list(tmp_path.iterdir()) == []


def test_an_older_store_says_how_to_upgrade_and_is_then_opened(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(url, create=True).close()
    later = tmp_path / "migrations"
    shutil.copytree(versions.MIGRATIONS, later)
    later.joinpath("versions", "v9998_later.py").write_text(LATER.replace("NEWEST", repr(known_versions()[0])))
    monkeypatch.setattr(versions, "MIGRATIONS", later)

    with pytest.raises(StoreError, match=r"version \d+, older than this program's 9998; keep a copy, then run qianyun"):
        Store.open(url, create=True)

    database = Database(url)
    migrate(database, "9998")
    database.close()
    Store.open(url).close()


def test_a_newer_store_is_refused(url: str) -> None:
    Store.open(url, create=True).close()
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for again in (lambda: Store.open(url, create=True), lambda: migrate(database, known_versions()[0])):
        with pytest.raises(StoreError, match=r"version 9999, which this program \(\d+\) does not know; a newer"):
            again()

    database.close()


def test_somebody_elses_database_is_left_alone(url: str) -> None:
    database = Database(url)
    database.make_place()
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE payroll (name TEXT)"))
    database.close()

    with pytest.raises(StoreError, match="holds tables that are not a store's"):
        Store.open(url, create=True)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("x.db").write_text("业务系统台账" * 100)

    with pytest.raises(StoreError, match="file is not a database"):
        Store.open(f"sqlite:///{tmp_path}/x.db")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("state/x.db", "state/x.db: is no database URL; use sqlite:///file.db or postgresql://user@host/name"),
        ("mysql://u:secret@h/x", r"mysql://u:\*\*\*@h/x: the store is kept in SQLite or PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:1/x", r"postgresql://u:\*\*\*@127.0.0.1:1/x: the database refuses"),
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason) as caught:
        Store.open(url)

    assert "secret" not in str(caught.value)
