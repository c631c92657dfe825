"""Credentials by reference: what a manifest names, resolved at the last moment and never shown.

A reference is `env:NAME` or `file:PATH`; a file must belong to its reader alone (0600). A `Secret`
shows itself as `•••` in every repr, log and traceback; only `reveal()` gives the text, to the
library that sends it.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from qianyun.errors import DeclarationError, Fault
from qianyun.words import _


class Secret:
    """A text that does not show itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text; for the library that sends it, never for a message."""
        return self._text

    def __repr__(self) -> str:
        return "•••"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """SNMP v2c; the community is a password sent in clear, so a room must opt in to it."""

    community: Secret = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """SNMP v3 authPriv.

    Attributes:
        auth: `sha1`, `sha224`, `sha256`, `sha384` or `sha512`.
        priv: `aes128`, `aes192`, `aes256`, `des` or `3des`.
    """

    name: str
    auth: str = "sha256"
    auth_password: Secret = field(repr=False)
    priv: str = "aes128"
    priv_password: Secret = field(repr=False)
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """SSH, by key or by password."""

    user: str
    password: Secret | None = field(default=None, repr=False)
    key_file: Path | None = None
    passphrase: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of a service over HTTPS.

    Attributes:
        project: Of a cloud.
        domain: Where a cloud looks for the user and the project.
    """

    user: str
    password: Secret = field(repr=False)
    project: str = ""
    domain: str = "Default"


Credential = Community | User | Login | Account


def resolve(reference: str, place: str, folder: Path, environment: Mapping[str, str] | None = None) -> Secret:
    """The secret that a reference names.

    Args:
        reference: `env:NAME` or `file:PATH`, the path relative to the manifest's folder.
        place: Where the reference stands, for messages.
        folder: The manifest's folder.
        environment: Instead of the process's own.

    Raises:
        DeclarationError: There is no such variable or file, or others can read the file.
    """
    scheme, _colon, name = reference.partition(":")
    if scheme == "env":
        text = (os.environ if environment is None else environment).get(name)
        if not text:
            raise _unresolved(place, _("the environment variable {name} is not set").format(name=name))
        return Secret(text)
    path = private_file(name, place, folder)
    return Secret(path.read_text(encoding="utf-8").removesuffix("\n"))


def private_file(name: str, place: str, folder: Path) -> Path:
    """The path of a file that only its owner can read.

    Raises:
        DeclarationError: There is no such file, or others can read it.
    """
    path = folder / Path(name).expanduser()
    if not path.is_file():
        raise _unresolved(place, _("there is no file {path}").format(path=path))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _unresolved(place, _("{path} can be read by others; chmod 600").format(path=path))
    return path


def _unresolved(place: str, what: str) -> DeclarationError:
    return DeclarationError(Fault(place=place, what=what))
