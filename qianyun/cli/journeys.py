"""A packet's way through the whole network, for a person at a terminal and for other programs."""

import json
from collections.abc import Iterator

from qianyun.cli.verdict import Form
from qianyun.verify.findings import Finding, Kind, Report
from qianyun.verify.network.journey import Journey, Path
from qianyun.verify.network.visiting import Hop
from qianyun.verify.network.walking import Way
from qianyun.verify.packets import Packet
from qianyun.verify.sarif import as_sarif
from qianyun.words import _, label


def printed(journey: Journey, form: Form) -> str:
    """The journey as text."""
    match form:
        case Form.JSON:
            return json.dumps(_entry(journey), ensure_ascii=False, indent=2) + "\n"
        case Form.SARIF:
            return json.dumps(as_sarif(_report(journey)), ensure_ascii=False, indent=2) + "\n"
        case Form.TABLE:
            return "\n".join(_lines(journey)) + "\n"


def _lines(journey: Journey) -> Iterator[str]:
    yield f"{journey.packet}"
    yield _("from {origin} to {target}").format(origin=journey.origin, target=journey.target)
    for flow, place in journey.flows:
        yield _("permitted by flow {flow} ({place})").format(flow=flow, place=place)
    if not journey.flows:
        yield _("permitted by no flow")
    for path in journey.paths:
        yield _("comes in at {port}").format(port=path.start)
        yield from _way(path.way)
        for reply in path.replies:
            yield _("the answer, from {port}").format(port=reply.hops[0].box if reply.hops else path.way.last)
            yield from _way(reply)
        if path.replies and not path.comes_home:
            yield "✕ " + _("no answer comes back to {port}").format(port=path.start)
    for doubt in journey.doubts:
        yield "? " + _("unproven: {what} ({place})").format(what=doubt.what, place=doubt.place)


def _way(way: Way) -> Iterator[str]:
    for hop in way.hops:
        yield f"  {hop}"
        for route in hop.routes:
            yield f"    → {route.place} {route.text}"
        yield from (f"    ← {line.place} {line.text}" for line in hop.lines)
        if hop.translated:
            yield "    " + _("becomes {packet}").format(packet=Packet(values=hop.after))
    yield "  " + _("{end} at {port}").format(end=label("Ending", way.ending.value), port=way.last)


def _entry(journey: Journey) -> dict[str, object]:
    return {
        "packet": str(journey.packet),
        "origin": journey.origin,
        "target": journey.target,
        "flows": [{"flow": flow, "place": place} for flow, place in journey.flows],
        "agrees": journey.agrees,
        "paths": [_path(path) for path in journey.paths],
        "doubts": [{"box": each.box, "place": each.place, "what": each.what} for each in journey.doubts],
    }


def _path(path: Path) -> dict[str, object]:
    return {
        "start": str(path.start),
        "passes": path.passes,
        "comes_home": path.comes_home,
        **_way_entry(path.way),
        "replies": [_way_entry(reply) for reply in path.replies],
    }


def _way_entry(way: Way) -> dict[str, object]:
    return {"ending": way.ending.value, "last": str(way.last), "hops": [_hop(hop) for hop in way.hops]}


def _hop(hop: Hop) -> dict[str, object]:
    return {
        "box": hop.box,
        "into": hop.into,
        "out": hop.out,
        "routes": [{"place": route.place, "text": route.text} for route in hop.routes],
        "lines": [{"place": line.place, "text": line.text} for line in hop.lines],
        "becomes": str(Packet(values=hop.after)) if hop.translated else "",
    }


def _report(journey: Journey) -> Report:
    """Where the packet's ways are not what the policy says, as findings."""
    found = tuple(
        Finding(
            kind=Kind.UNPROVEN if journey.doubts else Kind.FORBIDDEN if path.passes else Kind.REFUSED,
            check="B06" if path.passes else "B07",
            firewall=path.way.last.box,
            origin=journey.origin,
            target=journey.target,
            sentence=_("{packet}: {end} at {port}").format(
                packet=journey.packet, end=label("Ending", path.way.ending.value), port=path.way.last
            ),
            witnesses=(journey.packet,),
            rules=path.way.cited(),
        )
        for path in journey.paths
        if path.passes != bool(journey.flows) or journey.doubts
    )
    return Report(firewall=_("network"), policy="", on="", rules=0, findings=found)
