"""`qianyun estate`: what exists, as it is declared, and what changed."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from qianyun.cli.fact_lists import counts_listing, facts_listing, plain, shown, title_of
from qianyun.cli.ledger_files import taken_in, written_out
from qianyun.cli.listing import PROVINCE_STORE, Format, Listing, Printed, StoreUrl, show
from qianyun.errors import Fault, StoreError
from qianyun.estate.addresses import SEEN, AddressDifference, AddressState, address_differences
from qianyun.estate.identity import KINDS
from qianyun.store import Change, Store
from qianyun.words import _, label
from reports.content import Cell

app = typer.Typer(no_args_is_help=True)

app.command("import")(taken_in)
app.command("export")(written_out)


@app.command("show")
def listed(
    kind: Annotated[str, typer.Argument(help="Kind of fact, such as room; all are counted if not given.")] = "",
    department: Annotated[str, typer.Option(help="Of this department alone.")] = "",
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
) -> None:
    """List the facts of a kind, or count the facts of every kind."""
    _known(kind)
    with Store.open(store) as opened:
        facts = opened.facts(kind or None, department or None)
    if kind and form is Format.JSON:
        sys.stdout.write(json.dumps([plain(fact) for fact in facts], ensure_ascii=False, indent=2) + "\n")
    else:
        show(facts_listing(kind, facts, form) if kind else counts_listing(facts), form)


@app.command()
def history(
    key: Annotated[str, typer.Argument(help="What identifies the fact: its name, or department/name.")],
    kind: Annotated[str, typer.Option(help="Kind of fact, where several kinds have such a key.")] = "",
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
) -> None:
    """Tell every change of a fact: who, when, why, from where, each field before and after."""
    _known(kind)
    with Store.open(store) as opened:
        changes = opened.history(kind or None, key)
    if not changes:
        mend = _("qianyun estate show lists what there is")
        raise StoreError(Fault(place=key, what=_("was never in the store"), mend=mend))
    show(_changes_listing(changes, form), form)


@app.command()
def diff(
    form: Printed = Format.TABLE,
    store: StoreUrl = PROVINCE_STORE,
    *,
    unseen: Annotated[bool, typer.Option("--unseen", help="Also what is declared and was seen on no device.")] = False,
) -> None:
    """Tell where the declared addresses and those seen on devices disagree."""
    with Store.open(store) as opened:
        found = address_differences(opened.estate(), opened.latest(attribute=SEEN))
    wanted = [each for each in found if unseen or each.state is AddressState.UNDECLARED]
    show(_differences_listing(wanted, form), form)
    raise typer.Exit(1 if wanted else 0)


def _known(kind: str) -> None:
    if kind and kind not in KINDS:
        raise typer.BadParameter(_("one of {words}").format(words=", ".join(KINDS)), param_hint="KIND")


def _changes_listing(changes: tuple[Change, ...], form: Format) -> Listing:
    titles = {
        "at": _("when"),
        "who": _("who"),
        "kind": _("kind"),
        "field": _("field"),
        "before": _("before"),
        "after": _("after"),
        "why": _("why"),
        "source": _("source"),
    }
    rows = [
        (
            f"{change.cause.at.astimezone():%Y-%m-%d %H:%M}",
            change.cause.who,
            change.kind if form is Format.JSON else label("Fact", change.kind),
            field.name if form is Format.JSON else title_of(change.kind, field.name),
            _value(field.before, form),
            _value(field.after, form),
            change.cause.why,
            change.cause.source,
        )
        for change in changes
        for field in change.fields
    ]
    return Listing(titles=titles, rows=rows)


def _differences_listing(found: list[AddressDifference], form: Format) -> Listing:
    titles = {
        "address": _("address"),
        "state": _("state"),
        "holder": _("declared by"),
        "subject": _("seen on"),
        "seen_at": _("seen at"),
    }
    rows = [
        (
            str(each.address),
            each.state.value if form is Format.JSON else label("AddressState", each.state),
            each.holder or None,
            each.subject or None,
            f"{each.seen_at.astimezone():%Y-%m-%d %H:%M}" if each.seen_at else None,
        )
        for each in found
    ]
    return Listing(titles=titles, rows=rows)


def _value(value: object, form: Format) -> Cell:
    """Words of the user's language for people, the word itself for programs."""
    return value.value if form is Format.JSON and isinstance(value, StrEnum) else shown(value)
