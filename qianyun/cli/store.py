"""`qianyun store`: the database under everything."""

import typer

from qianyun.cli.listing import PROVINCE_STORE, StoreUrl
from qianyun.store import Store
from qianyun.store.database import Database
from qianyun.store.versions import known_versions, migrate, version_of
from qianyun.words import _

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade(store: StoreUrl = PROVINCE_STORE) -> None:
    """Bring an older store to this program's version, in one transaction.

    Where everything stands is folded anew from the log, as this program folds it.
    """
    database, newest = Database(store), known_versions()[0]
    before = version_of(database) or _("none")
    migrate(database, newest)
    typer.echo(_("{place}: version {before} → {after}").format(place=database.place, before=before, after=newest))
    database.close()
    with Store.open(store) as opened:
        opened.refold()
