"""`aliases.yml` of an estate's folder: other names of departments, rooms, vendors and systems.

    departments:
      某省公安厅: [公安厅, 省厅]
    systems:
      某省公安厅:
        户籍管理系统: [户籍系统]

Every alias leads to one name; the names on the left are those that facts hold.
"""

from collections.abc import Mapping
from pathlib import Path

from qianyun.importers.register import Aliases
from qianyun.importers.values import fold
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

NAME = "aliases.yml"
FLAT = ("departments", "rooms", "vendors")


def load_aliases(folder: Path) -> Aliases:
    """Read the aliases of an estate; none where the folder has no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not (folder / NAME).exists():
        return Aliases()
    reading = Reading()
    root = reading.fields(load(folder / NAME), (), (*FLAT, "systems"))
    flat = {kind: _names(reading, root.get(kind)) for kind in FLAT}
    systems = {
        (fold(department), alias): name
        for department, node in reading.entries(root.get("systems")).items()
        for alias, name in _names(reading, node).items()
    }
    if reading.faults:
        raise reading.refusal()
    return Aliases(systems=systems, **flat)


def _names(reading: Reading, node: Node | None) -> Mapping[str, str]:
    """Name by alias; the name itself is not in it."""
    found: dict[str, str] = {}
    for name, aliases in reading.entries(node).items():
        for each in reading.elements(aliases):
            alias = fold(str(each.value))
            if found.setdefault(alias, fold(name)) != fold(name):
                what = _("{alias!r} stands for {first!r} already").format(alias=alias, first=found[alias])
                reading.fault(each, what, _("an alias leads to one name"))
    return found
