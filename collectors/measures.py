"""What a device measures of itself: storage and memory of hosts, battery and load of UPS.

Source: HOST-RESOURCES-MIB (RFC 2790), UPS-MIB (RFC 1628).
"""

from collections.abc import Iterator

from collectors.answers import Answers
from collectors.ber import show_oid
from collectors.decoding import number_of, oid_of, text_of
from collectors.oids import MEMORY_KIB, PROCESSOR, STORAGE, UPS
from qianyun.estate.observation import Value

Measure = tuple[str, Value, str]
"""Attribute, value, and the name it was read from."""

KIB_IN_MIB = 1024
BYTES_IN_MIB = 1 << 20
STORAGE_KINDS = {2: "ram", 3: "virtual", 4: "disk", 5: "removable", 7: "compact_disc", 8: "ram_disk", 10: "network"}
BATTERY = {1: "unknown", 2: "normal", 3: "low", 4: "depleted"}
OUTPUT = {1: "other", 2: "none", 3: "normal", 4: "bypass", 5: "battery", 6: "booster", 7: "reducer"}


def measures(answers: Answers) -> Iterator[Measure]:
    """All measures that the device tells."""
    memory = answers.number(MEMORY_KIB)
    if memory:
        yield "memory.mib", memory // KIB_IN_MIB, MEMORY_KIB
    processors = answers.column(f"{PROCESSOR}.2")
    if processors:
        yield "cpu.count", len(processors), f"{PROCESSOR}.2.{show_oid(next(iter(processors)))}"
    yield from _storage(answers)
    yield from _ups(answers)


def _storage(answers: Answers) -> Iterator[Measure]:
    kinds, units = answers.column(f"{STORAGE}.2"), answers.column(f"{STORAGE}.4")
    sizes, used = answers.column(f"{STORAGE}.5"), answers.column(f"{STORAGE}.6")
    for index, name in answers.column(f"{STORAGE}.3").items():
        unit, size = number_of(units.get(index)), number_of(sizes.get(index))
        kind = (oid_of(kinds.get(index)) or (0,))[-1]
        if unit and size and kind in STORAGE_KINDS:
            filled = (number_of(used.get(index)) or 0) * unit // BYTES_IN_MIB
            row: tuple[Value, ...] = (STORAGE_KINDS[kind], size * unit // BYTES_IN_MIB, filled)
            yield f"storage.{text_of(name) or show_oid(index)}", row, f"{STORAGE}.5.{show_oid(index)}"


def _ups(answers: Answers) -> Iterator[Measure]:
    for attribute, name, words in (
        ("ups.battery", f"{UPS}.2.1.0", BATTERY),
        ("ups.output", f"{UPS}.4.1.0", OUTPUT),
    ):
        state = answers.number(name)
        if state in words:
            yield attribute, words[state], name
    for attribute, name in (("ups.runtime_min", f"{UPS}.2.3.0"), ("ups.charge_percent", f"{UPS}.2.4.0")):
        value = answers.number(name)
        if value is not None:
            yield attribute, value, name
    loads = answers.column(f"{UPS}.4.4.1.5")
    percents = [percent for load in loads.values() if (percent := number_of(load)) is not None]
    if percents:
        yield "ups.load_percent", max(percents), f"{UPS}.4.4.1.5.{show_oid(next(iter(loads)))}"
