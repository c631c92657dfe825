"""What the flow matrix promises and the network does not keep: flows that do not come through, or not back.

A flow is kept if it comes through from everywhere its sources may stand, and what answers comes
home. The sets are exact; a packet of each version tells the way and the place where it ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qianyun.policy.model import Rule
from qianyun.verify import declared
from qianyun.verify.findings import Cited, Finding, Kind, Severity
from qianyun.verify.network.asking import Asked, Start, boxes_of
from qianyun.verify.network.walking import Ending, Way
from qianyun.verify.packets import Packet, witness
from qianyun.verify.space import PacketSet
from qianyun.words import _, label

HOME = "N03"
"""Id of the check that every answer comes home."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Packets of a flow, and what becomes of one of them.

    Attributes:
        packets: As they were sent.
        packet: The one that the way is of: itself, or its answer.
    """

    flow: str
    way: Way
    packet: Packet
    packets: PacketSet
    kind: Kind
    check: str


def lacking(asked: Asked) -> Iterator[Finding]:
    """Flows that do not come through, or whose answers do not come back."""
    for name, rules in _by_flow(asked.rules):
        yield from _promised(asked, name, rules)


def _promised(asked: Asked, name: str, rules: list[Rule]) -> Iterator[Finding]:
    opens = asked.space.packets(declared.permitted(rules)) & asked.opening
    for wire in asked.wires:
        if found := _missed(asked, name, wire, opens):
            yield found
            break
    for wire in asked.wires:
        if lost := _unanswered(asked, name, wire, opens):
            yield lost
            break


def _missed(asked: Asked, name: str, wire: tuple[Start, ...], opens: PacketSet) -> Finding | None:
    """What is sent from a wire and comes nowhere, whichever of its boxes takes it."""
    sent = {start.port: asked.sent(start, opens) for start in wire}
    missing = asked.space.nothing
    for start in wire:
        missing = missing | sent[start.port] & asked.sent_on(start) if sent[start.port] else missing
    for start in wire:
        for out in start.reach.leaving:
            missing = missing - asked.hops.may(asked.came(start, out)) if missing else missing
        for local in start.reach.local.values():
            missing = missing - local
    for start in wire:
        packet = witness(missing & sent[start.port] & asked.sent_on(start)) if missing else None
        if packet is not None:
            way = next(iter(asked.walker.ways(start.port, packet.values)))
            sentence = _("{origin} → {target}: {packet} of flow {flow} does not come through: {end} at {box}")
            return _finding(asked, Lost(name, way, packet, missing, Kind.REFUSED, "B07"), sentence)
    return None


def _unanswered(asked: Asked, name: str, wire: tuple[Start, ...], opens: PacketSet) -> Finding | None:
    """Connections that come through, and no answer, or not every one, comes home."""
    may, must = asked.hops.may, asked.hops.must
    passing = answered = astray = asked.space.nothing
    for start in wire:
        mine = asked.sent(start, opens)
        for out, there in asked.followed(start).items() if mine else ():
            meant = mine & asked.to_outside if out in asked.survey.uplinks else mine
            passing, answered = passing | (there.passing & meant), answered | (there.answered & meant)
            astray = astray | (there.astray & meant)
    if lost := may(passing) - may(answered):
        return _no_answer(asked, name, wire, lost, Severity.FAIL)
    if lost := must(astray):
        return _no_answer(asked, name, wire, lost, Severity.WARN)
    return None


def _no_answer(
    asked: Asked, name: str, wire: tuple[Start, ...], packets: PacketSet, severity: Severity
) -> Finding | None:
    for packet in asked.witnesses(packets):
        for way, reply in _ways_astray(asked, wire, packet):
            sentence = _("{origin} → {target}: the answer {packet} of flow {flow} does not come back: {end} at {box}")
            if severity is Severity.WARN:
                sentence = _(
                    "{origin} → {target}: the answer {packet} of flow {flow} comes back by some of its ways only: "
                    "{end} at {box}"
                )
            elif asked.survey.network.by_name[reply.last.box].tracks and reply.last.box not in boxes_of(way):
                sentence = _(
                    "{origin} → {target}: the answer {packet} of flow {flow} does not come back: {end} at {box}, "
                    "which never saw the connection"
                )
            lost = Lost(name, reply, Packet(values=reply.hops[0].before), packets, Kind.UNANSWERED, HOME)
            return _finding(asked, lost, sentence, severity)
    return None


def _ways_astray(asked: Asked, wire: tuple[Start, ...], packet: Packet) -> Iterator[tuple[Way, Way]]:
    """Ways of a packet and of its answer, where the answer does not come home."""
    for start in wire:
        home = asked.home(start.port)
        for way in asked.walker.ways(start.port, packet.values):
            if way.ending is Ending.LEAVES and way.last not in home:
                for reply in asked.walker.replies(way):
                    if not any(asked.walker.comes_home(reply, port, way) for port in home):
                        yield way, reply


def _finding(asked: Asked, lost: Lost, sentence: str, severity: Severity = Severity.FAIL) -> Finding:
    doubtful = bool(set(boxes_of(lost.way)) & {doubt.box for doubt in asked.survey.doubts if doubt.shuts})
    flow = asked.policy.flow_by_name[lost.flow]
    return asked.finding(
        Kind.UNPROVEN if doubtful else lost.kind,
        lost.check,
        lost.packets,
        severity=severity,
        witnesses=asked.witnesses(lost.packets),
        firewall=lost.way.last.box,
        origin=flow.origin.zone,
        target=flow.target.zone,
        rules=lost.way.cited(),
        offends=Cited(place=flow.source, text=flow.name),
        sentence=sentence.format(
            origin=flow.origin.zone,
            target=flow.target.zone,
            packet=lost.packet,
            flow=flow.name,
            end=label("Ending", lost.way.ending.value),
            box=lost.way.last,
        ),
    )


def _by_flow(rules: Iterable[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    flows: dict[str, list[Rule]] = {}
    for rule in rules:
        flows.setdefault(rule.flow, []).append(rule)
    yield from flows.items()
