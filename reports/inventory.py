"""Ansible's inventory of an estate: gateways and brokers as declared, servers as the store holds them.

Servers are compiled once for each state of a SQLite store and kept in `build/inventory/`, since ten
thousand of them are otherwise read and compiled at every call of Ansible (3.1 CPU s against 0.1).
"""

import gc
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from pathlib import Path

from qianyun.compile import nodes
from qianyun.compile.hostvars import Inventory, backed_up, inventory_of, joined
from qianyun.importers.declaration import load_backups, load_exchange, load_gateways, load_policy, load_whole_network
from qianyun.importers.gateway_file import load_store

KEPT = Path(__file__).parent.parent / "build" / "inventory"
SQLITE = "sqlite:///"


def load_inventory(path: Path, on: date, kept: Path = KEPT) -> Inventory:
    """The inventory that a file `qianyun.yml` describes.

    A store that is named and not there yet holds no servers.

    Raises:
        DeclarationError: The declaration is faulty.
        StoreError: The store cannot be read.
    """
    folder = path.parent
    policy = load_policy(folder)
    network = nodes.bundles(load_whole_network(folder, policy))
    declared = inventory_of(policy, load_gateways(path, policy), on, network, load_exchange(folder, policy, on))
    declared = joined(declared, backed_up(load_backups(folder)))
    url = os.environ.get("QIANYUN_STORE") or load_store(path)
    return joined(declared, _servers(url, kept)) if url else declared


@contextmanager
def uncollected() -> Iterator[None]:
    """Make what stays until the process ends, and never look through it for garbage: a fifth of a listing."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _servers(url: str, kept: Path) -> Inventory:
    if not url.startswith(SQLITE):
        return _compiled(url)
    file = Path(url.removeprefix(SQLITE))
    if not file.exists():
        return Inventory(groups={}, hosts={})
    place, stamp = kept / f"{sha256(str(file.resolve()).encode()).hexdigest()[:16]}.json", _stamp(file)
    held = _read(place)
    if held is None or held["stamp"] != stamp:
        held = {"stamp": stamp, **asdict(_compiled(url))}
        _keep(place, held)
    return Inventory(groups=held["groups"], hosts=held["hosts"])  # type: ignore[arg-type] # as we wrote it


def _stamp(file: Path) -> list[list[int]]:
    """How a database looks from outside: its file, and its log of what is not in the file yet."""
    both = (file, file.with_name(f"{file.name}-wal"))
    return [[each.stat().st_mtime_ns, each.stat().st_size] if each.exists() else [] for each in both]


def _read(place: Path) -> Mapping[str, object] | None:
    try:
        held: Mapping[str, object] = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return None
    return held


def _keep(place: Path, held: Mapping[str, object]) -> None:
    """Written aside and renamed, since several of Ansible's processes may do so at once."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(held, ensure_ascii=False))
    draft.replace(place)


def _compiled(url: str) -> Inventory:
    from reports.inventory_store import servers_of  # noqa: PLC0415 - SQLAlchemy takes a second of its own

    return servers_of(url)
