"""Lists of `qianyun collect flows`: sampled hosts, dependencies that were seen, unknown ends, coverage, differences."""

from collections.abc import Sequence
from datetime import UTC, datetime

from collectors.flows.comparing import LinkLine
from collectors.flows.coverage import Coverage
from collectors.flows.folding import Observed, UnknownEnd
from collectors.flows.joining import shown_evidence
from collectors.flows.sampling import Sampled
from qianyun.cli.listing import Format, Listing
from qianyun.cli.moments import shown_time
from qianyun.words import _, label


def sampled_listing(found: Sequence[Sampled], form: Format) -> Listing:
    """Hosts with what was seen of them."""
    titles = {
        "room": _("room"),
        "name": _("name"),
        "state": _("state"),
        "samples": _("samples"),
        "relations": _("relations"),
        "own_host": _("within the host"),
    }
    rows = [
        (
            each.target.room,
            each.target.name,
            str(each.state) if form is Format.JSON else label("State", each.state),
            each.watch.samples,
            len(each.watch.sockets.counts.keys() | each.watch.conntrack.counts.keys()),
            each.watch.sockets.passed_over["own_host"],
        )
        for each in found
    ]
    return Listing(titles=titles, rows=rows)


def observed_listing(found: Sequence[Observed]) -> Listing:
    """Dependencies with what speaks for them."""
    titles = {
        "source": _("asks"),
        "target": _("is asked"),
        "service": _("service"),
        "connections": _("connections"),
        "daily_mib": _("MiB a day"),
        "occasions": _("occasions"),
        "confidence": _("confidence"),
        "first": _("first seen"),
        "last": _("last seen"),
        "evidence": _("evidence"),
    }
    return Listing(titles=titles, rows=[_observed_row(each) for each in found])


def _observed_row(each: Observed) -> tuple[str | int | float | None, ...]:
    link = each.dependency
    evidence = sorted({line for relation in each.relations for line in shown_evidence(relation)})
    return (
        str(link.source),
        str(link.target),
        f"{link.protocol}/{link.port}",
        each.connections,
        None if link.daily_mib is None else float(link.daily_mib),
        each.occasions,
        link.confidence,
        _moment(each.first),
        _moment(each.last),
        "; ".join(evidence),
    )


def ends_listing(found: Sequence[UnknownEnd]) -> Listing:
    """Ends that nobody knows."""
    titles = {
        "address": _("address"),
        "ports": _("serves at"),
        "systems": _("talks with"),
        "connections": _("connections"),
        "first": _("first seen"),
        "last": _("last seen"),
    }
    rows = [
        (
            str(each.address),
            ", ".join(map(str, each.ports)) or None,
            ", ".join(map(str, each.systems)) or None,
            each.connections,
            _moment(each.first),
            _moment(each.last),
        )
        for each in found
    ]
    return Listing(titles=titles, rows=rows)


def coverage_listing(found: Coverage, unit_s: int, *, sampled: int, servers: int) -> Listing:
    """What was seen and what not, figure by figure."""
    titles = {"name": _("figure"), "value": _("value")}
    rows: list[tuple[str, str | int | float]] = [
        (_("relations seen"), found.seen),
        (_("relations that exist, at least"), round(found.total)),
        (_("with 95 % certainty not fewer than"), round(found.low)),
        (_("share of what happens that is known, %"), round(found.share * 100, 1)),
        (_("occasions looked at, of {time} each").format(time=shown_time(unit_s)), found.occasions),
        (_("servers sampled, of {n} in the ledgers").format(n=servers), sampled),
    ]
    if found.further is not None:
        rows.append((_("time still to look for 99 %"), shown_time(found.further * unit_s)))
    return Listing(titles=titles, rows=rows)


def difference_listing(lines: Sequence[LinkLine], form: Format) -> Listing:
    """Dependencies as declared and as seen."""
    titles = {
        "source": _("asks"),
        "target": _("is asked"),
        "kind": _("difference"),
        "declared": _("declared"),
        "observed": _("seen"),
        "confidence": _("confidence"),
        "evidence": _("evidence"),
    }
    rows = [
        (
            str(each.source),
            str(each.target),
            str(each.kind) if form is Format.JSON else label("LinkDifference", each.kind),
            each.declared or None,
            each.observed or None,
            each.confidence,
            each.evidence or None,
        )
        for each in lines
    ]
    return Listing(titles=titles, rows=rows)


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
