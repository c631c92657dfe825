"""A side's keys: Ed25519 to sign, and the secret of its pseudonyms. Private halves never leave their host."""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

SCHEME = "ed25519:"
OTHERS = 0o077
LEAST = 32
"""Bytes of a pseudonyms' key."""


def make_key(path: Path) -> None:
    """A new private key, 32 raw bytes as base64; what is there already stays."""
    raw = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    _make(path, raw)


def make_secret(path: Path) -> None:
    """A new secret for pseudonyms; what is there already stays."""
    _make(path, os.urandom(LEAST))


def _make(path: Path, raw: bytes) -> None:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(number, "wb") as opened:
        opened.write(base64.b64encode(raw) + b"\n")


def private(path: Path) -> Ed25519PrivateKey:
    """The key of a file.

    Raises:
        DeclarationError: It is not there, others can read it, or it holds no key.
    """
    return Ed25519PrivateKey.from_private_bytes(secret(path))


def secret(path: Path) -> bytes:
    """The 32 bytes of a private file.

    Raises:
        DeclarationError: It is not there, others can read it, or it holds no key.
    """
    try:
        if path.stat().st_mode & OTHERS:
            raise DeclarationError(Fault(place=str(path), what=_("others can read this key"), mend="chmod 600"))
        raw = base64.b64decode(path.read_text().strip(), validate=True)
    except (OSError, ValueError) as error:
        raise DeclarationError(Fault(place=str(path), what=_("cannot be read: {why}").format(why=error))) from error
    if len(raw) != LEAST:
        raise DeclarationError(Fault(place=str(path), what=_("holds no key of {bytes} bytes").format(bytes=LEAST)))
    return raw


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half, as the other side's settings hold it."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SCHEME + base64.b64encode(raw).decode()


def public(path: Path) -> Ed25519PublicKey:
    """The other side's public half.

    Raises:
        DeclarationError: It is not there, or is no such key.
    """
    try:
        text = path.read_text().strip()
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix(SCHEME), validate=True))
    except (OSError, ValueError) as error:
        what = _("is no public key of the other side: {why}")
        raise DeclarationError(Fault(place=str(path), what=what.format(why=error))) from error
