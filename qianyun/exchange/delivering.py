"""Delivering: a parcel that is believed, to where its channel ends; over SSH its receiver answers for it.

The receiver (`receive`, the only command that its key may run) has an inbox like any other, so a parcel
that was delivered and whose answer was lost is delivered again without harm.
"""

import base64
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from qianyun.errors import ReadError, UnreachableError
from qianyun.exchange.inbox import Inbox
from qianyun.exchange.keys import public
from qianyun.exchange.parcel import Manifest, believed, is_the_one
from qianyun.exchange.pulling import run, ssh
from qianyun.exchange.settings import Settings
from qianyun.policy.channels import Channel, DeliveryKind
from qianyun.words import _

MOST = 4 << 30


def deliver(channel: Channel, settings: Settings, manifest: Manifest, payload: bytes, signature: bytes) -> bool:
    """Hand a parcel on; says whether it was new there.

    Raises:
        UnreachableError: The receiver does not answer; nothing is known of the parcel.
        ReadError: The receiver does not believe it.
    """
    to = channel.deliver
    if to.kind is DeliveryKind.FOLDER:
        return Inbox(Path(to.path)).accept(manifest, payload, signature)
    command = [*ssh(settings, to.port), f"{to.user}@{to.address}", "receive"]
    answer = json.loads(run(command, channel.name, asked=letter(manifest, payload, signature)))
    if "refused" in answer:
        raise ReadError(answer["refused"])
    if answer.get("digest") != manifest.digest:
        raise UnreachableError(_("{name}: the receiver answers for another parcel").format(name=channel.name))
    return bool(answer["new"])


def letter(manifest: Manifest, payload: bytes, signature: bytes) -> bytes:
    """A parcel as one stream: a line of JSON, then the payload."""
    head = {"manifest": _text(manifest.text()), "signature": _text(signature)}
    return json.dumps(head).encode() + b"\n" + payload


def receive(folder: Path, senders: Path, read: BinaryIO) -> dict[str, object]:
    """Take one parcel from a stream into an inbox; the answer says for which bytes it stands."""
    try:
        head = json.loads(read.readline(1 << 20))
        said, signature = base64.b64decode(head["manifest"]), base64.b64decode(head["signature"])
        manifest = _of_any(said, signature, senders)
        payload = read.read(min(manifest.size, MOST) + 1)
        is_the_one(manifest, payload)
        new = Inbox(folder).accept(manifest, payload, signature)
    except (ReadError, ValueError, KeyError) as error:
        return {"refused": str(error)}
    return {"new": new, "digest": manifest.digest}


def answer(folder: Path, senders: Path) -> int:
    """What an SSH key of a broker may run, and nothing else."""
    said = receive(folder, senders, sys.stdin.buffer)
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    return 0


def _of_any(said: bytes, signature: bytes, senders: Path) -> Manifest:
    """A manifest that one of the senders signed; a folder holds a public key each."""
    for path in sorted(senders.glob("*.pub")):
        with suppress(ReadError):
            return believed(said, signature, public(path))
    raise ReadError(_("the signature is not that of a sender who is known here"))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
