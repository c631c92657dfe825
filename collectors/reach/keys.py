"""Keys of a collection: Ed25519 for who says it, age for who may read it.

A private key lies in a file that only its owner can read and never stands in an argument, a message
or a log. Source: RFC 8032 (Ed25519); the age format, version 1.
"""

import base64
import os
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from collectors.credentials import private_file
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.trust import PublicKey
from qianyun.words import _

SCHEME = "ed25519:"


class SigningKey:
    """A key that signs; shows itself as its public half."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = PublicKey(SCHEME + base64.b64encode(raw).decode())

    @classmethod
    def make(cls, path: Path) -> "SigningKey":
        """A new key, kept in a file that must not be there yet."""
        key = Ed25519PrivateKey.generate()
        write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return cls(key)

    @classmethod
    def read(cls, path: Path) -> "SigningKey":
        """The key of a file.

        Raises:
            DeclarationError: There is no such file, others can read it, or it holds no such key.
        """
        content = private_file(str(path), str(path), Path()).read_bytes()
        try:
            key = load_pem_private_key(content, None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise DeclarationError(
                Fault(
                    place=str(path),
                    what=_("holds no signing key"),
                    mend=_("qianyun collect key --for signing makes one"),
                )
            )
        return cls(key)

    def sign(self, content: bytes) -> bytes:
        """The signature over some bytes."""
        return self._key.sign(content)

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"


def is_signed_by(public: PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether the holder of a key signed exactly these bytes."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix(SCHEME)))
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


class OpeningKey:
    """A key that opens what was sealed for it; shows itself as its public half."""

    def __init__(self, identity: pyrage.x25519.Identity) -> None:
        self._identity = identity
        self.public = str(identity.to_public())

    @classmethod
    def make(cls, path: Path) -> "OpeningKey":
        """A new key, kept in a file that must not be there yet."""
        identity = pyrage.x25519.Identity.generate()
        write_private(path, f"{identity}\n".encode())
        return cls(identity)

    @classmethod
    def read(cls, path: Path) -> "OpeningKey":
        """The key of a file, as `age-keygen` writes it too.

        Raises:
            DeclarationError: There is no such file, others can read it, or it holds no such key.
        """
        content = private_file(str(path), str(path), Path()).read_text(encoding="utf-8", errors="replace")
        lines = [line.strip() for line in content.splitlines() if line.strip() and not line.startswith("#")]
        try:
            return cls(pyrage.x25519.Identity.from_str(lines[0] if len(lines) == 1 else ""))
        except pyrage.IdentityError:
            what, mend = _("holds no opening key"), _("qianyun collect key --for opening makes one")
            raise DeclarationError(Fault(place=str(path), what=what, mend=mend)) from None

    def open(self, sealed: bytes) -> bytes | None:
        """What was sealed; `None` when it was sealed for somebody else."""
        try:
            return bytes(pyrage.decrypt(sealed, [self._identity]))
        except pyrage.DecryptError:
            return None

    def __repr__(self) -> str:
        return f"OpeningKey({self.public})"


def seal(content: bytes, recipient: str) -> bytes:
    """Content that only the holder of the recipient's key can read."""
    return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)]))


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read.

    Raises:
        DeclarationError: It is there already; a key is never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        what, mend = _("is there already; keys are not overwritten"), _("name another file")
        raise DeclarationError(Fault(place=str(path), what=what, mend=mend)) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
