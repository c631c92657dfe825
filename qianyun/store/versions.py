"""Versions of the schema: know which one a database has, refuse the wrong one, go forth and back."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from qianyun.errors import Fault, StoreError
from qianyun.store.database import Database
from qianyun.words import _

MIGRATIONS = Path(__file__).parent / "migrations"


def known_versions() -> tuple[str, ...]:
    """Versions of this program, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def version_of(database: Database) -> str | None:
    """The version that a database has; `None` where there is no store.

    Raises:
        StoreError: The database cannot be reached, or holds something else than a store.
    """
    if database.is_missing:
        return None
    with database.reading() as connection:
        return _version(connection, database.place)


def _version(connection: Connection, place: str) -> str | None:
    version = MigrationContext.configure(connection).get_current_revision()
    if version is None and set(inspect(connection).get_table_names()) - {"alembic_version"}:
        what = _("holds tables that are not a store's")
        raise StoreError(Fault(place=place, what=what, mend=_("give the store a database of its own")))
    return version


def settle(database: Database, *, create: bool) -> None:
    """Make the tables where there are none and `create` says so; refuse every version but the newest.

    Raises:
        StoreError: There is no store, or it is older or newer than this program.
    """
    version, newest = version_of(database), known_versions()[0]
    if version is None and create:
        migrate(database, newest)
    elif version != newest:
        raise StoreError(_refusal(database.place, version, newest))


def _refusal(place: str, version: str | None, newest: str) -> Fault:
    if version is None:
        mend = _("qianyun estate import makes one; or name another with --store")
        return Fault(place=place, what=_("there is no store"), mend=mend)
    against = {"version": version, "newest": newest}
    if version in known_versions():
        what = _("the store has version {version}, older than this program's {newest}").format(**against)
        return Fault(place=place, what=what, mend=_("keep a copy, then run qianyun store upgrade"))
    what = _("the store has version {version}, which this program ({newest}) does not know").format(**against)
    return Fault(place=place, what=what, mend=_("a newer qianyun wrote it; use that one"))


def migrate(database: Database, version: str) -> None:
    """Bring the schema to a version, or to `base` for none, in one transaction.

    Raises:
        StoreError: The database has a version that this program does not know.
    """
    database.make_place()
    with database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        order = ("base", *reversed(known_versions()))
        held = _version(connection, database.place) or "base"
        if held not in order:
            raise StoreError(_refusal(database.place, held, order[-1]))
        if order.index(version) < order.index(held):
            command.downgrade(config, version)
        else:
            command.upgrade(config, version)
