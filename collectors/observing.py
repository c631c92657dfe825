"""From what a device answered to observations: who it is, its ports, its addresses, the parts it is built of.

A device is known by its chassis serial, else its SNMP engine id, else its base MAC, else its address,
so that one that is seen twice, over two addresses, is one.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from collectors.answers import Answers
from collectors.ber import show_oid
from collectors.decoding import mac_of
from collectors.identify import Identity, identify
from collectors.interfaces import addresses, ports
from collectors.measures import measures
from collectors.neighbours import arp_table, mac_table, neighbours, routes, vlans
from collectors.oids import (
    BRIDGE_ADDRESS,
    ENGINE_ID,
    ENTITY,
    IF_ENTRY,
    LLDP_CHASSIS,
    SYS_LOCATION,
    SYS_NAME,
    SYS_OBJECT_ID,
    SYS_UPTIME,
)
from collectors.outcome import Run
from collectors.rules import ENTITY_CLASS, ENTITY_PARENT, MODEL, NAME, SERIAL, SOFTWARE, Reading
from qianyun.estate.observation import Observation, Value
from qianyun.estate.targets import Target

SHORTEST_SERIAL, SHORTEST_ENGINE_ID = 4, 5
ENTITY_COLUMNS = (2, ENTITY_CLASS, NAME, SOFTWARE, SERIAL, MODEL, ENTITY_PARENT)
CENTISECONDS = 100


def subject_of(answers: Answers, identity: Identity, address: str) -> str:
    """What the device is known by: `serial:…`, `engine:…`, `mac:…` or `address:…`."""
    if identity.serial and len(identity.serial.value) >= SHORTEST_SERIAL:
        return f"serial:{identity.vendor}/{identity.serial.value}"
    engine = answers.scalar(ENGINE_ID)
    if engine and len(engine.value) >= SHORTEST_ENGINE_ID:
        return f"engine:{engine.value.hex()}"
    base = mac_of(answers.scalar(BRIDGE_ADDRESS)) or mac_of(answers.scalar(LLDP_CHASSIS))
    return f"mac:{base}" if base else f"address:{address}"


def observe(answers: Answers, target: Target, run: Run, seen_at: datetime) -> tuple[Observation, ...]:
    """All that is worth keeping of a device's answers."""
    identity = identify(answers)
    notes = _Notes(answers, subject_of(answers, identity, target.address), run, seen_at)
    return (
        *notes.identity(identity, target),
        *notes.system(),
        *notes.ports(),
        *notes.addresses(),
        *notes.parts(),
        *notes.neighbourhood(),
        *(notes.note(*measure) for measure in measures(answers)),
    )


class _Notes:
    """Observations of one device at one time."""

    def __init__(self, answers: Answers, subject: str, run: Run, seen_at: datetime) -> None:
        self._answers = answers
        self._subject = subject
        self._run = run
        self._seen_at = seen_at

    def note(self, attribute: str, value: Value, *sources: str) -> Observation:
        raw = b"\0".join(found.value for name in sources if (found := self._answers.scalar(name)))
        return Observation(
            subject=self._subject,
            attribute=attribute,
            value=value,
            source=sources[0] if sources else "",
            raw_sha256=hashlib.sha256(raw).hexdigest(),
            seen_at=self._seen_at,
            run=self._run.id,
        )

    def identity(self, identity: Identity, target: Target) -> Iterator[Observation]:
        for name, value in (("target", target.name), ("room", target.room), ("address", target.address)):
            yield self.note(f"device.{name}", value, SYS_OBJECT_ID)
        yield self.note("device.vendor", identity.vendor, SYS_OBJECT_ID)
        yield self.note("device.family", identity.family, SYS_OBJECT_ID)
        yield self.note("device.kind", str(identity.kind), SYS_OBJECT_ID)
        readings: dict[str, Reading | None] = {
            "model": identity.model,
            "version": identity.version,
            "serial": identity.serial,
            "patch": identity.patch,
        }
        for name, reading in readings.items():
            if reading:
                yield self.note(f"device.{name}", reading.value, reading.source)

    def system(self) -> Iterator[Observation]:
        for attribute, name in (("device.name", SYS_NAME), ("device.location", SYS_LOCATION)):
            if text := self._answers.text(name):
                yield self.note(attribute, text, name)
        ticks = self._answers.number(SYS_UPTIME)
        if ticks is not None:
            yield self.note("device.uptime_s", ticks // CENTISECONDS, SYS_UPTIME)

    def ports(self) -> Iterator[Observation]:
        for port in ports(self._answers):
            names = tuple(f"{IF_ENTRY}.{column}.{port.index}" for column in range(2, 9))
            row: tuple[Value, ...] = (
                port.name,
                port.description,
                port.alias,
                port.kind,
                port.mtu,
                port.speed_mbps,
                port.mac,
                port.is_enabled,
                port.state,
            )
            yield self.note(f"interface.{port.index}", row, *names)

    def addresses(self) -> Iterator[Observation]:
        for each in addresses(self._answers):
            yield self.note(f"address.{each.address}", (each.prefix, each.port), each.source)

    def parts(self) -> Iterator[Observation]:
        columns = [self._answers.texts(f"{ENTITY}.{column}") for column in ENTITY_COLUMNS]
        for index in sorted({index for column in columns for index in column}):
            names = tuple(f"{ENTITY}.{column}.{show_oid(index)}" for column in ENTITY_COLUMNS)
            yield self.note(f"part.{show_oid(index)}", tuple(column.get(index) for column in columns), *names)

    def neighbourhood(self) -> Iterator[Observation]:
        for each in neighbours(self._answers):
            row: tuple[Value, ...] = (each.protocol, each.name, each.device, each.remote_port, each.address)
            yield self.note(f"neighbour.{each.port}", row, each.source)
        for vlan, (name, source) in vlans(self._answers).items():
            yield self.note(f"vlan.{vlan}", name, source)
        for learnt in mac_table(self._answers):
            where = learnt.mac if learnt.vlan is None else f"{learnt.mac}.{learnt.vlan}"
            yield self.note(f"mac.{where}", learnt.port, learnt.source)
        for resolved in arp_table(self._answers):
            yield self.note(f"arp.{resolved.address}.{resolved.port}", resolved.mac, resolved.source)
        for route in routes(self._answers):
            hop = str(route.next_hop) if route.next_hop else ""
            yield self.note(f"route.{route.prefix}.{hop}", route.port, route.source)
