"""`backup.yml` of an estate's folder: what the disaster-backup centre keeps, and when that is proved."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.backups import BackupSet
from qianyun.words import _

NAME = "backup.yml"
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
TEXTS = ("name", "host", "department", "repository")
USUAL = BackupSet(name="", host="", department="", repository="", paths=())


def load_backups(folder: Path) -> tuple[BackupSet, ...]:
    """Read an estate's backup sets; none where it has no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not (folder / NAME).exists():
        return ()
    reading = Reading()
    top = reading.fields(load(folder / NAME), ("sets",))
    sets = tuple(_sets(reading, reading.elements(top.get("sets"))))
    if reading.faults:
        raise reading.refusal()
    return sets


def _sets(reading: Reading, nodes: tuple[Node, ...]) -> Iterator[BackupSet]:
    first: dict[str, str] = {}
    for node in nodes:
        keys = reading.fields(node, (*TEXTS, "paths"), ("before", "at", "proved_at", "keep_days", "keep_months"))
        texts = {key: text for key in TEXTS if (text := reading.text(keys.get(key)))}
        paths = tuple(text for each in reading.elements(keys.get("paths")) if (text := reading.text(each)))
        name = texts.get("name", "")
        if name and not WORD.fullmatch(name):
            reading.fault(keys["name"], _("{name!r} is no name of a set; use a-z, 0-9 and hyphens").format(name=name))
        if name and name in first:
            reading.fault(node, _("{name!r} is named before ({place})").format(name=name, place=first[name]))
        first.setdefault(name, node.place)
        for number, path in enumerate(paths):
            if not path.startswith("/"):
                reading.fault(keys["paths"].at(number), _("{path!r} does not begin with /").format(path=path))
        if len(texts) == len(TEXTS):
            yield _set(reading, keys, texts, paths, node.place)


def _set(
    reading: Reading, keys: Mapping[str, Node], texts: Mapping[str, str], paths: tuple[str, ...], place: str
) -> BackupSet:
    return BackupSet(
        name=texts["name"],
        host=texts["host"],
        department=texts["department"],
        repository=texts["repository"],
        paths=paths,
        before=reading.text(keys.get("before")) or USUAL.before,
        at=reading.text(keys.get("at")) or USUAL.at,
        proved_at=reading.text(keys.get("proved_at")) or USUAL.proved_at,
        keep_days=reading.whole(keys.get("keep_days")) or USUAL.keep_days,
        keep_months=reading.whole(keys.get("keep_months")) or USUAL.keep_months,
        source=place,
    )
