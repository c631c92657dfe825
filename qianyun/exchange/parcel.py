"""Parcels: what crosses. A folder with the payload, what is said of it, and the sender's signature.

`manifest.json` holds the payload's digest, and `manifest.sig` signs the manifest's bytes with Ed25519, so
one signature holds all. What a parcel is known by is drawn from what it carries, so the same file pulled
twice is one parcel.

Source: RFC 8032 (Ed25519).
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from qianyun.errors import ReadError
from qianyun.words import _

PAYLOAD, MANIFEST, SIGNATURE = "payload", "manifest.json", "manifest.sig"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a sender says of a payload.

    Attributes:
        id: From the channel, the file's name, its time and what was pulled; 32 hexadecimal digits.
        number: Counts a sender's parcels; a receiver hands them on in this order.
        name: The file's name where it was pulled.
        digest: `sha256:` of the payload.
        size: Of the payload, in bytes.
        rows: Of a table; `None` for anything else.
        masked: What became of each field.
        declaration: Digest of the declaration by which it was checked and masked.
        sealed_at: UTC, ISO 8601.
    """

    id: str
    number: int
    channel: str
    name: str
    digest: str
    size: int
    rows: int | None
    masked: dict[str, str]
    declaration: str
    sealed_at: str

    @property
    def folder(self) -> str:
        """The parcel's name in the ferry: sorts by number."""
        return f"{self.number:012d}-{self.id}"

    def text(self) -> bytes:
        """What is signed."""
        return (json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def id_of(channel: str, name: str, stamp: str, digest: str) -> str:
    """What a parcel is known by: the same file as it stood at the same time, however often it is pulled."""
    return hashlib.sha256(f"{channel}\0{name}\0{stamp}\0{digest}".encode()).hexdigest()[:32]


def digest_of(content: bytes) -> str:
    """`sha256:` of some bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def write(folder: Path, manifest: Manifest, payload: bytes, key: Ed25519PrivateKey) -> None:
    """Write a parcel and bring it to the disk; `folder` must be new and seen by nobody yet."""
    folder.mkdir(mode=0o750, parents=True)
    said = manifest.text()
    for name, content in ((PAYLOAD, payload), (MANIFEST, said), (SIGNATURE, key.sign(said))):
        durable(folder / name, content)
    sync(folder)


def read(folder: Path, key: Ed25519PublicKey, most: int) -> tuple[Manifest, bytes]:
    """A parcel that its sender signed, whole; its payload has `most` bytes at most.

    Raises:
        ReadError: Something is missing, larger, changed, or signed by somebody else.
    """
    said, signature = limited(folder / MANIFEST, 1 << 16), limited(folder / SIGNATURE, 1 << 10)
    manifest = believed(said, signature, key)
    payload = limited(folder / PAYLOAD, most)
    is_the_one(manifest, payload)
    return manifest, payload


def is_the_one(manifest: Manifest, payload: bytes) -> None:
    """Hold a payload against its manifest.

    Raises:
        ReadError: It is another one, or not all of it.
    """
    if digest_of(payload) != manifest.digest or len(payload) != manifest.size:
        raise ReadError(_("the payload is not the one that was signed"))


def believed(said: bytes, signature: bytes, key: Ed25519PublicKey) -> Manifest:
    """A manifest that its sender signed.

    Raises:
        ReadError: It is signed by somebody else, or says what no manifest does.
    """
    try:
        key.verify(signature, said)
    except InvalidSignature:
        raise ReadError(_("the signature is not that of the other side")) from None
    try:
        return Manifest(**json.loads(said))
    except (TypeError, ValueError) as error:
        raise ReadError(_("the manifest cannot be read: {why}").format(why=error)) from error


def limited(path: Path, most: int) -> bytes:
    """A plain file's content, no larger than it may be.

    Raises:
        ReadError: It is larger, not there, or a link to anywhere.
    """
    try:
        content = beginning(path, most + 1)
    except OSError as error:
        raise ReadError(_("{name} cannot be read: {why}").format(name=path.name, why=error.strerror)) from error
    if len(content) > most:
        raise ReadError(_("{name} is larger than {most} bytes").format(name=path.name, most=most))
    return content


def beginning(path: Path, most: int) -> bytes:
    """The first bytes of a file; a link is not followed, and a pipe does not hold us up."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
        return opened.read(most)


def durable(path: Path, content: bytes) -> None:
    """Write a file and bring it to the disk."""
    with path.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def sync(folder: Path) -> None:
    """Bring a folder's entries to the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
