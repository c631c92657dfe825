"""`qianyun collect traps`: what devices tell by themselves."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Annotated

import typer

from collectors.hearing import Heard, Place, hear, interrupted
from collectors.notices import Notice
from collectors.reach.approval import approved
from collectors.run import new_run
from qianyun.cli.collecting import talk
from qianyun.cli.listing import PROVINCE, PROVINCE_STORE, Estate, Format, Listing, Printed, StoreUrl, show
from qianyun.importers.trust_file import TRUST, load_trust
from qianyun.store import Store
from qianyun.words import _, label

PORT = 162


def traps(
    estate: Estate = PROVINCE,
    *,
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
    address: Annotated[str, typer.Option(help="Address to listen on; :: hears IPv4 as well.")] = "::",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for a free one.")] = PORT,
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds; until interrupted if not given.")
    ] = None,
) -> None:
    """Hear traps and informs of the manifest's devices, until interrupted; what others send is counted and dropped."""
    manifest = approved(estate, load_trust(estate / TRUST))
    with Store.open(store, create=True) as opened:
        place = Place(address=address, port=port)
        heard = hear(manifest, opened, new_run(), place, told=_tell, ready=_tell_place, over=partial(_until, seconds))
    show(_heard_listing(heard, form), form)
    talk([f"· {label('Dropped', why)}: {count}" for why, count in sorted(heard.dropped.items())])


async def _until(seconds: float | None) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(interrupted(), seconds)


def _tell_place(engine_id: str, port: int) -> None:
    talk([_("hearing on port {port}; informs of SNMP v3 are for engine {engine}").format(port=port, engine=engine_id)])


def _tell(notice: Notice) -> None:
    words = [notice.target.room, notice.target.name, label("NoticeKind", notice.kind), notice.where]
    talk([" ".join(filter(None, words)), *([f"  {notice.name}"] if notice.kind == "other" else [])])


def _heard_listing(heard: Heard, form: Format) -> Listing:
    titles = {"target": _("device"), "kind": _("what it told"), "count": _("how often")}
    rows = [
        (target, str(kind) if form is Format.JSON else label("NoticeKind", kind), count)
        for (target, kind), count in sorted(heard.told.items())
    ]
    return Listing(titles=titles, rows=rows)


def add_to(app: typer.Typer) -> None:
    """Put this verb beside the others of `qianyun collect`."""
    app.command()(traps)
