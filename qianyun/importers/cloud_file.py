"""`cloud.yml` of an estate's folder: capacity of the target cloud, zone by zone, over time."""

from collections.abc import Iterator
from pathlib import Path

from qianyun.estate.facts import Pool
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

NAME = "cloud.yml"
SIZES = ("vcpu", "memory_gib", "storage_gib")
ALSO = ("egress_mbps", "addresses")


def load_pools(folder: Path) -> tuple[Pool, ...]:
    """Read the pools of an estate's cloud, by zone in the order of the file, then by day.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    root = reading.fields(load(folder / NAME), ("pools",))
    zones = reading.entries(root.get("pools"))
    pools = [pool for zone, steps in zones.items() for pool in _steps(reading, zone, steps)]
    if reading.faults:
        raise reading.refusal()
    return tuple(pools)


def _steps(reading: Reading, zone: str, node: Node) -> Iterator[Pool]:
    before: tuple[Pool, str] | None = None
    for each in reading.elements(node):
        pool = _pool(reading, zone, each)
        if pool is None:
            continue
        if before and pool.starts_on <= before[0].starts_on:
            what = _("zone {zone!r} has a step from {day}, not after the one before ({place})").format(
                zone=zone, day=pool.starts_on, place=before[1]
            )
            reading.fault(each, what, _("write the steps in the order of their days, one a day"))
        before = (pool, each.place)
        yield pool


def _pool(reading: Reading, zone: str, node: Node) -> Pool | None:
    keys = reading.fields(node, ("from", *SIZES), (*ALSO, "safety_percent"))
    starts_on = reading.day(keys.get("from"))
    vcpu, memory, storage = (reading.whole(keys.get(size)) for size in SIZES)
    egress, addresses = (reading.whole(keys.get(size)) for size in ALSO)
    safety = reading.whole(keys.get("safety_percent"))
    if starts_on is None or vcpu is None or memory is None or storage is None:
        return None
    with reading.building(node):
        return Pool(
            zone=zone,
            starts_on=starts_on,
            vcpu=vcpu,
            memory_gib=memory,
            storage_gib=storage,
            egress_mbps=egress,
            addresses=addresses,
            safety_percent=90 if safety is None else safety,
        )
    return None
