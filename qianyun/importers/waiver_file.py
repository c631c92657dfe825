"""`waivers.yml` of an estate's folder: findings that somebody answers for, until a day."""

from collections.abc import Iterator
from pathlib import Path

from qianyun.importers.schema import conform
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.waivers import Waiver
from qianyun.words import _

NAME = "waivers.yml"


def load_waivers(folder: Path) -> tuple[Waiver, ...]:
    """Read an estate's waivers; none where it has no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not (folder / NAME).exists():
        return ()
    reading = Reading()
    good, faults = conform(load(folder / NAME), "waivers")
    reading.faults += faults
    waivers = tuple(_waivers(reading, reading.entries(good).get("waivers")))
    if reading.faults:
        raise reading.refusal()
    return waivers


def _waivers(reading: Reading, node: Node | None) -> Iterator[Waiver]:
    for each in reading.elements(node):
        keys = reading.entries(each)
        until, granted_on = reading.day(keys["until"]), reading.day(keys.get("granted"))
        if until is None:
            continue
        if granted_on and granted_on > until:
            what = _("waiver ends on {until}, before it was granted on {granted}")
            reading.fault(each, what.format(until=until, granted=granted_on))
        yield Waiver(
            check=str(keys["check"].value),
            subject=str(keys["subject"].value),
            who=str(keys["who"].value),
            why=str(keys["why"].value),
            until=until,
            granted_on=granted_on,
            source=each.place,
        )
