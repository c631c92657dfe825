"""Whom a collection trusts: who may sign what is asked, who may bring what was seen, and for whom it is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

PublicKey = NewType("PublicKey", str)
"""`ed25519:` and the key in base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What `trust.yml` says.

    Attributes:
        manifest_signers: Who may sign manifests; key to the name of the office.
        agents: Who may bring results; key to the rooms it speaks for.
        centre: The age recipient that results are sealed for; empty where nothing is carried.
        source: The file, for messages.
    """

    manifest_signers: Mapping[PublicKey, str]
    agents: Mapping[PublicKey, frozenset[str]]
    centre: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSignature:
    """What stands beside a manifest and says that somebody answers for it.

    Attributes:
        files: sha256 of every file that the signature covers, by name.
        signed: The bytes that the signature is over.
        signature: Ed25519, over `signed`.
        source: The file, for messages.
    """

    signer: PublicKey
    signed_at: datetime
    valid_until: datetime
    files: Mapping[str, str]
    signed: bytes
    signature: bytes
    source: str
