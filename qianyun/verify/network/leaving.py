"""What leaves for the outside: only at the unified egress, and only what is meant for the outside."""

from collections.abc import Iterator

from qianyun.verify.findings import Cited, Finding, Kind, Severity
from qianyun.verify.network.asking import Asked, Start, chain
from qianyun.verify.network.model import Port
from qianyun.verify.space import PacketSet
from qianyun.words import _


def astray(asked: Asked) -> Iterator[Finding]:
    """What leaves for the outside elsewhere than at the unified egress, or is not meant for the outside at all."""
    for out in sorted(asked.survey.uplinks):
        leaving = [(start, asked.came(start, out) & asked.opening) for start in asked.starts]
        for start, packets in leaving:
            wrong = packets - asked.to_outside if out in asked.survey.egress else packets
            certain = asked.hops.must(wrong)
            if certain:
                yield _astray(asked, start, out, certain)
                break
        else:
            yield from _idle_uplink(asked, out)


def _astray(asked: Asked, start: Start, out: Port, packets: PacketSet) -> Finding:
    witnesses = asked.witnesses(packets)
    ways = [asked.way(start.port, packet, out) for packet in witnesses]
    origin = next(iter(asked.zones(packets)), "")
    sentence = _("packets of {origin} leave at {port}, which is not the unified egress ({egress})")
    if out in asked.survey.egress:
        sentence = _("packets of {origin} for addresses inside leave at {port} ({egress})")
    egress = ", ".join(map(str, sorted(asked.survey.egress))) or "–"
    return asked.finding(
        Kind.OFF_EGRESS,
        "E01",
        packets,
        severity=Severity.WARN if out in asked.survey.egress else Severity.FAIL,
        witnesses=witnesses,
        firewall=out.box,
        origin=origin,
        target=asked.outside,
        rules=chain(ways),
        sentence=sentence.format(origin=origin, port=out, egress=egress),
    )


def _idle_uplink(asked: Asked, out: Port) -> Iterator[Finding]:
    """A default route out by another way, though no packet gets there now."""
    box = asked.survey.network.by_name[out.box]
    defaults = [
        route
        for route in box.routes
        if route.prefix.prefixlen == 0 and any(hop.interface == out.interface for hop in route.hops)
    ]
    if out in asked.survey.egress or not defaults:
        return
    sentence = _("{port} has a default route to the outside beside the unified egress, though nothing passes now")
    yield Finding(
        kind=Kind.OFF_EGRESS,
        check="E01",
        clauses=asked.clauses("E01"),
        severity=Severity.WARN,
        firewall=out.box,
        target=asked.outside,
        sentence=sentence.format(port=out),
        rules=tuple(Cited(place=route.place, text=route.text) for route in defaults),
    )
