"""A manifest cut to one room, for whoever stands in that room: its targets, its credentials' references, its keys."""

import io
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from qianyun.errors import DeclarationError, Fault
from qianyun.estate.targets import Transport
from qianyun.importers.collect_file import NAME, load_manifest
from qianyun.words import _

DEFAULT_SSH_PORT = 22


def cut_manifest(folder: Path, room: str, out: Path) -> None:
    """Write `collect.yml` and `known_hosts` of one room into a folder of its own.

    Raises:
        DeclarationError: The manifest cannot be read, or has no such room.
    """
    manifest = load_manifest(folder)
    chosen = next((each for each in manifest.rooms if each.room == room), None)
    if chosen is None:
        raise DeclarationError(Fault(place=NAME, what=_("there is no room {room!r}").format(room=room)))
    yaml = YAML(typ="rt", pure=True)
    content = yaml.load((folder / NAME).read_text(encoding="utf-8"))
    content["rooms"] = [each for each in content["rooms"] if each["room"] == room]
    used = {target.credential for target in chosen.targets}
    _keep_only(content["credentials"], used)
    out.mkdir(parents=True, exist_ok=True)
    if manifest.known_hosts is not None:
        hosts = {_host(*target.endpoint) for target in chosen.targets if target.transport is not Transport.SNMP}
        lines = manifest.known_hosts.read_text(encoding="utf-8").splitlines() if manifest.known_hosts.is_file() else []
        own = [line for line in lines if hosts & set(line.split(" ")[0].split(","))]
        (out / manifest.known_hosts.name).write_text("".join(f"{line}\n" for line in own), encoding="utf-8")
        content["known_hosts"] = manifest.known_hosts.name
    written = io.StringIO()
    yaml.dump(content, written)
    (out / NAME).write_text(written.getvalue(), encoding="utf-8")


def _keep_only(credentials: CommentedMap, used: set[str]) -> None:
    for name in [name for name in credentials if name not in used]:
        del credentials[name]


def _host(address: str, port: int) -> str:
    return address if port == DEFAULT_SSH_PORT else f"[{address}]:{port}"
