"""The sample devices of an estate, answering on loopback: what the demo and the tests collect from.

Every target of the manifest that has a recording (`devices/NAME.snmprec`, or a folder of command
answers `devices/NAME/`) gets an agent on a free port of 127.0.0.1, with credentials made up for this
run and a host key of its own. The manifest that comes back differs from the declared one in where its
targets are dialled and in known_hosts only, and its secrets stand in `environment`, never in the process's own.
"""

import asyncio
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from collectors.agents import snmp, ssh
from collectors.agents.recording import load
from collectors.credentials import Community, Credential, Login, User
from collectors.host_keys import host_name
from collectors.run import choose_rooms, resolve_credentials
from qianyun.estate.targets import Manifest, Target, Transport

LOOPBACK = "127.0.0.1"
START_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """Agents that answer.

    Attributes:
        manifest: The declared one, moved to loopback.
        environment: The secrets that its references name; `None` for the process's own.
    """

    manifest: Manifest
    environment: Mapping[str, str] | None = None


@contextmanager
def answering(manifest: Manifest, devices: Path | None = None) -> Iterator[Devices]:
    """Let the sample devices answer while the block runs.

    Args:
        manifest: What is declared; all its secrets must be `env:` references.
        devices: Folder of recordings; `devices` beside the manifest when `None`.
    """
    folder = devices or manifest.folder / "devices"
    environment = _made_up(manifest)
    credentials = resolve_credentials(manifest, choose_rooms(manifest, ()), environment)
    key = ed25519_key()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qianyun-devices-")))
        ports = {
            **_ssh_agents(manifest, folder, credentials, key, stack),
            **_snmp_agents(manifest, folder, credentials, stack),
        }
        known_hosts = scratch / "known_hosts"
        known_hosts.write_text(
            "".join(f"{host_name(LOOPBACK, port)} {key.get_name()} {key.get_base64()}\n" for port in ports.values())
        )
        yield Devices(manifest=_moved(manifest, ports, known_hosts), environment=environment)


def ed25519_key() -> paramiko.Ed25519Key:
    """A new host key."""
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    with tempfile.TemporaryFile("w+") as file:
        file.write(text.decode())
        file.seek(0)
        return paramiko.Ed25519Key.from_private_key(file)


def _made_up(manifest: Manifest) -> Mapping[str, str]:
    """A new secret for every variable that the manifest names."""
    references = (text for c in manifest.credentials.values() for text in c.secrets.values())
    return {text.removeprefix("env:"): secrets.token_urlsafe(18) for text in references if text.startswith("env:")}


def _moved(manifest: Manifest, ports: Mapping[str, int], known_hosts: Path) -> Manifest:
    def move(target: Target) -> Target:
        port = ports.get(target.name)
        return target if port is None else replace(target, dialled=(LOOPBACK, port))

    rooms = tuple(replace(room, targets=tuple(map(move, room.targets))) for room in manifest.rooms)
    return replace(manifest, rooms=rooms, known_hosts=known_hosts)


def _ssh_agents(
    manifest: Manifest, folder: Path, credentials: Mapping[str, Credential], key: paramiko.PKey, stack: ExitStack
) -> dict[str, int]:
    ports: dict[str, int] = {}
    for target in manifest.targets:
        login = credentials[target.credential]
        if target.transport is Transport.SSH and (folder / target.name).is_dir() and isinstance(login, Login):
            answers = ssh.recorded_answers(folder / target.name)
            ports[target.name] = stack.enter_context(
                ssh.answering(answers, login, key, prompt=f"<{target.name}>", address=LOOPBACK)
            )
    return ports


def _snmp_agents(
    manifest: Manifest, folder: Path, credentials: Mapping[str, Credential], stack: ExitStack
) -> dict[str, int]:
    chosen = {
        target.name: (folder / f"{target.name}.snmprec", credential)
        for target in manifest.targets
        if isinstance(credential := credentials[target.credential], Community | User)
        and (folder / f"{target.name}.snmprec").is_file()
    }
    return stack.enter_context(snmp_agents(chosen)) if chosen else {}


@contextmanager
def snmp_agents(chosen: Mapping[str, tuple[Path, Community | User]]) -> Iterator[dict[str, int]]:
    """SNMP agents in an event loop of their own; gives their ports by name."""
    ports: dict[str, int] = {}
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        with ExitStack() as stack:
            for name, (path, credential) in chosen.items():
                ports[name] = stack.enter_context(snmp.answering(load(path), credential, LOOPBACK))
            loop.call_soon(ready.set)
            await over.wait()

    thread = threading.Thread(target=_run, args=(loop, serve()), name="snmp-agents", daemon=True)
    thread.start()
    if not ready.wait(START_S):
        raise RuntimeError("the SNMP agents did not start")
    try:
        yield ports
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(START_S)


def _run(loop: asyncio.AbstractEventLoop, serving: object) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serving)  # type: ignore[arg-type]  # the coroutine made above
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
