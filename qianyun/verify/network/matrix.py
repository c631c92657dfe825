"""The whole network against the flow matrix: zone to zone through every box, both families, and the way back.

What box after box lets pass and no flow says is a finding with the lines on every box of the way.
"""

from collections.abc import Iterator
from datetime import date

from qianyun.policy.model import Policy
from qianyun.verify import declared
from qianyun.verify.fields import IN_INTERFACE, OUT_INTERFACE
from qianyun.verify.findings import Cited, Finding, Kind, Report, in_order
from qianyun.verify.network.asking import ESSENTIAL, Asked, Start, boxes_of, chain
from qianyun.verify.network.judging import judge_network
from qianyun.verify.network.leaving import astray
from qianyun.verify.network.model import Port
from qianyun.verify.network.promises import lacking
from qianyun.verify.network.surveying import Survey
from qianyun.verify.packets import witness
from qianyun.verify.passing import Passing
from qianyun.verify.space import PacketSet
from qianyun.words import _

Gathered = dict[tuple[str, str, str, str], tuple[PacketSet, Start, Port]]


def verify_network(survey: Survey, policy: Policy, on: date) -> Report:
    """Judge the network of collected boxes.

    Raises:
        DiagramTooLarge: The packet sets do not fit.
    """
    asked = Asked(survey, policy, on)
    found = [
        *forbidden(asked),
        *lacking(asked),
        *astray(asked),
        *unseen(asked),
        *essential_icmpv6(asked),
        *judge_network(
            asked.hops,
            lambda a, b: b in policy.zone_by_name[a].borders,
            feet=survey.feet,
            guards=survey.guards,
            starts={start.port: start.sent & asked.opening for start in asked.starts},
            promised=asked.permitted,
            names=asked.names,
            clauses=policy.profile.cited_by,
        ),
    ]
    return Report(
        firewall=_("network of {count} boxes").format(count=len(survey.network.boxes)),
        policy=policy.digest,
        on=on.isoformat(),
        rules=survey.rules,
        findings=in_order(found),
        unread=survey.notes,
    )


def forbidden(asked: Asked) -> Iterator[Finding]:
    """What passes from zone to zone, or may, and no flow says so."""
    sure: Gathered = {}
    open_: Gathered = {}
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for origin, target, start, out, pair in _crossing(asked):
        beyond = pair - asked.permitted
        certain = asked.hops.must(beyond)
        key = origin, target, start.port.box, out.box
        _gather(sure, key, certain, start, out)
        if doubtful := asked.hops.may(beyond) - certain:
            pair_of_zones = first.setdefault((start.port.box, out.box), (origin, target))
            _gather(open_, (*pair_of_zones, start.port.box, out.box), doubtful, start, out)
    for (origin, target, _here, _there), (packets, start, out) in sure.items():
        borders = target in asked.policy.zone_by_name[origin].borders
        sentence = _("{origin} → {target}: {packet} passes through {boxes}, and no flow says so")
        yield _crossed(
            asked, Kind.FORBIDDEN, "B06" if borders else "Z04", (origin, target), packets, start, out, sentence
        )
    for (origin, target, _here, _there), (packets, start, out) in open_.items():
        sentence = _("{origin} → {target}: whether {packet} passes through {boxes} is unproven")
        yield _crossed(asked, Kind.UNPROVEN, "B06", (origin, target), packets, start, out, sentence)


def _crossed(  # noqa: PLR0917 - what crossed, from where to where, and what is to be said
    asked: Asked,
    kind: Kind,
    check: str,
    pair: tuple[str, str],
    packets: PacketSet,
    start: Start,
    out: Port,
    sentence: str,
) -> Finding:
    witnesses = asked.witnesses(packets & asked.came(start, out) & start.sent) or asked.witnesses(packets)
    ways = [asked.way(start.port, packet, out) for packet in witnesses]
    zone = asked.policy.zone_by_name[pair[1]]
    return asked.finding(
        kind,
        check,
        packets,
        witnesses=witnesses,
        firewall=out.box,
        origin=pair[0],
        target=pair[1],
        rules=chain(ways),
        offends=Cited(place=zone.source, text=zone.name),
        sentence=sentence.format(
            origin=pair[0], target=pair[1], packet=witnesses[0], boxes=" > ".join(boxes_of(ways[0]))
        ),
    )


def _crossing(asked: Asked) -> Iterator[tuple[str, str, Start, Port, PacketSet]]:
    """What may go from zone to zone, start by start."""
    names = [zone.name for zone in asked.policy.zones]
    sources = {name: asked.space.packets(declared.from_zone(asked.policy, name)) for name in names}
    targets = {name: asked.space.packets(declared.to_zone(asked.policy, name)) for name in names}
    for start in asked.starts:
        for out in start.reach.leaving:
            passing = asked.came(start, out) & asked.opening
            for origin in names if passing else ():
                here = passing & sources[origin]
                for target in names if here else ():
                    if _borders(asked, origin, target, start.port, out) and (pair := here & targets[target]):
                        yield origin, target, start, out, pair


def _borders(asked: Asked, origin: str, target: str, start: Port, out: Port) -> bool:
    """Whether this is a pair of zones; beyond an uplink there is none but the outside."""
    beyond = ((start, origin), (out, target))
    return origin != target and all(zone == asked.outside for port, zone in beyond if port in asked.survey.uplinks)


def unseen(asked: Asked) -> Iterator[Finding]:
    """Borders whose gateway was not collected: nothing is proved of what passes there."""
    for gateway in asked.survey.missing:
        yield Finding(
            kind=Kind.UNPROVEN,
            check="B06",
            clauses=asked.clauses("B06"),
            firewall=gateway.name,
            origin=gateway.zones[0],
            target=gateway.zones[-1],
            sentence=_("what passes at {gateway} is unproven: nothing of it was collected").format(
                gateway=gateway.name
            ),
            rules=(Cited(place=gateway.source, text=gateway.name),),
        )


def essential_icmpv6(asked: Asked) -> Iterator[Finding]:
    """ICMPv6 of connections that pass must pass too, on every box that forwards IPv6 (RFC 4890 section 4.3.1)."""
    needed = asked.space.packets(ESSENTIAL) & asked.space.packets(declared.arriving(whole=True))
    for box in asked.survey.network.boxes:
        if box.ruleset is None or 6 not in box.forwards:  # noqa: PLR2004 - IP version
            continue
        passing = asked.hops.may(Passing(box.ruleset, asked.space).through()).forget(IN_INTERFACE, OUT_INTERFACE)
        lost = needed - passing
        packet = witness(lost)
        if packet is not None:
            yield asked.finding(
                Kind.REFUSED,
                "V04",
                lost,
                witnesses=(packet,),
                firewall=box.name,
                sentence=_("{box} drops ICMPv6 that connections need: {packet}").format(box=box.name, packet=packet),
            )


def _gather(
    found: Gathered,
    key: tuple[str, str, str, str],
    packets: PacketSet,
    start: Start,
    out: Port,
) -> None:
    """Add what goes from one box to another, with the first place where it does."""
    if packets:
        held = found.get(key)
        found[key] = (held[0] | packets, *held[1:]) if held else (packets, start, out)
